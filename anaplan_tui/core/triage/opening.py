"""Opens a dump: a file as it is, a pipe (``triage <(zcat dump.gz)``) once all it holds is on disk.

A dump whose bytes cannot be cut into cells, as in UTF-16, is copied to disk in UTF-8.
"""

from __future__ import annotations

import os
import select
import stat
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile

from anaplan_tui.core.encodings import Recoder, Traces, guess
from anaplan_tui.core.triage.disk import read_at
from anaplan_tui.core.triage.errors import NoFile, TriageError

PATIENCE_S = 10.0
"""How long a pipe may wait for somebody to write into it."""
_BLOCK = 1 << 20


def open_dump(path: Path, work_dir: Path) -> int:
    """A descriptor of a regular file that holds what is at ``path``.

    What a pipe held stays under ``work_dir``, without a name, until the descriptor is closed. Raises
    ``NoFile``, also for a device, and ``TriageError`` when a pipe does not fit on the disk.
    """
    try:
        # Non-blocking: opening a pipe that nobody writes into would wait for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise NoFile(
            f"{path.name} cannot be read: {error.strerror}", "check the path and its rights"
        ) from error
    try:
        kind = os.fstat(descriptor).st_mode
        if stat.S_ISREG(kind):
            return descriptor
        if stat.S_ISDIR(kind):
            raise NoFile(f"{path.name} cannot be read: it is a directory", "choose a file in it")
        if not stat.S_ISFIFO(kind):
            raise NoFile(f"{path.name} cannot be read: it is no file", "choose a failure dump")
        spooled = _spool(descriptor, path, work_dir)
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return spooled


def _spool(pipe: int, path: Path, work_dir: Path) -> int:
    try:
        work_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with TemporaryFile(dir=work_dir) as file:
            poll = select.poll()
            poll.register(pipe, select.POLLIN)
            if not poll.poll(PATIENCE_S * 1000):
                raise NoFile(
                    f"{path.name} cannot be read: it is a pipe, and nobody writes into it", "choose a file"
                )
            os.set_blocking(pipe, True)
            while block := os.read(pipe, _BLOCK):
                file.write(block)
            file.flush()
            return os.dup(file.fileno())
    except OSError as error:
        raise TriageError(
            f"{path.name} is a pipe and could not be put on disk: {error.strerror}",
            "make room where the state directory is",
        ) from error


def recoded(descriptor: int, encoding: str, path: Path, work_dir: Path) -> int:
    """A descriptor of a copy in UTF-8; closes the given descriptor.

    Raises ``TriageError`` when the copy does not fit on the disk; then the given descriptor stays open.
    """
    recoder = Recoder(encoding)
    try:
        work_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with TemporaryFile(dir=work_dir) as file:
            for block in _blocks(descriptor):
                file.write(recoder.feed(block))
            file.write(recoder.feed(b"", final=True))
            file.flush()
            copy = os.dup(file.fileno())
    except OSError as error:
        raise TriageError(
            f"{path.name} is {encoding} and could not be put on disk as UTF-8: {error.strerror}",
            "make room where the state directory is",
        ) from error
    os.close(descriptor)
    return copy


def encoding_of(descriptor: int, expected: str | None) -> str:
    """The encoding of a dump that is not all UTF-8, judged by the whole of it.

    ``expected``, the import's encoding, is tried on the first block that is no UTF-8.
    """
    traces, suspect = Traces(), b""
    for block in _blocks(descriptor):
        found = Traces.of(block)
        traces += found
        if (found.others or found.rest) and not suspect:
            suspect = block
    if traces.is_mostly_utf8 or not suspect:
        return "utf-8"
    found_by_import = guess(suspect, whole=False, expected=expected)
    if expected and found_by_import and not found_by_import.startswith("utf-8"):
        return found_by_import if found_by_import != "latin-1" else traces.codec
    return traces.codec


def _blocks(descriptor: int) -> Iterator[bytes]:
    at = 0
    while block := read_at(descriptor, _BLOCK, at):
        yield block
        at += len(block)
