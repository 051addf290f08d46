"""The rows that a sheet shows, as values that are safe to show."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row of a dump: its line in the source, the source's cells, and its errors."""

    line: str
    cells: tuple[str, ...]
    """With the blanks that would not be seen."""
    errors: tuple[str, ...]
    plain: tuple[str, ...]
    """The cells without pictures of blanks, to be copied."""


@dataclass(frozen=True, slots=True)
class SheetPage:
    """Rows from ``first`` on, of ``total``."""

    first: int
    rows: tuple[SheetRow, ...]
    total: int
