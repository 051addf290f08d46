"""Results of the doctor's checks: ok, a warning, or a failure with advice."""

from dataclasses import dataclass
from enum import StrEnum

from anaplan_tui.config.errors import ConfigError
from anaplan_tui.config.paths import UnsafePath


class Finding(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """One check and its result."""

    name: str
    finding: Finding
    said: str
    advice: str = ""
    error: Exception | None = None
    """The error behind a failure, for the exit code."""


def ok(name: str, said: str) -> Check:
    """A check that found nothing wrong."""
    return Check(name, Finding.OK, said)


def warn(name: str, said: str, advice: str = "") -> Check:
    """A check that found a possible problem, or a failure of a part that is not needed."""
    return Check(name, Finding.WARNING, said, advice)


def failed(name: str, error: Exception) -> Check:
    """A check that found something to fix, in the words of the error."""
    if isinstance(error, ConfigError | UnsafePath):
        said, _, advice = str(error).partition("\n")
        return Check(name, Finding.FAILED, said, advice, error)
    said = getattr(error, "said", "") or getattr(error, "problem", "") or str(error)
    return Check(name, Finding.FAILED, said, getattr(error, "advice", ""), error)
