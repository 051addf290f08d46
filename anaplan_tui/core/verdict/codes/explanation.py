"""The explanation of a detail code: its class, its meaning, the usual cure."""

from dataclasses import dataclass
from enum import StrEnum


class Class(StrEnum):
    """The kind of a detail: what it says about its action."""

    COMPLETION = "completion"
    PARTLY = "partly"
    """A summary which says that some rows were not loaded, or not as they were."""
    ROWS = "rows"
    """Rows, cells or columns that were rejected, left out or loaded with a warning: the causes."""
    FAILURE = "failure"
    CANCELLED = "cancelled"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Explanation:
    """A code in plain words, and the usual cure."""

    cls: Class
    meaning: str = ""
    cure: str = ""


Table = dict[str, Explanation]
"""Explanations by code."""

NOTHING_TO_DO = "Nothing has to be done."
ASK_ADMIN = "Ask a workspace administrator for the right."
ASK_SUPPORT = "Run it again once; if it happens again, ask Anaplan's support and name the task id."
READ_THE_DUMP = "The dump holds the rows and why each failed: correct those and load them again."


def completion(meaning: str, cure: str = NOTHING_TO_DO) -> Explanation:
    """Explain a code of something that ended well."""
    return Explanation(Class.COMPLETION, meaning, cure)


def partly(meaning: str, cure: str = READ_THE_DUMP) -> Explanation:
    """Explain a code of something that was done in part."""
    return Explanation(Class.PARTLY, meaning, cure)


def rows(meaning: str, cure: str) -> Explanation:
    """Explain a code about single rows."""
    return Explanation(Class.ROWS, meaning, cure)


def failure(meaning: str, cure: str) -> Explanation:
    """Explain a code of something that failed."""
    return Explanation(Class.FAILURE, meaning, cure)


def cancelled(meaning: str, cure: str) -> Explanation:
    """Explain a code of something that was cancelled."""
    return Explanation(Class.CANCELLED, meaning, cure)
