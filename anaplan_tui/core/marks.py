"""Separators and text delimiters as a model gives them: which of them the csv module can work with."""

from typing import TypeGuard


def is_mark(text: str | None) -> TypeGuard[str]:
    """Whether it is one character that may stand between cells or around them."""
    return text is not None and len(text) == 1 and text not in "\r\n\0"
