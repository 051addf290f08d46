"""Identify a process by machine, pid and start time, and say whether it is still alive.

A pid alone is not enough: the system reuses pids, even within a night.
"""

import functools
import os
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from anaplan_tui.children import environment

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class ProcessId:
    """One process on one machine."""

    machine: str
    pid: int
    started: str
    """When it was started, in the system's own terms; good only for comparing."""

    @property
    def alive(self) -> bool:
        """Whether this very process runs now.

        A process of another machine counts as gone. Its journal is in WAL mode, which only processes of one
        machine can share, so the machine was renamed or its container recreated.
        """
        return self.machine == socket.gethostname() and _start_of(self.pid) == self.started


@functools.cache
def _this(pid: int) -> ProcessId:
    return ProcessId(socket.gethostname(), pid, _start_of(pid) or "")


def this_process() -> ProcessId:
    """Return the calling process."""
    return _this(os.getpid())  # by pid, so that a fork does not inherit the answer


def _start_of(pid: int) -> str | None:
    """Return when the process ``pid`` was started; ``None`` when it does not exist or is a zombie."""
    if not (_PROC / "self" / "stat").exists():
        return _start_by_ps(pid)
    try:
        # The second field is the program's name in brackets, which may itself contain brackets.
        fields = (_PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    state, ticks = fields[0], fields[19]
    return None if state in "ZXx" else f"{_boot()} {ticks}"


@functools.cache
def _boot() -> str:
    """Return this boot's id: ticks since one boot mean nothing after the next."""
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _start_by_ps(pid: int) -> str | None:
    """Return the same as ``_start_of``, on systems without /proc (macOS, the BSDs)."""
    try:
        found = subprocess.run(
            ["ps", "-o", "stat=,lstart=", "-p", str(pid)],
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
            env=environment(),
        ).stdout.split(maxsplit=1)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found[1].strip() if len(found) == 2 and not found[0].startswith("Z") else None
