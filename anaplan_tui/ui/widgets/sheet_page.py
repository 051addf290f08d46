"""Rows of a dump for the sheet, as values that are safe to show."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row of a dump: its line in the source, the source's cells, and its errors."""

    line: str
    cells: tuple[str, ...]
    """With symbols for blanks that would be invisible."""
    errors: tuple[str, ...]
    plain: tuple[str, ...]
    """The cells without symbols for blanks, for copying."""


@dataclass(frozen=True, slots=True)
class SheetPage:
    """Rows from ``first`` on, of ``total``."""

    first: int
    rows: tuple[SheetRow, ...]
    total: int
