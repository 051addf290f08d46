"""File permissions: who besides the user can read or change a file, and so whether to trust its content.

Root can do anything anyway, and so can the owner of the root directory (in an unprivileged container that is
neither root nor the user).
"""

import grp
import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from shlex import quote


@dataclass(frozen=True, slots=True)
class Exposed:
    """Somebody else can change a file: ``problem`` is a clause about it, ``cure`` a sentence."""

    problem: str
    cure: str


def who_can_change(path: Path) -> Exposed | None:
    """Who else can change what is read at ``path``; ``None`` for nobody. Raises ``OSError``.

    A link's target counts, too, and so does every directory on the way to both: whoever may write in one of
    them can put another file in its place.
    """
    found, real = path.stat(), path.resolve()
    if owner := _stranger(found):
        return Exposed(
            f"belongs to {owner}", f"If what it says is right, run: chown {_me()} {quote(str(real))}"
        )
    if writers := _writers(found):
        return Exposed(f"can be changed by {writers}", f"Run: chmod go-w {quote(str(real))}")
    nearest = {real.parent, path.absolute().parent.resolve()}
    above = {directory for start in nearest for directory in start.parents}
    exposed = (_directory(d, lenient=d not in nearest) for d in (*nearest, *sorted(above - nearest)))
    return next((one for one in exposed if one is not None), None)


def who_can_read(path: Path) -> str:
    """Who else can read the file, in words; empty for nobody. Raises ``OSError``."""
    found = path.stat()
    if found.st_mode & stat.S_IROTH:
        return "everybody"
    return _shared_group(found) if found.st_mode & stat.S_IRGRP else ""


def _directory(directory: Path, *, lenient: bool) -> Exposed | None:
    """``lenient``: root's group, which owns much of some systems, counts as root."""
    try:
        found = directory.stat()
        is_fixed = os.statvfs(directory).f_flag & os.ST_RDONLY
    except OSError:
        # The path leads through it although it cannot be examined; it is not ours to judge.
        return None
    if is_fixed:
        return None
    if owner := _stranger(found):
        cure = "Move it into a directory of your own."
        return Exposed(f"lies in {directory}, which belongs to {owner}", cure)
    # In a directory such as /tmp everybody may write, but nobody may move another user's files.
    if found.st_mode & stat.S_ISVTX or not (writers := _writers(found)):
        return None
    if lenient and found.st_gid == 0 and not found.st_mode & stat.S_IWOTH:
        return None
    cure = f"Run: chmod go-w {quote(str(directory))}"
    return Exposed(f"lies in {directory}, which can be changed by {writers}", cure)


def _stranger(found: os.stat_result) -> str:
    if found.st_uid in {os.geteuid(), 0, Path("/").stat().st_uid}:
        return ""
    try:
        return f"the user {pwd.getpwuid(found.st_uid).pw_name}"
    except KeyError:
        return f"user id {found.st_uid}"


def _writers(found: os.stat_result) -> str:
    if found.st_mode & stat.S_IWOTH:
        return "everybody"
    return _shared_group(found) if found.st_mode & stat.S_IWGRP else ""


def _shared_group(found: os.stat_result) -> str:
    """The group in words; empty for one that is the user's alone, as with umask 002."""
    try:
        group = grp.getgrgid(found.st_gid)
    except KeyError:
        return f"group id {found.st_gid}"
    try:
        me = pwd.getpwuid(os.geteuid())
    except KeyError:
        return f"the group {group.gr_name}"
    alone = group.gr_gid == me.pw_gid and group.gr_name == me.pw_name and set(group.gr_mem) <= {me.pw_name}
    # Root's group is nobody's own: its members may not be listed.
    return "" if alone and group.gr_gid != 0 else f"the group {group.gr_name}"


def _me() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())
