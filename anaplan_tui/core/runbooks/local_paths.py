"""The local paths of a runbook: where they lead, and whether they can be used. Blocks on the disk."""

import glob
import os
from pathlib import Path

from anaplan_tui.api.clean import clean
from anaplan_tui.core.text import home, plural
from anaplan_tui.trouble import Exit, Trouble

_SHOWN = 5


class BadPath(Trouble):
    """A path of a runbook cannot be used; the message says which and why."""

    exit_code = Exit.USAGE


def within(folder: Path, written: str) -> Path:
    """The full path that a runbook in ``folder`` means."""
    # Not resolved: an operator who put a link there means the link.
    return Path(os.path.abspath(folder / Path(written).expanduser()))  # noqa: PTH100


def to_send(folder: Path, written: str) -> Path:
    """The one file that a path or a pattern means.

    Raises:
        BadPath: there is none, or there are several.
    """
    path = within(folder, written)
    if path.exists() or not glob.has_magic(written):
        if not path.is_file():
            raise BadPath(f"There is no file {clean(home(path))}.")
        return path
    found = sorted(Path(name) for name in glob.glob(str(path)) if Path(name).is_file())  # noqa: PTH207
    if len(found) == 1:
        return found[0]
    if not found:
        raise BadPath(f"No file matches {clean(home(path))}.")
    listed = ", ".join(clean(file.name) for file in found[:_SHOWN])
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    raise BadPath(f"{plural(len(found), 'file')} match {clean(home(path))}: {listed}{more}.")


def to_write(folder: Path, written: str) -> Path:
    """Where a file goes; makes nothing.

    Raises:
        BadPath: a folder is in its place, or its folder can neither be written to nor made.
    """
    path = within(folder, written)
    if path.is_dir() or written.endswith("/"):
        raise BadPath(f"{clean(home(path))} is a folder; give the file's name as well.")
    require_folder(path.parent)
    return path


def require_folder(folder: Path) -> None:
    """Refuse a folder that is not there and cannot be made, or cannot be written to.

    Raises:
        BadPath: the folder is one of those.
    """
    there = next(place for place in (folder, *folder.parents) if os.path.lexists(place))
    if not there.is_dir():
        raise BadPath(f"{clean(home(there))} is in the way of a folder.")
    if not os.access(there, os.W_OK | os.X_OK):
        raise BadPath(f"{clean(home(there))} cannot be written to.")
