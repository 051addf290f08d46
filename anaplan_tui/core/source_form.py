"""An import's source as the model describes it: for files to upload, and for rows that are saved."""

from dataclasses import dataclass
from typing import TypeGuard

NO_QUOTE = "None"
"""The text delimiter of an import that has none: quotes are like any other character to it."""


@dataclass(frozen=True, slots=True)
class SourceForm:
    """How the source of an import looks (service.md §3.1); ``None`` and empty where nothing is said."""

    header: tuple[str, ...] = ()
    separator: str | None = None
    encoding: str | None = None
    """A name by the service."""
    header_row: int | None = None
    """Counted from 1; 0 when the source has no header line."""
    quote: str | None = None
    """The text delimiter; `NO_QUOTE` where the import has none."""
    first_data_row: int | None = None
    """Counted from 1; rows above it are not read. ``None`` where rows begin right below the header."""


def is_mark(text: str | None) -> TypeGuard[str]:
    """Whether the csv module takes it for a separator or a text delimiter: one character, no line end."""
    return text is not None and len(text) == 1 and text not in "\r\n\0"


def is_no_quote(text: str | None) -> bool:
    """Whether a text delimiter is said to be none at all, which is more than not to be said."""
    return text is not None and text.strip().casefold() == NO_QUOTE.casefold()
