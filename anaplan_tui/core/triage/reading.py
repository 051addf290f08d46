"""Finds rows of a scanned dump, and reads again only the slices that hold what is asked for."""

# ruff: noqa: S608 (what comes from a dump gets into SQL through templates.literal only)

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from anaplan_tui.core.triage.database import THREADS, Database, Row
from anaplan_tui.core.triage.groups import DumpRow
from anaplan_tui.core.triage.odd_cells import cells_and_line, line_number
from anaplan_tui.core.triage.query import MARKS, REJECTED, WARNING, RowTerms
from anaplan_tui.core.triage.scan import Findings, GroupId, Progress
from anaplan_tui.core.triage.shape import DumpShape
from anaplan_tui.core.triage.slices import Slice, SliceReader
from anaplan_tui.core.triage.stray import Texts

T = TypeVar("T")

Where = Callable[[RowTerms], str]
"""A condition on rows, in terms that depend on how wide the rows of a slice are."""

Cells = tuple[str, ...]

CELLS = "cells"
"""What to select for whole rows, as wide as they are in their slice."""


class RowFinder:
    """Finds rows by group and text, in the order of the dump."""

    def __init__(self, database: Database, reader: SliceReader, shape: DumpShape, findings: Findings) -> None:
        self._database = database
        self._reader = reader
        self._shape = shape
        self._texts = Texts(shape.read_as)
        self._findings = findings
        self._matches: dict[tuple[GroupId | None, str], list[int]] = {}

    def where(self, group: GroupId | None, text: str) -> Where:
        """Rows that carry a group's error and hold ``text``; None and '' leave either open."""

        def condition(terms: RowTerms) -> str:
            in_group = "true" if group is None else terms.carries(*group)
            return f"{in_group} AND {terms.mentions(self._texts.from_outside(text))}" if text else in_group

        return condition

    def rejected(self, _terms: RowTerms) -> str:
        """Rows of status E, or all where the dump has no status."""
        return "true" if self._shape.status is None else f"status = '{REJECTED}'"

    def counts(self, group: GroupId | None, text: str = "") -> Sequence[int]:
        """How many such rows each slice holds. A new text reads the dump once; the answer is kept."""
        findings = self._findings
        counts = findings.rows if group is None else [carriers[group] for carriers in findings.carriers]
        if not text:
            return counts
        if (group, text) not in self._matches:
            where = self.where(group, text)

            def count(piece: Slice, rows: int) -> int:
                return int(self._ask(piece, "count(*)", where)[0][0]) if rows else 0

            self._matches[group, text] = list(self._side_by_side(count, counts))
        return self._matches[group, text]

    def take(self, where: Where, counts: Sequence[int], offset: int, limit: int) -> list[Cells]:
        """``limit`` rows from ``offset`` among those that are counted."""
        taken: list[Cells] = []
        for piece, rows in zip(self._findings.slices, counts, strict=True):
            if len(taken) >= limit:
                break
            if offset < rows:
                tail = f" LIMIT {limit - len(taken)} OFFSET {offset}"
                taken += map(_cells, self._ask(piece, CELLS, where, tail))
            offset = max(0, offset - rows)
        return taken

    def first_rows(self, limit: int) -> dict[GroupId, list[Cells]]:
        """For each group its first rows in the order of the dump, at most ``limit``.

        One search finds the rows of all groups: a slice is read twice, however many of them begin in it.
        """
        found: defaultdict[GroupId, list[Cells]] = defaultdict(list)
        lacking = {group: limit for carriers in self._findings.carriers for group in carriers}
        for piece, carriers in zip(self._findings.slices, self._findings.carriers, strict=True):
            wanted = {group: lacking[group] for group in carriers if lacking[group]}
            if wanted:
                for group, rows in self._first_of_slice(piece, wanted).items():
                    found[group] += rows
                    lacking[group] -= len(rows)
        return dict(found)

    def _first_of_slice(self, piece: Slice, wanted: dict[GroupId, int]) -> dict[GroupId, list[Cells]]:
        terms = self._findings.learned.terms(self._shape, piece.width)
        most = max(wanted.values())
        with self._database.slice(self._reader.records(piece), piece.width) as table:
            numbered = f"(SELECT *, row_number() OVER () AS number FROM {terms.rows(table)})"
            carried = f"SELECT status, template, number FROM {numbered}"
            if self._findings.further:
                carried += (
                    f" UNION ALL SELECT status, unnest({terms.further}), number FROM {numbered}"
                    f" WHERE {terms.has_further}"
                )
            # A row that gives the same error twice is listed twice.
            firsts = {
                (status, template): sorted(set(numbers))[: wanted[status, template]]
                for status, template, numbers in self._database.ask(
                    f"SELECT status, template, min(number, {2 * most}) FROM ({carried}) GROUP BY ALL"
                )
                if (status, template) in wanted
            }
            numbers = sorted({number for listed in firsts.values() for number in listed})
            rows = self._database.ask(
                f"SELECT number, {terms.cells} FROM {numbered}"
                f" WHERE number IN ({', '.join(map(str, numbers))})"
            )
        cells = {number: _cells(tuple(row)) for number, *row in rows}
        return {group: [cells[number] for number in listed] for group, listed in firsts.items()}

    def batches(
        self, where: Where, counts: Sequence[int], progress: Progress | None, *, source_only: bool = False
    ) -> Iterator[list[Cells]]:
        """All rows, a slice's at a time: whole, or only the source's own cells and ``_Line_``, if any.

        ``progress`` is called with bytes read and bytes in all.
        """
        shape = self._shape
        wanted = (*shape.source, *(() if shape.line is None else (shape.line,)))
        own = ", ".join(f"coalesce(c{position}, '')" for position in wanted)

        def fetch(piece: Slice, rows: int) -> list[Cells]:
            if not rows:
                return []
            if source_only and not piece.packed:
                return self._ask(piece, own, where)
            found = list(map(_cells, self._ask(piece, CELLS, where)))
            return [cells_and_line(cells, shape) for cells in found] if source_only else found

        slices = self._findings.slices
        for piece, rows in zip(slices, self._side_by_side(fetch, counts), strict=True):
            yield rows
            if progress:
                progress(piece.end, slices[-1].end)

    def dump_row(self, cells: Cells) -> DumpRow:
        """A row's cells, each as what it is, and as the world sees it."""
        shape = self._shape
        cells = tuple(map(self._texts.outside, cells))
        padded = cells + ("",) * (len(shape.header) - len(cells))
        status = None
        if shape.status is not None:
            status = padded[shape.status].strip().strip(MARKS if shape.status == 0 else None).upper()
        declared = tuple(padded[position] for position in shape.errors)
        return DumpRow(
            line=line_number(padded[shape.line]) if shape.line is not None else None,
            status=status if status in (REJECTED, WARNING) else None,
            cells=tuple(padded[position] for position in shape.source),
            errors=tuple(error for error in declared + cells[len(shape.header) :] if error),
        )

    def _ask(self, piece: Slice, what: str, where: Where, tail: str = "") -> list[Row]:
        terms = self._findings.learned.terms(self._shape, piece.width)
        with self._database.slice(self._reader.records(piece), piece.width) as table:
            wanted = terms.cells if what == CELLS else what
            return self._database.ask(f"SELECT {wanted} FROM {terms.rows(table)} WHERE {where(terms)}{tail}")

    def _side_by_side(self, work: Callable[[Slice, int], T], counts: Sequence[int]) -> Iterator[T]:
        """What ``work`` makes of each slice and its count, in order; it works a few slices ahead."""
        jobs: deque[Future[T]] = deque()
        with ThreadPoolExecutor(THREADS, thread_name_prefix="triage") as pool:
            try:
                for piece, rows in zip(self._findings.slices, counts, strict=True):
                    jobs.append(pool.submit(work, piece, rows))
                    if len(jobs) > THREADS:
                        yield jobs.popleft().result()
                while jobs:
                    yield jobs.popleft().result()
            finally:
                for job in jobs:
                    job.cancel()


def _cells(row: Row) -> Cells:
    """A row without the columns for which the record had no cell."""
    if len(row) == 1 and isinstance(row[0], list):
        return tuple(row[0])
    width = len(row)
    while width and row[width - 1] is None:
        width -= 1
    return row[:width]
