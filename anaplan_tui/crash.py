"""Crash reports, by which somebody can fix a bug of ours: where it happened, and no values.

The text of an error is left out, and so are local variables: it may quote a row, a name or a secret.
"""

import os
import platform
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from anaplan_tui import __version__
from anaplan_tui.config.paths import state_dir

_KEPT = 10
_PATTERN = "crash-*.txt"


def report(error: BaseException) -> str:
    """The report on ``error``: versions, then the traceback, each error by its type alone."""
    head = (
        f"anaplan-tui {__version__}, Python {platform.python_version()}, {platform.platform()}",
        f"at {datetime.now(UTC):%Y-%m-%d %H:%M:%S}Z",
    )
    return "\n".join([*head, "", *_told(error)]) + "\n"


def write_report(error: BaseException) -> Path | None:
    """Write the report on ``error`` into the state directory, for its owner alone; delete the oldest ones.

    Returns ``None`` if it cannot be written: the bug is reported anyway.
    """
    try:
        folder = state_dir().root
        path = folder / f"crash-{datetime.now(UTC):%Y%m%dT%H%M%S}Z-{os.getpid()}.txt"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(report(error))
        for old in sorted(folder.glob(_PATTERN))[:-_KEPT]:
            old.unlink(missing_ok=True)
    except Exception:
        # Whatever is wrong with the disk, or with us: there is another error to report.
        return None
    return path


def _told(error: BaseException) -> Iterator[str]:
    """The chain of errors, the first one first, as the interpreter would show it."""
    seen: set[int] = set()
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        chain.append(link)
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    for one in reversed(chain):
        for part in traceback.format_tb(one.__traceback__):
            yield part.rstrip("\n")
        kind = type(one)
        yield f"{kind.__module__}.{kind.__qualname__}"
        if isinstance(one, BaseExceptionGroup):
            for inner in one.exceptions:
                yield from (f"  | {line}" for part in _told(inner) for line in part.splitlines())
        yield ""


def tell(error: BaseException) -> str:
    """Two lines for the terminal: what happened, and where the report is."""
    path = write_report(error)
    said = f"anaplan-tui: unexpected error: {type(error).__name__}. Nothing in Anaplan was cancelled by it."
    if path is None:
        return f"{said}\nThis is a bug in anaplan-tui; its report could not be written."
    return f"{said}\nThis is a bug in anaplan-tui; a report without any values: {path}"
