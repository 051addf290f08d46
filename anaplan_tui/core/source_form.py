"""An import's source as the model describes it: header, separator, quote, encoding."""

from dataclasses import dataclass
from typing import TypeGuard

NO_QUOTE = "None"
"""The text delimiter of an import that has none: to it, quotes are like any other character."""


@dataclass(frozen=True, slots=True)
class SourceForm:
    """The form of an import's source (service.md §3.1); ``None`` and empty where the model does not say."""

    header: tuple[str, ...] = ()
    separator: str | None = None
    encoding: str | None = None
    """Named by the service."""
    header_row: int | None = None
    """Counted from 1; 0 when the source has no header line."""
    quote: str | None = None
    """The text delimiter; `NO_QUOTE` where the import has none."""
    first_data_row: int | None = None
    """Counted from 1; rows above it are not read. ``None`` where rows begin right below the header."""


def is_mark(text: str | None) -> TypeGuard[str]:
    """Whether the csv module accepts it as a separator or quote: one character, not a line end or null."""
    return text is not None and len(text) == 1 and text not in "\r\n\0"


def is_no_quote(text: str | None) -> bool:
    """Whether the model says that there is no text delimiter; ``None`` only means that it does not say."""
    return text is not None and text.strip().casefold() == NO_QUOTE.casefold()
