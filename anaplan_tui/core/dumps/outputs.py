"""The files that exports make: what they are called here, and one that is empty (service.md §8.3)."""

import os
import uuid
from pathlib import Path

from anaplan_tui.core.downloads import Published, dump_name, make_folder, publish
from anaplan_tui.core.snapshots import Action

_FORMATS = {
    "text/csv": ".csv",
    "text/plain": ".txt",
    "text/tab-separated-values": ".tsv",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/pdf": ".pdf",
}
_EXTENSIONS = frozenset(
    (*_FORMATS.values(), ".tab", ".xlsm", ".zip", ".gz", ".json", ".xml", ".dat", ".html")
)


def output_name(action: Action) -> str:
    """The file name of an export's output: the name the export gave it, else the action's.

    What stands behind the last dot is an extension where it is one of a format, and not in "Margins v2.1".
    """
    said = (v for m in action.messages for k, v in m.values if k == "exportName" and v)
    name = next(said, action.name)
    suffix = Path(name).suffix
    if suffix.lower() not in _EXTENSIONS:
        suffix = _FORMATS.get((action.export_format or "").partition(";")[0].strip().lower(), ".csv")
    return dump_name(name.removesuffix(suffix), action.id, suffix)


def is_empty(action: Action) -> bool:
    """Whether an export was successful and says that its file has no content: there is nothing to fetch."""
    return action.kind == "export" and not action.output.available and action.output.bytes == 0


def make_empty(target: Path, base: Path, parts_dir: Path, *, overwrite: bool = False) -> Published:
    """Put an empty file at ``target``, by the rules of every other file: whole, private, nothing overwritten.

    Raises :class:`DownloadFailed` or ``OSError``.
    """
    make_folder(base, target.parent)
    parts_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = parts_dir / f"{uuid.uuid4().hex}.empty"
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    try:
        return publish(part, target, overwrite=overwrite)
    finally:
        part.unlink(missing_ok=True)
