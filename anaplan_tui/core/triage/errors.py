"""What can go wrong when a dump is read; each error says what was found and what to do about it."""

from __future__ import annotations

from anaplan_tui.trouble import Exit, Trouble


class TriageError(Trouble):
    """A dump could not be triaged: ``what`` says what was found, ``advice`` what to do next."""

    exit_code = Exit.FILE

    def __init__(self, what: str, advice: str) -> None:
        super().__init__(f"{what}; {advice}")
        self.what = what
        self.advice = advice


class NoFile(TriageError):
    """What was named is not there, may not be read, or is no file."""

    exit_code = Exit.USAGE


class NotADump(TriageError):
    r"""The file is empty, binary, cut off, or has no error column.

    ``first_bytes`` is the beginning of the file as printable ASCII, every other byte as ``\xNN``, so that it
    can be shown anywhere.
    """

    def __init__(self, what: str, advice: str, first_bytes: bytes) -> None:
        super().__init__(what, advice)
        self.first_bytes = printable(first_bytes)
        self.may_be_text = not first_bytes.isascii() or b"\0" in first_bytes or b"\x1b" in first_bytes
        """Whether it may be text after all, in an encoding that only its import tells."""


class TriageCancelled(TriageError):
    """The operator stopped it; nothing is left behind."""

    def __init__(self) -> None:
        super().__init__("The triage was stopped", "open the dump again to start over")


def printable(raw: bytes, limit: int = 64) -> str:
    """The first ``limit`` bytes as printable ASCII."""
    shown = "".join(
        chr(byte) if 0x20 <= byte < 0x7F and byte != 0x5C else f"\\x{byte:02x}" for byte in raw[:limit]
    )
    return shown + ("…" if len(raw) > limit else "")
