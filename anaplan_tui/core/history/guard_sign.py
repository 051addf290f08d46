"""One guard for a profile and a model, and the sign by which others know that it lives.

The kernel keeps the lock, on a file in the state directory: it ends with the process, however that ends. The
file says who guards, for others to read; whether that process lives, the system says.
"""

import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from anaplan_tui.config.paths import private_dir, private_file
from anaplan_tui.core.liveness import ProcessId, this_process
from anaplan_tui.core.text import plural
from anaplan_tui.trouble import Exit, Trouble


@dataclass(frozen=True, slots=True)
class Sign:
    """What a guard says about itself."""

    process: ProcessId
    profile: str
    service: str
    model_id: str
    model_name: str
    since: datetime
    every_s: float
    looked_at: datetime | None = None
    """When it had last read all lists."""

    @property
    def words(self) -> str:
        """The sign in words: "guard: looked 20 s ago"."""
        return f"guard: {looked(self.looked_at)}"


class GuardRuns(Trouble):
    """Another guard of the same model runs already."""

    exit_code = Exit.USAGE


class Lock:
    """Held by this process until :meth:`release`, or until it dies."""

    def __init__(self, fd: int, sign: Sign) -> None:
        self._fd, self.sign = fd, sign
        self._write()

    def looked(self, at: datetime | None) -> None:
        """Say when all lists had last been read."""
        if at is not None and at != self.sign.looked_at:
            self.sign = _looked(self.sign, at)
            self._write()

    def release(self) -> None:
        """Let another guard begin."""
        with contextlib.suppress(OSError):
            os.ftruncate(self._fd, 0)
        os.close(self._fd)

    def _write(self) -> None:
        text = json.dumps(_document(self.sign)).encode()
        with contextlib.suppress(OSError):  # a full disk does not end a guard
            os.pwrite(self._fd, text, 0)
            os.ftruncate(self._fd, len(text))


def hold(state: Path, sign: Sign) -> Lock:
    """Become the guard that ``sign`` describes.

    Raises:
        GuardRuns: another process is; the error says which, and since when.
        UnsafePath: the state directory cannot be used.
    """
    path = private_file(_file(state, sign))
    fd = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(fd)
        raise GuardRuns(_who_runs(_read(path), sign)) from None
    return Lock(fd, sign)


def living(state: Path, *, service: str | None = None, model_id: str | None = None) -> tuple[Sign, ...]:
    """The guards that live on this host, in this state directory; where asked, only those of one model."""
    return tuple(
        sign
        for sign in _signs(state)
        if sign.process.alive and service in (None, sign.service) and model_id in (None, sign.model_id)
    )


def this_sign(profile: str, service: str, model_id: str, model_name: str, every_s: float) -> Sign:
    """The sign of a guard that begins now, in this process."""
    return Sign(this_process(), profile, service, model_id, model_name, datetime.now(UTC), every_s)


def looked(at: datetime | None) -> str:
    """When it last looked, in words: "looked 20 s ago"."""
    if at is None:
        return "has not read all lists yet"
    seconds = max((datetime.now(UTC) - at).total_seconds(), 0.0)
    if seconds < 120:
        return f"looked {seconds:.0f} s ago"
    minutes = seconds / 60
    return (
        f"looked {minutes:.0f} min ago"
        if minutes < 120
        else f"looked {plural(int(minutes / 60), 'hour')} ago"
    )


def _looked(sign: Sign, at: datetime) -> Sign:
    return replace(sign, looked_at=at)


def _file(state: Path, sign: Sign) -> Path:
    whose = "\n".join((sign.profile, sign.service, sign.model_id))
    return private_dir(state / "guards") / f"{hashlib.sha256(whose.encode()).hexdigest()[:16]}.json"


def _signs(state: Path) -> Iterator[Sign]:
    with contextlib.suppress(OSError):
        for path in sorted((state / "guards").glob("*.json")):
            sign = _read(path)
            if sign is not None:
                yield sign


def _read(path: Path) -> Sign | None:
    """What a guard wrote; ``None`` for a file that no guard holds, or that one is writing."""
    try:
        said: dict[str, Any] = json.loads(path.read_text())
        at = said["looked_at"]
        return Sign(
            ProcessId(said["host"], said["pid"], said["started"]),
            said["profile"],
            said["service"],
            said["model_id"],
            said["model"],
            datetime.fromisoformat(said["since"]),
            float(said["every_s"]),
            None if at is None else datetime.fromisoformat(at),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _document(sign: Sign) -> dict[str, Any]:
    return {
        "pid": sign.process.pid,
        "host": sign.process.machine,
        "started": sign.process.started,
        "profile": sign.profile,
        "service": sign.service,
        "model_id": sign.model_id,
        "model": sign.model_name,
        "since": sign.since.isoformat(),
        "every_s": sign.every_s,
        "looked_at": None if sign.looked_at is None else sign.looked_at.isoformat(),
    }


def _who_runs(other: Sign | None, sign: Sign) -> str:
    what = f'A guard of "{sign.model_name}" for profile {sign.profile} runs already'
    if other is None:
        return f"{what}.\nOne is enough: it keeps the journal that all commands and the app read."
    since = other.since.astimezone().strftime("%Y-%m-%d %H:%M")
    return (
        f"{what}: process {other.process.pid} on {other.process.machine}, since {since}.\n"
        f"To end it: kill {other.process.pid}"
    )
