"""Imports that really read their file: rows are held against rules, and rejected ones go to the dump."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from anaplan_tui.demo.content import Blob, Content
from anaplan_tui.demo.model import Json, Outcome, Scene
from anaplan_tui.demo.outcomes import FILE_GONE, Rows, detail, import_failed, imported
from anaplan_tui.demo.rows import CRLF, table

Check = Callable[[str], str | None]
"""What is wrong with a cell, or None."""

LARGEST_FAILED_SHARE = 0.1
"""With more of its rows rejected than this, an import counts as failed."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column that the import reads."""

    name: str
    check: Check
    code: str
    """The detail type under which its rejects are counted (§5.5)."""


def in_list(list_name: str, items: tuple[str, ...]) -> Check:
    """The cell must name an item of the list."""
    return lambda cell: None if cell in items else f"Item not located in {list_name} list"


def is_number(cell: str) -> str | None:
    """The cell must be a number, with a point for decimals."""
    try:
        float(cell)
    except ValueError:
        return f"Invalid number: {cell}"
    return None


@dataclass(frozen=True, slots=True)
class FileImport:
    """A play (see `model.Play`): the outcome follows from the bytes of the file."""

    target: str
    columns: tuple[Column, ...]

    def __call__(self, scene: Scene) -> Outcome:
        """Reads the file as it is when the import's turn comes."""
        if scene.source is None:
            return import_failed(FILE_GONE)
        rows = _rows(scene.source)
        head = next(rows, (0, []))[1]
        missing = [column.name for column in self.columns if column.name not in head]
        if missing:
            return import_failed(f"Column not found in the file: {', '.join(missing)}", "missingFields")
        return self._read(head, rows)

    def _read(self, head: list[str], rows: Iterator[tuple[int, list[str]]]) -> Outcome:
        places = [(head.index(column.name), column) for column in self.columns]
        ok = 0
        rejected: list[list[str]] = []
        found: Counter[tuple[str, str]] = Counter()
        for at, cells in rows:
            if not any(cells):
                continue
            padded = cells + [""] * (len(head) - len(cells))
            wrong = [(text, col.code) for place, col in places if (text := col.check(padded[place]))]
            ok += not wrong
            if wrong:
                rejected.append([*padded[: len(head)], str(at), *(text for text, _ in wrong)])
                found.update((text.partition(":")[0], code) for text, code in wrong)
        counts = Rows(ok=ok, failed=len(rejected))
        errors: list[Json] = [detail(code, text, occurrences=n) for (text, code), n in found.most_common()]
        if not rejected:
            return imported(self.target, counts)
        widest = max(len(row) for row in rejected) - len(head) - 1
        titles = [*head, "_Line_", *(f"_Error_{n + 1}_" for n in range(widest))]
        return imported(
            self.target,
            counts,
            *errors,
            dump=Blob(table(titles, rejected, CRLF)),
            successful=len(rejected) <= LARGEST_FAILED_SHARE * counts.total,
        )


def _rows(source: Content) -> Iterator[tuple[int, list[str]]]:
    """Lines of the file with their number, the header being line 1; the delimiter is read off the header."""
    text = io.TextIOWrapper(
        io.BufferedReader(_Reader(source)), encoding="utf-8-sig", errors="replace", newline=""
    )
    first = text.readline()
    delimiter = max(",;\t", key=first.count)
    yield 1, next(csv.reader([first], delimiter=delimiter), [])
    reader = csv.reader(text, delimiter=delimiter)
    for cells in reader:
        yield reader.line_num + 1, cells


class _Reader(io.RawIOBase):
    """A file object over content in pieces, so that a large upload is never held whole."""

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
