"""A process whose disk calls are recorded or fail; it forks for each case, so that many run quickly."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

SOURCE = Path(__file__).with_name("recorder.c")


def build(folder: Path) -> Path:
    """Build the recorder as a library; skip the test where there is no compiler or no preloading."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("the recorder needs Linux and a C compiler")
    library = folder / "recorder.so"
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE), "-ldl", "-lpthread"]
    subprocess.run(command, check=True)
    return library


class Recorded:
    """The process; each case is a child of it."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def run(self, scenario: str, root: Path, **how: Any) -> dict[str, Any]:
        """Let a child act in ``root``; return what it says."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"scenario": scenario, "root": str(root), **how}) + "\n")
        self._process.stdin.flush()
        told: dict[str, Any] = json.loads(self._process.stdout.readline())
        return told


@contextmanager
def recorded(library: Path) -> Iterator[Recorded]:
    """The process, while the block runs."""
    env = {**os.environ, "LD_PRELOAD": str(library)}
    command = [sys.executable, "-m", "tests.reliability.disk.child"]
    with subprocess.Popen(
        command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        try:
            yield Recorded(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait()
