"""Reads a secret from a file of the operator's that nobody else can read or change."""

import os
import stat
from pathlib import Path
from shlex import quote

from anaplan_tui.config.permissions import who_can_change, who_can_read

_LONGEST = 64 * 1024


class SecretFileFailed(Exception):
    """``problem`` is a clause about the file that shows nothing of its content, ``advice`` a sentence."""

    def __init__(self, problem: str, advice: str) -> None:
        self.problem = problem
        self.advice = advice
        super().__init__(problem, advice)


def first_line(path: Path) -> str:
    """The file's first line, without the line ending; empty for an empty line.

    ``path`` may be a link to a plain file, but not a pipe: that would give its secret only once, and a secret
    is read again after a refusal.

    Raises:
        SecretFileFailed: it cannot be read, is not text, or is open to others.
    """
    refuse_exposed(path)
    try:
        with path.open("rb") as file:
            content = file.read(_LONGEST)
    except OSError as error:
        raise _unreadable(path, error) from None
    try:
        return content.partition(b"\n")[0].removesuffix(b"\r").decode()
    except UnicodeDecodeError:
        raise SecretFileFailed(f"the first line of {path} is no text", "It must be UTF-8.") from None


def refuse_exposed(path: Path) -> None:
    """Refuse a file that is missing, is not plain, or that others can read or change.

    Raises:
        SecretFileFailed: the file is one of these.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise SecretFileFailed(f"{path} is not a plain file", "Put the secret on the file's first line.")
        readers = who_can_read(path)
        exposed = who_can_change(path)
        readable = os.access(path, os.R_OK)
    except OSError as error:
        raise _unreadable(path, error) from None
    if readers:
        raise SecretFileFailed(f"{path} can be read by {readers}", f"Run: chmod 600 {quote(str(path))}")
    if exposed is not None:
        raise SecretFileFailed(f"{path} {exposed.problem}", exposed.cure)
    if not readable:
        raise SecretFileFailed(f"{path} cannot be read (permission denied)", "It must be a file of your own.")


def _unreadable(path: Path, error: OSError) -> SecretFileFailed:
    why = (error.strerror or type(error).__name__).lower()
    return SecretFileFailed(f"{path} cannot be read ({why})", "Make it with: umask 077; cat > the file.")
