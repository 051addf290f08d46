"""The places of cells that have to be reported: those that are no text, or cannot be written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from anaplan_tui.api.clean import clean
from anaplan_tui.core.text import plural
from anaplan_tui.core.triage.shape import DumpShape
from anaplan_tui.core.triage.stray import Texts, has_stray, is_byte


@dataclass(frozen=True, slots=True)
class CellPlace:
    """A cell by its row and column."""

    line: int | None
    """Of the source, as the dump says; None when it does not."""
    column: str
    value: str
    """As it stands in the dump."""


@dataclass(slots=True)
class CellPlaces:
    """How many cells there are, and where the first of them stand."""

    count: int = 0
    first: tuple[CellPlace, ...] = ()

    @property
    def no_text_words(self) -> str:
        """The words for cells that are no text, safe to show; empty when there are none."""
        if not self.count:
            return ""
        holds = "holds bytes that are" if self.count == 1 else "hold bytes that are"
        return f"{plural(self.count, 'cell')} {holds} no text: {self.words}"

    @property
    def words(self) -> str:
        r"""The first of them, safe to show: ``line 7, Region (Caf\xE9) and 3 more``."""
        said = ", ".join(_words(place) for place in self.first)
        more = self.count - len(self.first)
        return f"{said} and {more:,} more" if more else said

    def add(self, place: CellPlace) -> None:
        """Add a place; after the first few, places are only counted."""
        self.count += 1
        if len(self.first) < _FIRST:
            self.first = (*self.first, place)


def _words(place: CellPlace) -> str:
    line = "" if place.line is None else f"line {place.line:,}, "
    return f"{line}{clean(place.column, limit=_SHOWN)} ({clean(place.value, limit=_SHOWN)})"


_FIRST = 5
_SHOWN = 40


def cells_without_text(
    rows: Iterable[Sequence[str]], shape: DumpShape, positions: Collection[int] | None = None
) -> Iterator[CellPlace]:
    """The cells that hold bytes that are no text, in rows as they are inside the engine.

    ``positions`` are the columns that are looked at; None: all.
    """
    texts = Texts(shape.read_as)
    for row in rows:
        if not any(map(has_stray, row)):
            continue
        for position, cell in enumerate(row):
            if not texts.is_text(cell) and (positions is None or position in positions):
                yield CellPlace(_line(row, shape), _column(shape, position), texts.outside(cell))


def names_without_text(shape: DumpShape, positions: Collection[int] | None = None) -> Iterator[CellPlace]:
    """The same for the names in the header, which belong to no line of the source."""
    for position, name in enumerate(shape.header):
        if any(map(is_byte, name)) and (positions is None or position in positions):
            yield CellPlace(None, "the header", name)


def source_places(rows: Iterable[Sequence[str]], shape: DumpShape) -> Iterator[CellPlace]:
    """Every one of the source's own cells, in rows as they are inside the engine."""
    texts, names = Texts(shape.read_as), shape.source_columns
    for row in rows:
        line = _line(row, shape)
        for name, cell in zip(names, source_cells(row, shape), strict=True):
            yield CellPlace(line, name, texts.outside(cell))


def source_cells(row: Sequence[str], shape: DumpShape) -> tuple[str, ...]:
    """The source's own cells of a row."""
    return tuple(row[position] if position < len(row) else "" for position in shape.source)


def cells_and_line(row: Sequence[str], shape: DumpShape) -> tuple[str, ...]:
    """The same with the ``_Line_`` cell behind them, where the dump has such a column."""
    own = source_cells(row, shape)
    if shape.line is None:
        return own
    return (*own, row[shape.line] if shape.line < len(row) else "")


def _column(shape: DumpShape, position: int) -> str:
    """The name of a cell's column; error columns without a name are numbered on."""
    if position < len(shape.columns):
        return shape.columns[position]
    return f"_Error_{len(shape.errors) + position - len(shape.columns) + 1}_"


def _line(row: Sequence[str], shape: DumpShape) -> int | None:
    """The line of the source that a row comes from."""
    return None if shape.line is None or shape.line >= len(row) else line_number(row[shape.line])


def line_number(text: str) -> int | None:
    """A ``_Line_`` cell as a number; None for anything else."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
