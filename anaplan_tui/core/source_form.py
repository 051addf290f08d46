"""Separators and text delimiters as a model gives them: which of them the csv module can work with."""

from typing import TypeGuard

NO_QUOTE = "None"
"""The text delimiter of an import that has none: quotes are like any other character to it."""


def is_mark(text: str | None) -> TypeGuard[str]:
    """Whether it is one character that may stand between cells or around them."""
    return text is not None and len(text) == 1 and text not in "\r\n\0"


def is_no_quote(text: str | None) -> bool:
    """Whether a text delimiter is said to be none at all, which is more than not to be said."""
    return text is not None and text.strip().casefold() == NO_QUOTE.casefold()
