"""Explain a detail of a result in an operator's words: by its code, the code's pattern, or its text.

The codes are an open set. An unknown code is judged by its name, because the service's names follow patterns
(``…WithFailures``, ``…Unmapped``). A code that fits no pattern is shown unchanged and counts as information.
"""

import re

from anaplan_tui.core.verdict.codes import CODES, Class, Explanation
from anaplan_tui.core.verdict.codes.sources import FILE_IS_GONE

__all__ = ["Class", "Explanation", "advice", "explain", "is_file_gone", "is_item_missing", "words"]

_FILE_GONE = "uploaded file is no longer available"
"""The text of a failure over a missing source file; its code is a general one (service.md §5.7)."""
_ITEM_NOT_CHOSEN = "no item was chosen for"

_ITEM_MISSING = Explanation(
    Class.FAILURE,
    "The import asks for an item at the start of the run, and none was given.",
    "Run it again with a parameter of the form Dimension=Item.",
)
_KINDS = (
    (re.compile(r"Cancell?ed(?:ByUser)?$"), Class.CANCELLED),
    (re.compile(r"With(?:Failure|Ignored|Warning|InvalidName)"), Class.PARTLY),
    (re.compile(r"Unmapped|^missing(?:Field|Column)"), Class.ROWS),
    (re.compile(r"(?:Failed|Bombed|Error)$|^failedTo[A-Z]"), Class.FAILURE),
)
"""Patterns in the names of undocumented codes; the first match counts."""


def explain(code: str, said: str = "") -> Explanation:
    """Return the explanation of a detail.

    ``said`` is its text: some failures have a general code, and only the text distinguishes them
    (service.md §5.7).
    """
    if is_item_missing(said):
        return _ITEM_MISSING
    known = FILE_IS_GONE if is_file_gone(code, said) else CODES.get(code)
    return known or Explanation(next((cls for kind, cls in _KINDS if kind.search(code)), Class.OTHER))


def words(code: str, text: str) -> str:
    """Return a detail's text, else its code in plain words, else the code."""
    return text.strip() or explain(code, text).meaning or code


def advice(code: str, text: str) -> str:
    """Return what to add to a detail's words: their meaning and the usual cure; empty where all is well.

    The meaning of a sum of rows is already in its text.
    """
    known = explain(code, text)
    if known.cls is Class.COMPLETION:
        return ""
    meaning = "" if known.cls is Class.PARTLY or known.meaning == words(code, text) else known.meaning
    return " ".join(part for part in (meaning, known.cure) if part)


def is_file_gone(code: str, said: str) -> bool:
    """Whether a detail says that an import's source file is no longer available (service.md §5.7)."""
    return code == "uploadedFileNoLongerAvailable" or _FILE_GONE in said.casefold()


def is_item_missing(said: str) -> bool:
    """Whether an import failed because the run was not given an item that the import asks for."""
    return _ITEM_NOT_CHOSEN in said.casefold()
