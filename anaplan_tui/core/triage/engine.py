"""``Triage``: an opened dump, its groups, pages of their rows, and files made of them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from anaplan_tui.core.encodings import codec_of, may_shift
from anaplan_tui.core.merging.lines import LinesWriter, noting_lines
from anaplan_tui.core.source_form import SourceForm
from anaplan_tui.core.triage.disk import read_at
from anaplan_tui.core.triage.errors import NotADump, TriageCancelled, TriageError
from anaplan_tui.core.triage.groups import NO_ERROR, DumpRow, Group, Page, Summary, group_key
from anaplan_tui.core.triage.layout import (
    HeaderTwin,
    Layout,
    Saved,
    as_dump,
    as_source,
    saved_form,
)
from anaplan_tui.core.triage.odd_cells import (
    CellPlaces,
    cells_and_line,
    cells_without_text,
    line_number,
    names_without_text,
)
from anaplan_tui.core.triage.opening import encoding_of, open_dump, recoded
from anaplan_tui.core.triage.quoting import IllFormed
from anaplan_tui.core.triage.refusals import refusal
from anaplan_tui.core.triage.shape import HEAD_BYTES, DumpShape, sniff_open
from anaplan_tui.core.triage.slices import SLICE_BYTES, Refused, SliceReader, WrongEncoding
from anaplan_tui.core.triage.stray import Texts
from anaplan_tui.core.triage.writing import Unwritable, write_rows

if TYPE_CHECKING:
    from anaplan_tui.core.triage.reading import Cells, RowFinder
    from anaplan_tui.core.triage.scan import Findings, GroupId, Progress
    from anaplan_tui.core.triage.templates import Templates

EXAMPLES = 5
TOP_VALUES = 5
UNDECLARED_ERRORS = 3
"""Room in a row for error cells that the header does not name; a slice with more is read anew."""


class Triage:
    """One dump, read once, then asked. Everything blocks: call it from a thread; one question runs at a time.

    ``encoding`` is the one that the import reads, where that is known: it decides where the bytes of the dump
    leave it open. ``memory_mb`` bounds DuckDB, not the interpreter around it. Temporary files go into a
    private directory under ``work_dir``. The dump stays where it is and must not change; if it does, the next
    question raises ``TriageError``.
    """

    def __init__(
        self,
        path: Path,
        *,
        work_dir: Path,
        encoding: str | None = None,
        memory_mb: int = 256,
        slice_bytes: int = SLICE_BYTES,
    ) -> None:
        """Look at the head; ``load`` reads the rest. A dump in an encoding like UTF-16 is copied first.

        Raises ``NotADump``, ``TriageError``.
        """
        # Here, because DuckDB takes a tenth of a second to load, and only a triage should pay for it.
        from anaplan_tui.core.triage.database import Database

        self.path = path
        self._slice_bytes = slice_bytes
        self._asking = threading.Lock()
        self._ids: dict[str, GroupId] = {}
        self._finder: RowFinder | None = None
        self._summary: Summary | None = None
        self._closed = False
        self._cut_off = ""
        self._has_stray = False
        self._is_recoded = self._was_judged_whole = False
        self._texts = Texts("utf-8")
        self._expected = encoding
        self._descriptor = open_dump(path, work_dir)
        try:
            self._stamp = os.fstat(self._descriptor)
            self._work_dir = work_dir
            self.shape: DumpShape = self._sniff()
            self._recode()
            self._database = Database(work_dir, memory_mb)
        except BaseException:
            os.close(self._descriptor)
            raise

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        work_dir: Path,
        encoding: str | None = None,
        memory_mb: int = 256,
        progress: Progress | None = None,
    ) -> Self:
        """A loaded triage; nothing is left behind when it fails. Raises as ``load`` does."""
        triage = cls(path, work_dir=work_dir, encoding=encoding, memory_mb=memory_mb)
        try:
            triage.load(progress)
        except BaseException:
            triage.close()
            raise
        return triage

    def load(self, progress: Progress | None = None) -> Summary:
        """Read the whole dump. ``progress`` is called with bytes read and bytes in all.

        Raises ``NotADump`` when it is no CSV or cut off in its first row, ``TriageCancelled`` after
        ``interrupt``, else ``TriageError``.
        """
        with self._asking:
            self._check_unchanged()
            findings, finder = self._scan_decoded(progress)
            self._check_unchanged()
            self._finder = finder
            self._summary = self._summarise(findings, finder)
            return self._summary

    @property
    def expected(self) -> str | None:
        """The encoding that the import reads, where it was known."""
        return self._expected

    @property
    def is_loaded(self) -> bool:
        """Whether ``load`` has finished."""
        return self._summary is not None

    @property
    def summary(self) -> Summary:
        """The groups, biggest first; those that occur only as further errors last."""
        if self._summary is None:
            raise TriageError("The dump was not read yet", "load it first")
        return self._summary

    @property
    def leaves_open(self) -> bool:
        """Whether the bytes of the dump leave its encoding open, so that its import is worth asking."""
        if self._is_recoded or self.shape.encoding == "utf-8-sig":
            return False
        return self._was_judged_whole or self.shape.encoding != "utf-8" or may_shift(self._head())

    def reads_otherwise(self, encoding: str) -> bool:
        """Whether this dump would be read in another encoding if its import is known to read ``encoding``.

        May read all of the dump. Raises ``TriageCancelled`` when it was closed.
        """
        with self._asking:
            if self._closed:
                raise TriageCancelled
            if not self.leaves_open or codec_of(encoding) is None:
                return False
            try:
                found = sniff_open(self._descriptor, expected=encoding)
            except NotADump:
                return False
            if found.read_as == found.encoding and (self._was_judged_whole or found.encoding != "utf-8"):
                return encoding_of(self._descriptor, encoding) != self.shape.encoding
            return found.encoding != self.shape.encoding

    def rows(self, group: str | None, *, offset: int, limit: int, filter: str = "") -> Page:  # noqa: A002
        """Rows that carry the error of the group with this key, as primary or further one; None: all rows.

        Gives ``limit`` rows from ``offset``, in the order of the dump. ``filter`` keeps those with that text
        in any cell, whatever its case; the first page of a new filter reads the dump once. Raises
        ``KeyError`` for a key that is not in the summary.
        """
        with self._question() as finder:
            key = self._ids[group] if group is not None else None
            counts = finder.counts(key, filter)
            rows = finder.take(finder.where(key, filter), counts, offset, limit)
            return Page(tuple(map(finder.dump_row, rows)), sum(counts))

    def save_rows(
        self,
        group: str | None,
        path: Path,
        filter: str = "",  # noqa: A002
        *,
        progress: Progress | None = None,
    ) -> int:
        """Write the rows that ``rows`` would show, with the dump's own header and cells; returns how many.

        The file is new, and appears complete or not at all. Raises ``KeyError``, ``TriageError``,
        ``TriageCancelled``.
        """
        with self._question() as finder:
            key = self._ids[group] if group is not None else None
            rows = finder.batches(finder.where(key, filter), finder.counts(key, filter), progress)
            return write_rows(path, as_dump(self.shape), self._to_the_end(self._outside(rows)))

    def save_rejected(
        self, path: Path, *, form: SourceForm | None = None, progress: Progress | None = None
    ) -> Saved:
        """Write the rejected rows with the source's own columns only, to be corrected and uploaded.

        Rejected are rows of status E, or all where the dump has no status. ``form`` is what the import
        expects; what it leaves open is as in the dump. Raises as ``save_rows`` does, and ``TriageError`` when
        no row was rejected.
        """
        with self._question() as finder:
            if not self.summary.rejected:
                raise TriageError("The dump holds no rejected rows", "there is nothing to correct")
            return self._save_source(
                path, form, partial(finder.batches, finder.rejected, finder.counts(None), progress)
            )

    def save_group(
        self,
        group: str,
        path: Path,
        filter: str = "",  # noqa: A002
        *,
        form: SourceForm | None = None,
        progress: Progress | None = None,
    ) -> Saved:
        """As ``save_rejected``, but the rows of one group, as filtered, whatever their status."""
        with self._question() as finder:
            key = self._ids[group]
            where, counts = finder.where(key, filter), finder.counts(key, filter)
            return self._save_source(path, form, partial(finder.batches, where, counts, progress))

    def interrupt(self) -> None:
        """Stop the question or the load that runs, from another thread; it raises ``TriageCancelled``."""
        self._database.interrupt()

    def close(self) -> None:
        """Stop what runs, and give back memory, disk and the file."""
        self._database.interrupt()
        with self._asking:
            if not self._closed:
                self._closed = True
                self._database.close()
                os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _sniff(self, encoding: str | None = None) -> DumpShape:
        try:
            return sniff_open(self._descriptor, expected=self._expected, encoding=encoding)
        except OSError as error:
            raise TriageError(
                f"{self.path.name} cannot be read: {error.strerror}", "choose a file"
            ) from error

    def _head(self) -> bytes:
        return read_at(self._descriptor, HEAD_BYTES, 0)

    def _recode(self) -> None:
        """Go on with a copy in UTF-8 where the dump's own bytes cannot be cut into cells."""
        encoding = self.shape.encoding
        if self.shape.read_as == "utf-8" and not encoding.startswith("utf-8"):
            self._descriptor = recoded(self._descriptor, encoding, self.path, self._work_dir)
            self._is_recoded = True
            self._stamp = os.fstat(self._descriptor)

    def _scan_decoded(self, progress: Progress | None) -> tuple[Findings, RowFinder]:
        """Scan in the encoding that the head shows; where that does not fit, in that of the whole."""
        if self.shape.encoding == "utf-8":
            with suppress(WrongEncoding):
                return self._scan(progress, is_settled=False)
        if self.shape.encoding != "utf-8-sig" and self.shape.read_as == self.shape.encoding:
            self._was_judged_whole = True
            self.shape = self._sniff(encoding_of(self._descriptor, self._expected))
            self._recode()
        return self._scan(progress, is_settled=True)

    def _scan(self, progress: Progress | None, *, is_settled: bool) -> tuple[Findings, RowFinder]:
        from anaplan_tui.core.triage.reading import RowFinder
        from anaplan_tui.core.triage.scan import Scan

        width = len(self.shape.header) + UNDECLARED_ERRORS
        size = self._stamp.st_size
        reader = SliceReader(
            self._descriptor,
            size,
            self.shape,
            width=width,
            slice_bytes=self._slice_bytes,
            is_settled=is_settled,
        )
        findings = Scan(self._database, reader, self.shape, size, progress).run()
        self._cut_off = reader.cut_off
        self._has_stray, self._texts = findings.has_stray, Texts(self.shape.read_as)
        if self._cut_off and not sum(findings.rows):
            raise NotADump(self._cut_off, "no whole row stands before that", reader.head())
        return findings, RowFinder(self._database, reader, self.shape, findings)

    @contextmanager
    def _question(self) -> Iterator[RowFinder]:
        with self._asking:
            if self._closed:
                raise TriageCancelled
            if self._finder is None:
                raise TriageError("The dump was not read yet", "load it first")
            self._database.resume()
            self._check_unchanged()
            try:
                yield self._finder
            except (Refused, IllFormed, WrongEncoding) as error:
                raise self._changed() from error

    def _check_unchanged(self) -> None:
        now = os.fstat(self._descriptor)
        if (now.st_size, now.st_mtime_ns) != (self._stamp.st_size, self._stamp.st_mtime_ns):
            raise self._changed()

    def _changed(self) -> TriageError:
        return TriageError(f"{self.path.name} changed while it was open", "open it again")

    def _to_the_end(self, batches: Iterable[list[Cells]]) -> Iterator[list[Cells]]:
        """The batches, if the dump is still the same after the last: else the file would mix two dumps."""
        yield from batches
        self._check_unchanged()

    def _outside(self, batches: Iterable[list[Cells]]) -> Iterator[list[Cells]]:
        """The batches, with their cells as the world sees them."""
        for batch in batches:
            yield [tuple(map(self._texts.outside, cells)) for cells in batch] if self._has_stray else batch

    def _summarise(self, findings: Findings, finder: RowFinder) -> Summary:
        from anaplan_tui.core.triage.scan import top_values

        tops, firsts = top_values(self._database, TOP_VALUES), finder.first_rows(EXAMPLES)
        templates, outside = findings.learned.templates, self._texts.outside
        total = findings.primary.total()
        ids = findings.primary.keys() | findings.further.keys()
        groups = []
        for status, template in sorted(ids, key=lambda i: (-findings.primary[i], -findings.further[i], i)):
            key = group_key(status or None, outside(template))
            self._ids[key] = (status, template)
            rows = findings.primary[status, template]
            position = findings.learned.columns.get(template)
            groups.append(
                Group(
                    key=key,
                    error=outside(template) or NO_ERROR,
                    status=status or None,
                    rows=rows,
                    also=findings.further[status, template],
                    percent=100 * rows / total if total else 0.0,
                    column=None if position is None else self.shape.columns[position],
                    position=None if position is None else self.shape.source.index(position),
                    top_values=tuple(
                        (outside(value), times) for value, times in tops.get((status, template), ())
                    ),
                    examples=tuple(
                        (row.line, self._bad_value(row, outside(template), position, templates))
                        for row in map(finder.dump_row, firsts.get((status, template), ()))
                    ),
                )
            )
        rejected, warnings = self._rejected(findings), self._with_status(findings, "W")
        unclear = total - rejected - warnings
        return Summary(
            total, rejected, warnings, unclear, tuple(groups), self._cut_off, findings.without_text
        )

    def _bad_value(self, row: DumpRow, template: str, position: int | None, templates: Templates) -> str:
        if position is not None:
            return row.cells[self.shape.source.index(position)]
        values = (templates.value(error) for error in row.errors if templates.of(error) == template)
        return next(values, None) or ""

    def _rejected(self, findings: Findings) -> int:
        """Rows that did not load; where a dump has no status, it holds no others."""
        return findings.primary.total() if self.shape.status is None else self._with_status(findings, "E")

    @staticmethod
    def _with_status(findings: Findings, status: str) -> int:
        return sum(rows for (stated, _template), rows in findings.primary.items() if stated == status)

    def _save_source(
        self, path: Path, form: SourceForm | None, batches: Callable[..., Iterator[list[Cells]]]
    ) -> Saved:
        if not self.shape.source:
            raise TriageError("The dump holds no columns of the source", "correct the source itself")
        form = form or SourceForm()
        layout = as_source(self.shape, form)
        try:
            return self._write_source(path, layout, batches)
        except Unwritable as error:
            rows = (row for batch in batches() for row in batch)
            raise refusal(self.shape, layout, form, rows) from error

    def _write_source(
        self, path: Path, layout: Layout, batches: Callable[..., Iterator[list[Cells]]]
    ) -> Saved:
        twin, without_text, met = HeaderTwin(self.shape), CellPlaces(), 0
        if layout.header_row:
            for name in names_without_text(self.shape, self.shape.source):
                without_text.add(name)

        def without_headers() -> Iterator[list[Cells]]:
            nonlocal met
            for batch in self._source_rows(batches, without_text):
                rows = [cells for cells in batch if not twin.is_repeated(cells[:width])]
                met += len(batch) - len(rows)
                yield rows

        def noted(lines: LinesWriter) -> Iterator[list[Cells]]:
            for batch in self._to_the_end(self._outside(without_headers())):
                for cells in batch:
                    lines.add(line_number(cells[width]) if len(cells) > width else None, cells[:width])
                yield [cells[:width] for cells in batch]

        width = len(self.shape.source)
        try:
            with noting_lines(path, saved_form(layout), is_known=self.shape.line is not None) as lines:
                rows = write_rows(path, layout, noted(lines))
        except OSError as error:
            raise TriageError(
                f"{path.name} cannot be written: {error.strerror}", "choose another place"
            ) from error
        return Saved(rows, met, without_text)

    def _source_rows(
        self, batches: Callable[..., Iterator[list[Cells]]], without_text: CellPlaces
    ) -> Iterator[list[Cells]]:
        """The source's cells of the rows, and their lines; notes the cells that are no text, if any are."""
        if not self._has_stray:
            yield from batches(source_only=True)
            return
        for batch in batches():
            for place in cells_without_text(batch, self.shape, self.shape.source):
                without_text.add(place)
            yield [cells_and_line(cells, self.shape) for cells in batch]
