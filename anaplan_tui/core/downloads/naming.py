"""Turn names from the service into safe names for files and folders.

All functions are pure. Each name is one path component on any common file system, and cannot climb out of its
folder, hide, or send control codes to the terminal that lists it.
"""

import re
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

NAME_BYTES = 255
"""The longest file name, in UTF-8 bytes, of ext4, xfs, btrfs, APFS and NTFS alike."""
_SUFFIX_ROOM = 16
"""Bytes left free for `` (2)`` and for suffixes of other tools."""
_FORBIDDEN = frozenset('/\\:*?"<>|')
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_DEVICE = re.compile(r"(?i)(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\.|$)")


def safe_name(name: str, *, fallback: str = "_", max_bytes: int = NAME_BYTES - _SUFFIX_ROOM) -> str:
    """Return one path component as close to ``name`` as is safe; ``fallback`` if nothing is left of it.

    Separators, characters that Windows shares refuse, controls, bidi marks and lone surrogates become ``_``.
    Leading dots, dashes and spaces are dropped, and so are trailing dots and spaces. Windows device names get
    a ``_`` in front. The result is NFC and at most ``max_bytes`` long in UTF-8.
    """
    text = unicodedata.normalize("NFC", name)
    text = "".join("_" if c in _FORBIDDEN or unicodedata.category(c) in _INVISIBLE else c for c in text)
    text = re.sub(r"\s+", " ", text).lstrip(". -").rstrip(". ")
    if _DEVICE.match(text):
        text = f"_{text}"
    text = _cut(text, max_bytes).rstrip(". ")
    return text or fallback


def _cut(text: str, max_bytes: int) -> str:
    return text.encode()[:max_bytes].decode(errors="ignore")


def run_folder(base: Path, model: str, process: str, started_at: datetime | None, task_id: str) -> Path:
    """The folder for one run's files: ``{base}/{model}/{process}/{UTC start}_{task id, 8}``.

    ``started_at`` must be timezone aware; without it the folder is named ``unknown-start_…``.
    """
    start = (
        "unknown-start" if started_at is None else started_at.astimezone(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    )
    short_id = safe_name(task_id[:8], fallback="task")
    return (
        base
        / safe_name(model, fallback="model")
        / safe_name(process, fallback="process")
        / f"{start}_{short_id}"
    )


def dump_name(action_name: str, object_id: str, ext: str = ".csv") -> str:
    """``{action name}_{object id}.csv``; a long action name is cut, not the id."""
    tail = f"_{safe_name(object_id, fallback='object', max_bytes=64)}{ext}"
    room = NAME_BYTES - _SUFFIX_ROOM - len(tail.encode())
    return safe_name(action_name, fallback="dump", max_bytes=room) + tail


def numbered(path: Path, number: int) -> Path:
    """``report.csv`` as ``report (2).csv``; number 1 is the path itself."""
    return path if number == 1 else path.with_name(f"{path.stem} ({number}){path.suffix}")
