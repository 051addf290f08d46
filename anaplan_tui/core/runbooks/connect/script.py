"""Reads a script and the files that it calls, as text."""

import re
import stat
from dataclasses import dataclass
from pathlib import Path

from anaplan_tui.config.errors import printable
from anaplan_tui.core.runbooks.connect.holes import without_holes
from anaplan_tui.trouble import Exit, Trouble

_MAX_BYTES = 1_000_000
_BATCH = re.compile(
    r"(?im)^\s*(@?echo\s+off\b|@?rem\b|::|set\s+\"?\w+=|setlocal\b|call\s|goto\s)|%\w+%|%~?\d"
)
_OTHER = re.compile(r"^#!.*\b(python|perl|pwsh|ruby|node|Rscript)")
_CLIENT = re.compile(r"(?i)anaplan-?(connect)?-?client|anaplan-connect|com\.anaplan\.client")


class NoScript(Trouble):
    """There is no script here that can be converted."""

    exit_code = Exit.USAGE


@dataclass(frozen=True, slots=True)
class Script:
    """The text of a script; ``path`` is where its relative calls begin."""

    path: Path
    text: str
    batch: bool

    @property
    def name(self) -> str:
        """Its name in reports."""
        return printable(self.path.name)


def load(path: Path) -> Script:
    """A script that somebody asked to convert.

    Raises:
        NoScript: it cannot be read, or is in another language than those of sh and cmd.exe.
    """
    name = printable(str(path))
    try:
        content = _content(path)
    except (OSError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or "not a file of text"
        raise NoScript(f"{name} cannot be read: {why.lower()}.") from None
    text = _text(content)
    suffix = path.suffix.lower()
    if suffix in (".ps1", ".py", ".r", ".pl", ".vbs") or _OTHER.match(text):
        raise NoScript(f"{name} is no shell or batch script: only .sh and .bat files are converted.")
    return Script(path, text, suffix in (".bat", ".cmd") or (suffix != ".sh" and _is_batch(text)))


def load_called(path: Path, *, batch: bool) -> Script | None:
    """A file that a script calls; ``None`` when it cannot be read."""
    try:
        return Script(path, _text(_content(path)), batch)
    except (OSError, ValueError):
        return None


def names_client(text: str) -> bool:
    """Whether a text mentions Anaplan Connect at all."""
    return _CLIENT.search(text) is not None


def _content(path: Path) -> bytes:
    if not stat.S_ISREG(path.stat().st_mode):
        raise ValueError("not a file")  # a device or a pipe could go on for ever
    with path.open("rb") as file:
        content = file.read(_MAX_BYTES + 1)
    if len(content) > _MAX_BYTES or b"\0" in content:
        raise ValueError("not a script")
    return content


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    return without_holes(text.replace("\r\n", "\n").replace("\r", "\n"))


def _is_batch(text: str) -> bool:
    return not text.startswith("#") and len(_BATCH.findall(text)) > 1
