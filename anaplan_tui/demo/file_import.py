"""Imports that really read their file: rows are checked against rules, and rejected rows go to the dump."""

import csv
import io
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from anaplan_tui.demo.content import Blob, Content
from anaplan_tui.demo.model import Json, Outcome, Play, Scene
from anaplan_tui.demo.outcomes import (
    FILE_GONE,
    Cells,
    Rows,
    detail,
    import_failed,
    imported,
    incomplete,
    loaded,
    refused,
)
from anaplan_tui.demo.rows import CRLF, table

Check = Callable[[str], str | None]
"""Returns the error of a cell, or None."""

LARGEST_FAILED_SHARE = 0.1
"""An import with a larger share of rejected rows counts as failed."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column that the import reads."""

    name: str
    check: Check
    code: str
    """The detail type under which its rejects are counted (service.md §5.5)."""
    decides: bool = False
    """After a wrong cell here, the rest of the row is not checked."""
    line_item: bool = False
    """Modules: the cells are values of the line item of that name. The other columns place them."""


def in_list(list_name: str, items: tuple[str, ...]) -> Check:
    """The cell must name an item of the list."""
    return lambda cell: None if cell in items else f"Item not located in {list_name} list"


def in_calendar(period_type: str, items: tuple[str, ...]) -> Check:
    """The cell must name a period."""
    return lambda cell: (
        None if cell in items else f"Item not located in calendar for period type {period_type}"
    )


def is_number(cell: str) -> str | None:
    """The cell must be a number, with a point for decimals."""
    try:
        float(cell)
    except ValueError:
        return f"Invalid number: {cell}"
    return None


def is_date(cell: str) -> str | None:
    """The cell must be a day of the calendar, month first, or empty."""
    try:
        if cell:
            datetime.strptime(cell, "%m/%d/%y")  # a day, not a moment
    except ValueError:
        return f"Invalid date: {cell}"
    return None


def is_parent(items: tuple[str, ...]) -> Check:
    """The cell must name an item that can be a parent."""
    return lambda cell: None if cell in items else f"Invalid parent: {cell}"


def is_name(reserved: tuple[str, ...]) -> Check:
    """The cell must be a valid item name."""
    return lambda cell: f"Invalid name: {cell}" if not cell or cell in reserved else None


def is_free(taken: tuple[str, ...]) -> Check:
    """The cell must be a code that no item uses yet."""
    return lambda cell: "Name or code already exists" if cell in taken else None


@dataclass(frozen=True, slots=True)
class FileImport:
    """A play (see `model.Play`): the outcome follows from the bytes of the file."""

    target: str
    """The name of the list; modules are named by their line items."""
    columns: tuple[Column, ...]
    is_list: bool = False
    """Dumps of list imports have `_Status_`, and only one error column in the header, whatever the rows need.

    Source: service.md §7.5.
    """
    until_uploaded: Outcome | Play | None = None
    """The outcome on the administrator's copy, where no such file is written out."""

    def __call__(self, scene: Scene) -> Outcome:
        """Read the file as it is when the import starts."""
        if not scene.uploaded and self.until_uploaded is not None:
            scripted = self.until_uploaded
            return scripted(scene) if callable(scripted) else scripted
        if scene.source is None:
            return import_failed(FILE_GONE)
        try:
            return self._judge(_rows(scene.source, scene.separator))
        except csv.Error:
            # An unclosed quote swallows the rest of the file as one field.
            return refused("unmatchedTextDelimiter", lineNumber=1, position=1)

    def _judge(self, rows: Iterator[tuple[int, list[str]]]) -> Outcome:
        """Judge the rows. `missingFields` is a failure by class and a warning by its text: here it is both.

        An import does what it can with the fields it has. Without a column that places the values, or without
        any value column, it can do nothing.

        Source: service.md §5.5.
        """
        head = next(rows, (0, []))[1]
        missing = tuple(column.name for column in self.columns if column.name not in head)
        there = [column for column in self.columns if column.name in head]
        optional = {c.name for c in self.columns if c.line_item or (self.is_list and not c.decides)}
        if not optional.issuperset(missing) or not any(c.line_item or self.is_list for c in there):
            return refused("missingFields", fields=", ".join(missing))
        return self._read(head, there, missing, rows)

    def _read(
        self,
        head: list[str],
        there: list[Column],
        missing: tuple[str, ...],
        rows: Iterator[tuple[int, list[str]]],
    ) -> Outcome:
        places = [(head.index(column.name), column) for column in there]
        ok = 0
        rejected: list[list[str]] = []
        bad_cells: Counter[str] = Counter()
        found: Counter[tuple[str, str]] = Counter()
        for at, cells in rows:
            if not any(cells):
                continue
            padded = cells + [""] * (len(head) - len(cells))
            wrong = list(_wrong(padded, places))
            ok += not wrong
            if wrong:
                status = ["E"] if self.is_list else []
                rejected.append([*status, *padded[: len(head)], str(at), *(text for text, _ in wrong)])
                found.update((text.partition(":")[0], column.code) for text, column in wrong)
                bad_cells.update(_cells_lost(there, [column for _, column in wrong]))
        errors: list[Json] = [detail(code, text, occurrences=n) for (text, code), n in found.most_common()]
        if missing:
            errors.append(incomplete(missing))
        dump = self._dump(head, rejected) if rejected else None
        total = ok + len(rejected)
        successful = len(rejected) <= LARGEST_FAILED_SHARE * total
        if self.is_list:
            counts = Rows(ok=ok, failed=len(rejected))
            return imported(self.target, counts, *errors, dump=dump, successful=successful)
        items = [
            Cells(column.name, total - bad_cells[column.name], failed=bad_cells[column.name])
            for column in there
            if column.line_item
        ]
        return loaded(*items, errors=tuple(errors), dump=dump, successful=successful)

    def _dump(self, head: list[str], rejected: list[list[str]]) -> Blob:
        lead = ["_Status_"] if self.is_list else []
        widest = 1 if self.is_list else max(map(len, rejected)) - len(head) - 1
        titles = [*lead, *head, "_Line_", *(f"_Error_{n + 1}_" for n in range(widest))]
        return Blob(table(titles, rejected, CRLF))


def _wrong(cells: list[str], places: list[tuple[int, Column]]) -> Iterator[tuple[str, Column]]:
    """Yield the errors of a row, each with its column."""
    for place, column in places:
        text = column.check(cells[place])
        if text is not None:
            yield text, column
            if column.decides:
                return


def _cells_lost(columns: list[Column], wrong: list[Column]) -> list[str]:
    """Return the line items that lose a cell to this row: all if it cannot be placed, else the wrong ones."""
    if all(column.line_item for column in wrong):
        return [column.name for column in wrong]
    return [column.name for column in columns if column.line_item]


def _rows(source: Content, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows with their line numbers; the header is line 1.

    Rows are split at the import's own separator, whatever the file uses, as the service does.
    """
    text = io.TextIOWrapper(
        io.BufferedReader(_Reader(source)), encoding="utf-8-sig", errors="replace", newline=""
    )
    # Strict, because an unclosed quote is an error; no field size limit, because long fields are not.
    csv.field_size_limit(sys.maxsize)
    reader = csv.reader(text, delimiter=separator, strict=True)
    for cells in reader:
        yield reader.line_num, cells


class _Reader(io.RawIOBase):
    """A file object that reads content piece by piece, so that a large upload is never held whole."""

    def __init__(self, source: Content) -> None:
        self._pieces = source.pieces(0, source.size)
        self._rest: memoryview = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # a writable buffer, as io passes it
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size
