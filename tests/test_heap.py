"""The C library's allocator keeps no more memory for threads and large blocks than is in use."""

import ctypes
import subprocess
import sys

import pytest

GLIBC = hasattr(ctypes.CDLL(None), "malloc_info")
pytestmark = pytest.mark.skipif(not GLIBC, reason="the allocator of another C library")

TELL = """
import ctypes, os, re, tempfile, threading
libc = ctypes.CDLL(None)
libc.fopen.restype = libc.malloc.restype = ctypes.c_void_p

def told():
    name = tempfile.mktemp()
    file = ctypes.c_void_p(libc.fopen(name.encode(), b"w"))
    libc.malloc_info(0, file)
    libc.fclose(file)
    with open(name) as written:
        text = written.read()
    os.unlink(name)
    return text

def large():
    block = ctypes.c_void_p(libc.malloc(1_000_000))
    kept = libc.malloc(64)
    libc.free(block)
    return kept

def at_once(together):
    large()
    together.wait()

together = threading.Barrier(4)
threads = [threading.Thread(target=at_once, args=(together,)) for _ in range(4)]
[thread.start() for thread in threads], [thread.join() for thread in threads]
before = int(re.findall(r'<total type="mmap" count="(\\d+)"', told())[-1])
block = libc.malloc(1_000_000)
mapped = int(re.findall(r'<total type="mmap" count="(\\d+)"', told())[-1]) - before
print(told().count("<heap nr="), mapped)
"""

APP = """
from anaplan_tui.commands.session import Options
from anaplan_tui.launch import launch
from anaplan_tui.terminal import NoTerminal
try:
    launch(Options(demo=True))
except NoTerminal:
    pass
"""


def arenas_and_mapped(beginning: str) -> tuple[int, int]:
    """Return the arenas after four threads, and whether a second large block gets its own mapping."""
    done = subprocess.run(
        [sys.executable, "-c", beginning + TELL],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    arenas, mapped = done.stdout.split()
    return int(arenas), int(mapped)


def test_the_app_has_one_arena_and_gives_large_blocks_back() -> None:
    assert arenas_and_mapped(APP) == (1, 1)


def test_the_allocator_by_itself_keeps_both() -> None:
    """Otherwise the test above proves nothing."""
    arenas, mapped = arenas_and_mapped("")
    assert arenas > 1
    assert not mapped
