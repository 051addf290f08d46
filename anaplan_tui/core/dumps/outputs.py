"""Export outputs: their file names on disk, and empty files (service.md §8.3)."""

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
"""By media type: the default extension, and those that a name may have instead."""
_UNTOLD = (".csv", (*_TEXT, *_EXCEL, ".pdf", ".zip", ".gz", ".json", ".xml", ".html"))


def output_name(action: Action) -> str:
    """The file name for an export's output: from the export's own name for it, else the action's name.

    Text after the last dot counts as an extension only if it fits the format: not in "Margins v2.1".
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
    """Whether an export reports that its file has no content, so that there is nothing to fetch."""
    return action.kind == "export" and not action.output.available and action.output.bytes == 0


def make_empty(target: Path, base: Path, parts_dir: Path, *, overwrite: bool = False) -> Published:
    """Put an empty file at ``target`` by the same rules as every other file: see :func:`publish`.

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
