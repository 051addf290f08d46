"""Joins paths of scripts, for Unix or Windows, with holes in them."""

import posixpath
import re

from anaplan_tui.core.runbooks.connect.holes import Clock, Here, Holes, Unknown

_WINDOWS = re.compile(r"[A-Za-z]:|\\\\|//")


def is_windows(path: str) -> bool:
    """Whether a path means something on a Windows host only."""
    return _WINDOWS.match(path) is not None and not path.startswith("//")


def is_absolute(holes: Holes, path: str, *, batch: bool) -> bool:
    """Whether a path does not begin in the working directory, as far as that is known."""
    if not path:
        return False
    hole = holes.of(path[0])
    if hole is not None:
        # A value from outside in front of a separator is a folder that somebody names.
        return not isinstance(hole, Clock) and (len(path) == 1 or path[1] in "/\\" or isinstance(hole, Here))
    return path.startswith(("/", "~")) or (batch and path.startswith("\\")) or is_windows(path)


def join(holes: Holes, folder: str, path: str, *, batch: bool) -> str:
    """``path`` as seen from ``folder``."""
    if is_absolute(holes, path, batch=batch):
        return path
    if not folder or path in ("", "."):
        return folder if path in ("", ".") else path
    if isinstance(holes.whole(folder), Unknown):
        return holes.put(Unknown("the folder that the script works in is not known"))
    separator = "\\" if batch and "/" not in folder + path else "/"
    path = re.sub(r"^\.[/\\]", "", path)
    return f"{folder.rstrip('/' + chr(92))}{separator}{path}"


def split(path: str, *, batch: bool) -> tuple[str, str]:
    """Folder and last part."""
    if not batch:
        return posixpath.split(path)
    at = max(path.rfind("/"), path.rfind("\\"))
    return (path[:at], path[at + 1 :]) if at >= 0 else ("", path)
