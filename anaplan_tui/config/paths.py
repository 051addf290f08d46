"""Paths of the app's own files: the config file, and the state directory with journal, parts and log.

The state directory holds an operator's runs and half-fetched dumps, so it gets mode 0700 and its files 0600,
and a directory that somebody else could have prepared is refused.
"""

import contextlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from platformdirs import PlatformDirs

from anaplan_tui.trouble import Exit, Trouble
from anaplan_tui.whole_file import sync_folder

CONFIG_VARIABLE = "ANAPLAN_TUI_CONFIG"
STATE_VARIABLE = "ANAPLAN_TUI_STATE_DIR"
ENCODING = "utf-8-sig"
"""The encoding of a configuration: UTF-8, without the byte order mark that some editors put first."""

_DIRS = PlatformDirs("anaplan-tui", appauthor=False)


class UnsafePath(Trouble):
    """A file or directory of ours cannot be made, or cannot be trusted.

    ``path`` is what it is about, ``problem`` one clause without a full stop, ``advice`` what to do.
    """

    exit_code = Exit.USAGE

    def __init__(self, path: Path, problem: str, advice: str) -> None:
        self.path = path
        self.problem = problem
        self.advice = advice
        super().__init__(path, problem, advice)

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}.\n{self.advice}"


def default_config_file() -> Path:
    """This user's config file, whether it exists or not: ``~/.config/anaplan-tui/config.toml`` on Linux."""
    return _DIRS.user_config_path / "config.toml"


def is_configured(config: Path | None) -> bool:
    """Whether there may be a configuration: a file, or a variable; neither is read."""
    named = config is not None or default_config_file().exists()
    return named or any(
        name.upper().startswith("ANAPLAN_TUI_") for name in os.environ if name != STATE_VARIABLE
    )


def example_config_file() -> Path:
    """The commented example: part of the package when installed, beside it in a checkout."""
    package = Path(__file__).parents[1]
    installed = package / "config.example.toml"
    return installed if installed.exists() else package.parent / installed.name


@dataclass(frozen=True, slots=True)
class StateDir:
    """The state directory and the paths of what is in it."""

    root: Path

    @property
    def journal(self) -> Path:
        """The SQLite database of ``core.journal``."""
        return self.root / "journal.db"

    @property
    def log(self) -> Path:
        """The app's own log."""
        return self.root / "anaplan-tui.log"

    @property
    def parts(self) -> Path:
        """The directory of half-fetched downloads."""
        return self.root / "parts"

    @property
    def uploads(self) -> Path:
        """The directory of the records of half-sent uploads."""
        return self.root / "uploads"

    @property
    def work(self) -> Path:
        """The directory for temporary files."""
        return self.root / "work"


def state_dir() -> StateDir:
    """The state directory, made if missing: ``ANAPLAN_TUI_STATE_DIR`` or the platform's place for state.

    Its contents are for this user alone. A directory that the variable names keeps its mode, because it may
    hold other files, too. Raises :class:`UnsafePath` if it cannot be made, is not a directory, belongs to
    another user, or is writable for everybody.
    """
    state = StateDir(private_dir(_state_root()))
    if not os.environ.get(STATE_VARIABLE):
        _tighten(state.root)
    for ours in (state.parts, state.uploads, state.work):
        _tighten(private_dir(ours))
    return state


def demo_dir() -> Path:
    """The demo tenant's directory, made if missing: beside the state directory, not in it.

    A state directory that the variable names contains it instead: nothing is made outside of that. Runs that
    an earlier version kept in the platform's state directory are moved. Raises :class:`UnsafePath`.
    """
    inside = state_dir().root / "demo-tenant"
    if os.environ.get(STATE_VARIABLE):
        return private_dir(inside)
    beside = _state_root().with_name("anaplan-tui-demo")
    if inside.is_dir() and not beside.exists():
        with contextlib.suppress(OSError):  # the demo starts afresh then
            inside.rename(beside)
    return private_dir(beside)


def log_file() -> Path:
    """The path of the log, which may not exist; nothing is made or checked."""
    return StateDir(_state_root()).log


def journal_file() -> Path:
    """The path of the journal, which may not exist; nothing is made or checked."""
    return StateDir(_state_root()).journal


def _state_root() -> Path:
    named = os.environ.get(STATE_VARIABLE)
    return Path(named).expanduser().absolute() if named else _DIRS.user_state_path


def _tighten(directory: Path) -> None:
    if stat.S_IMODE(directory.stat().st_mode) != 0o700:
        directory.chmod(0o700)


def private_dir(path: Path) -> Path:
    """Make ``path`` a directory with mode 0700, parents included, and return it.

    An existing one keeps its mode, but must be the user's own and not writable for everybody:
    :class:`UnsafePath` otherwise.
    """
    advice = f"Set {STATE_VARIABLE} to a directory of your own."
    try:
        _make_missing(path)
        found = path.stat()
    except OSError as error:
        raise UnsafePath(path, f"cannot be made or read ({_why(error)})", advice) from None
    if not stat.S_ISDIR(found.st_mode):
        raise UnsafePath(path, "is not a directory", advice)
    if found.st_uid != os.geteuid():
        raise UnsafePath(path, "belongs to another user", advice)
    if found.st_mode & stat.S_IWOTH:
        raise UnsafePath(path, "can be written by everybody", f"Run chmod 700 on it, or: {advice}")
    return path


def private_file(path: Path) -> Path:
    """Make sure that ``path`` is a file of ours with mode 0600, empty if it is new, and return it.

    A symbolic link in its place is refused, so that nobody can redirect a write. An existing file is not
    opened: closing it again would drop the locks that SQLite holds on its database. Raises
    :class:`UnsafePath`.
    """
    advice = "Move it away; a new one is made."
    try:
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode):
            raise UnsafePath(path, "is not a plain file", advice)
        if found.st_uid != os.geteuid():
            raise UnsafePath(path, "belongs to another user", advice)
        if stat.S_IMODE(found.st_mode) != 0o600:
            path.chmod(0o600)
    except OSError as error:
        raise UnsafePath(path, f"cannot be made ({_why(error)})", advice) from None
    return path


def sign_in_name(profile: str, origin: str) -> str:
    """The name of a kept sign-in's files, without their endings.

    Args:
        profile: whose sign-in it is.
        origin: 16 hex digits that stand for the host and client that its token is good for.
    """
    return f"oauth-{profile}-{origin}"


def kept_tokens(directory: Path, profile: str) -> list[Path]:
    """The files of every refresh token kept for ``profile``, those for earlier hosts and clients included."""
    name = re.compile(rf"{sign_in_name(re.escape(profile), '[0-9a-f]{16}')}(-\w+)?\.(token|part)")
    try:
        return sorted(path for path in directory.iterdir() if name.fullmatch(path.name))
    except OSError:
        return []


def _make_missing(path: Path) -> None:
    # Path.mkdir gives its mode to the last part only; parents would follow the umask.
    if path.is_dir():
        return
    if path.parent != path:
        _make_missing(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)
    # Without it a power cut can take the directory with everything in it.
    sync_folder(path.parent)


def _why(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
