"""The files that exports make: what they are called here, and one that is empty (service.md §8.3)."""

import os
import uuid
from pathlib import Path

from anaplan_tui.core.downloads import Published, dump_name, make_folder, publish
from anaplan_tui.core.snapshots import Action

_TEXT = (".csv", ".txt", ".tsv", ".tab", ".dat")
_EXCEL = (".xls", ".xlsx", ".xlsm")
_FORMATS = {
    "text/csv": (".csv", _TEXT),
    "text/plain": (".txt", _TEXT),
    "text/tab-separated-values": (".tsv", _TEXT),
    "application/vnd.ms-excel": (".xls", _EXCEL),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (".xlsx", _EXCEL),
    "application/pdf": (".pdf", (".pdf",)),
}
"""The extension of each, and those that names may have in its place."""
_UNTOLD = (".csv", (*_TEXT, *_EXCEL, ".pdf", ".zip", ".gz", ".json", ".xml", ".html"))


def output_name(action: Action) -> str:
    """The file name of an export's output: the name the export gave it, else the action's.

    What stands behind the last dot is an extension where it is one of the format, and not in "Margins v2.1".
    """
    said = (v for m in action.messages for k, v in m.values if k == "exportName" and v)
    name = next(said, action.name)
    media_type = (action.export_format or "").partition(";")[0].strip().lower()
    own, allowed = _FORMATS.get(media_type, _UNTOLD)
    suffix = Path(name).suffix
    if suffix.lower() not in allowed:
        return dump_name(name, action.id, own)
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
