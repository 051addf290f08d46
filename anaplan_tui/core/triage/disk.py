"""Failures of a disk while a dump is read, told apart by which disk it is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from anaplan_tui.core.triage.errors import TriageError


@contextmanager
def room() -> Iterator[None]:
    """Raise ``TriageError`` for a failure of the disk that is worked on, which may not be the dump's."""
    try:
        yield
    except OSError as error:
        raise TriageError(
            f"What is read of the dump could not be put on disk: {error.strerror}",
            "make room where the state directory is",
        ) from error


def read_at(descriptor: int, size: int, at: int) -> bytes:
    """Bytes of a dump from ``at``, fewer only at its end. Raises ``TriageError`` when the disk fails."""
    try:
        return os.pread(descriptor, size, at)
    except OSError as error:
        raise TriageError(
            f"The dump cannot be read any further: {error.strerror}", "check the disk that it is on"
        ) from error
