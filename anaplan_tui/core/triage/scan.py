"""One pass over a dump, which groups slices side by side and adds up what it finds in the order of the file.

It copies nothing of the dump. It keeps how many rows of each group each slice holds, so that a page of a
group is found again by reading a slice or two; and a table of bad values with their counts.
"""

# ruff: noqa: S608 (what comes from a dump gets into SQL through templates.literal only)

from __future__ import annotations

import secrets
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, replace

import duckdb

from anaplan_tui.core.triage.database import THREADS, Database, Row, run
from anaplan_tui.core.triage.errors import NotADump
from anaplan_tui.core.triage.groups import OTHER_ERRORS, column_named_in
from anaplan_tui.core.triage.odd_cells import CellPlaces, cells_without_text, names_without_text
from anaplan_tui.core.triage.query import PackedTerms, RowTerms, row_terms
from anaplan_tui.core.triage.quoting import IllFormed
from anaplan_tui.core.triage.shape import DumpShape
from anaplan_tui.core.triage.slices import Refused, Slice, SliceReader
from anaplan_tui.core.triage.templates import Templates, families_of, literals

MAX_ERRORS = 200
"""Kinds of errors that get groups of their own, first come first served; the rest share one."""
MAX_LEARNED = 2000
"""How many kinds of errors of one slice are looked at at a time; the commonest tell enough."""
MAX_RESTARTS = 3
"""How often a pass begins anew because errors that it counted apart turned out to be one kind."""

Progress = Callable[[int, int], None]
"""Called with the bytes read so far, and those of the dump."""

GroupId = tuple[str, str]
"""Status ('E', 'W' or '') and template."""

Job = tuple[Slice, Future["Digest | Stale"]]


@dataclass(frozen=True, slots=True)
class Learned:
    """The errors met so far, and where their bad values stand.

    Each digest is made with one of these.
    """

    columns: dict[str, int | None] = field(default_factory=dict)
    """For each error: the position of the cell that it speaks of."""
    folded: bool = False
    """There are ``MAX_ERRORS``: no more are taken in."""
    templates: Templates = field(default_factory=Templates)

    def terms(self, shape: DumpShape, width: int, *, known: str | None = None) -> RowTerms:
        """What rows of ``width`` cells say, in these terms; ``known`` is another error that is not folded."""
        errors = frozenset(self.columns if known is None else (*self.columns, known))
        return row_terms(shape, width, self.templates, errors, folded=self.folded)


@dataclass(frozen=True, slots=True)
class Digest:
    """The groups of one slice: rows by primary error, and rows that carry an error as a further one."""

    primary: Counter[GroupId]
    further: Counter[GroupId]
    has_stray: bool = False
    """The slice may hold bytes that are no text."""


@dataclass(frozen=True, slots=True)
class Stale:
    """The slice has errors that were not yet known: primary and further ones, the commonest first."""

    primary: list[str]
    further: list[str]

    @property
    def all(self) -> tuple[str, ...]:
        """Both, the primary ones first."""
        return (*self.primary, *self.further)


class FellApart(Exception):
    """Earlier slices counted one kind of error as several: the pass begins anew."""


@dataclass(slots=True)
class Findings:
    """All that a pass leaves behind, apart from the table ``bad_values``."""

    slices: list[Slice] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    """Rows of each slice."""
    carriers: list[Counter[GroupId]] = field(default_factory=list)
    """For each slice, the rows that carry an error, as primary or further one."""
    primary: Counter[GroupId] = field(default_factory=Counter)
    further: Counter[GroupId] = field(default_factory=Counter)
    learned: Learned = field(default_factory=Learned)
    without_text: CellPlaces = field(default_factory=CellPlaces)
    """The cells that are no text in the dump's encoding."""
    has_stray: bool = False
    """Some texts are not the same inside the engine as outside."""

    def add(self, piece: Slice, digest: Digest) -> None:
        """Take in the next slice."""
        self.slices.append(piece)
        self.rows.append(digest.primary.total())
        self.carriers.append(digest.primary + digest.further)
        self.primary.update(digest.primary)
        self.further.update(digest.further)


class Scan:
    """The pass itself. Raises ``NotADump``, ``WrongEncoding``, ``TriageCancelled``."""

    def __init__(
        self, database: Database, reader: SliceReader, shape: DumpShape, size: int, progress: Progress | None
    ) -> None:
        self._database = database
        self._reader = reader
        self._shape = shape
        self._size = size
        self._progress = progress
        self._found = Findings()
        self._restarts = 0
        # DuckDB silently drops a last cell whose quote is not closed. So a row that no dump can hold follows
        # each slice: only if it is read as a row of its own did the slice end on a record.
        self._end_mark = f"end of slice {secrets.token_hex(16)}"
        self._end_row = [""] * shape.errors[0] + [self._end_mark]

    def run(self) -> Findings:
        """Read the whole dump."""
        while True:
            for name in names_without_text(self._shape):
                self._found.without_text.add(name)
            self._database.ask(
                "CREATE OR REPLACE TABLE bad_values"
                " (start BIGINT, status VARCHAR, template VARCHAR, value VARCHAR, rows BIGINT)"
            )
            try:
                # Leaving the pool waits for what was read ahead.
                with ThreadPoolExecutor(THREADS, thread_name_prefix="triage") as pool:
                    start: int | None = self._shape.data_start
                    while start is not None:
                        start = self._run_from(start, pool)
            except FellApart:
                self._restarts += 1
                self._found = Findings(learned=Learned(templates=self._found.learned.templates))
            else:
                return self._found

    def _run_from(self, start: int, pool: ThreadPoolExecutor) -> int | None:
        """Read slices until the end, or until a cut proves wrong.

        Returns the offset from which to cut again; None at the end.
        """
        jobs: deque[Job] = deque()
        try:
            for piece in self._cut_ahead(start, pool, jobs):
                settled, digest = self._settle(*piece)
                self._found.add(settled, digest)
                if digest.has_stray:
                    self._found.has_stray = True
                    for place in cells_without_text(self._reader.rows(settled), self._shape):
                        self._found.without_text.add(place)
                if self._progress:
                    self._progress(settled.end, self._size)
                if settled.end != piece[0].end:
                    self._forget_after(settled, jobs)
                    return settled.end
        finally:
            for _piece, job in jobs:
                job.cancel()
        return None

    def _forget_after(self, piece: Slice, jobs: deque[Job]) -> None:
        """Undo what was read ahead on the strength of a wrong cut."""
        wait([job for _piece, job in jobs if not job.cancel()])
        self._database.ask(f"DELETE FROM bad_values WHERE start > {piece.start}")

    def _forget(self, piece: Slice) -> None:
        """Undo what was read of a slice itself."""
        self._database.ask(f"DELETE FROM bad_values WHERE start = {piece.start}")

    def _cut_ahead(self, start: int, pool: ThreadPoolExecutor, jobs: deque[Job]) -> Iterator[Job]:
        """Slices, in the order of the file, with their digests in the making: of a few ahead, too."""
        for piece in self._reader.cut(start):
            jobs.append((piece, pool.submit(self._digest, piece, self._found.learned)))
            if len(jobs) > THREADS:
                yield jobs.popleft()
        while jobs:
            yield jobs.popleft()

    def _settle(self, piece: Slice, job: Future[Digest | Stale]) -> tuple[Slice, Digest]:
        """The digest of a slice, after cutting it again or learning its errors where that is needed."""
        try:
            answer = job.result()
        except (Refused, IllFormed):
            piece, answer = self._digest_refused(piece)
        else:
            whole = self._reader.without_cut_row(piece)
            if whole != piece:
                self._forget(piece)
                piece, answer = whole, self._digest(whole, self._found.learned)
        while isinstance(answer, Stale):
            self._learn(piece, answer)
            answer = self._digest(piece, self._found.learned)
        return piece, answer

    def _digest_refused(self, piece: Slice) -> tuple[Slice, Digest | Stale]:
        """Digest a refused slice: it was cut wrong, has wider rows than expected, or needs the csv module."""
        piece = self._reader.recut(piece)
        with suppress(Refused, IllFormed):
            return piece, self._digest(piece, self._found.learned)
        piece = replace(piece, rewritten=True)
        try:
            return piece, self._digest(piece, self._found.learned)
        except Refused as error:
            where = f"its bytes {piece.start:,} to {piece.end:,} cannot be read"
            raise NotADump("The file is not a CSV", where, self._reader.head()) from error

    def _digest(self, piece: Slice, learned: Learned) -> Digest | Stale:
        terms = learned.terms(self._shape, piece.width, known=self._end_mark)
        records = self._reader.records(piece).followed_by(self._end_row)
        with self._database.slice(records, piece.width) as table, self._database.cursor() as cursor:
            run(
                cursor,
                f"CREATE TEMP TABLE part AS SELECT status, template,"
                f" {terms.bad_value(learned.columns)} AS value,"
                f" {terms.further_cells(learned.columns)}, count(*) AS rows"
                f" FROM {terms.rows(table)} GROUP BY ALL",
            )
            # Only now, and only for rows that have any: lists as grouping keys cost a tenth of the pass.
            run(
                cursor,
                f"CREATE TEMP TABLE behind AS SELECT status, template, rows,"
                f" {terms.further_values(learned.columns)} AS further FROM part WHERE {terms.has_further}",
            )
            digest = _read_part(cursor, has_stray=records.has_stray)
            if digest.primary.pop(("", self._end_mark), 0) != 1:
                raise Refused("the slice ends inside a quoted cell")
            if stale := _unknown(digest, learned):
                return stale
            cursor.execute(
                f"INSERT INTO bad_values SELECT {piece.start}, status, template, value, sum(rows) FROM"
                f" (SELECT status, template, value, rows FROM part UNION ALL {_FURTHER})"
                " WHERE value IS NOT NULL GROUP BY ALL"
            )
        return digest

    def _slice(self, piece: Slice) -> AbstractContextManager[str]:
        return self._database.slice(self._reader.records(piece), piece.width)

    def _learn(self, piece: Slice, stale: Stale) -> None:
        """Take in a slice's errors, as many as there is room for, and find where their bad values stand."""
        learned = self._learn_families(stale)
        of = learned.templates.of_template
        unknown = [error for error in dict.fromkeys(map(of, stale.all)) if error not in learned.columns]
        room = max(MAX_ERRORS - len(learned.columns), 0)
        wanted = unknown[:room]
        if len(unknown) > room and not learned.folded:
            learned = replace(learned, folded=True, columns={**learned.columns, OTHER_ERRORS: None})
        taken = replace(learned, columns={**learned.columns, **dict.fromkeys(wanted)})
        columns = self._find_columns(piece, taken, wanted, with_further=bool(stale.further))
        self._found.learned = replace(taken, columns={**taken.columns, **columns})

    def _learn_families(self, stale: Stale) -> Learned:
        """What was learned, with the families that the slice's errors show; raises ``FellApart``."""
        learned = self._found.learned
        new = families_of((*learned.columns, *stale.all)) - learned.templates.families
        if not new or self._restarts == MAX_RESTARTS:
            return learned
        learned = Learned(templates=Templates(learned.templates.families | new))
        self._found.learned = learned
        if self._found.slices:
            raise FellApart
        return learned

    def _find_columns(
        self, piece: Slice, learned: Learned, errors: list[str], *, with_further: bool
    ) -> dict[str, int | None]:
        """For each error, the column whose cell is what the error complains of, in most of its rows here."""
        if not errors:
            return {}
        terms = learned.terms(self._shape, piece.width)
        if isinstance(terms, PackedTerms):
            return self._find_columns_of_lists(piece, terms, errors, with_further=with_further)
        hits = "".join(f", count(*) FILTER (trim(c{p}) = trim(value))" for p in self._shape.source)
        cells = "".join(f", c{p}" for p in self._shape.source)
        with self._slice(piece) as table:
            rows = terms.rows(table)
            source = f"SELECT template, {terms.value} AS value{cells} FROM {rows}"
            if with_further:
                source += (
                    f" UNION ALL SELECT e.template, e.value{cells} FROM"
                    f" (SELECT unnest({terms.further_values({})}) AS e{cells} FROM {rows}"
                    f" WHERE {terms.has_further})"
                )
            answer = self._database.ask(
                f"SELECT template, count(*){hits} FROM ({source})"
                f" WHERE template IN ({literals(errors)}) GROUP BY ALL"
            )
        return {template: self._choose(template, rows, counts) for template, rows, *counts in answer}

    def _find_columns_of_lists(
        self, piece: Slice, terms: PackedTerms, errors: list[str], *, with_further: bool
    ) -> dict[str, int | None]:
        source = {position: index for index, position in enumerate(self._shape.source)}
        rows: Counter[str] = Counter()
        hits = {error: [0] * len(source) for error in errors}
        with self._slice(piece) as table:
            query = terms.hits(terms.rows(table), errors, with_further=with_further)
            for template, position, times in self._database.ask(query):
                if position is None:
                    rows[template] = times
                elif position - 1 in source:
                    hits[template][source[position - 1]] = times
        return {template: self._choose(template, rows[template], hits[template]) for template in rows}

    def _choose(self, template: str, rows: int, hits: list[int]) -> int | None:
        named = column_named_in(template, self._shape.source_columns)
        best = max(range(len(hits)), key=lambda index: (hits[index], index == named, -index), default=None)
        if best is not None and hits[best] * 2 > rows:
            return self._shape.source[best]
        return None if named is None else self._shape.source[named]


_FURTHER = (
    "SELECT status, error.template AS template, error.value AS value, rows FROM"
    " (SELECT status, template, unnest(further) AS error, rows FROM behind) AS each"
    " WHERE error.template <> each.template"
)
"""Errors behind the primary one, unless they repeat it."""


def _read_part(cursor: duckdb.DuckDBPyConnection, *, has_stray: bool) -> Digest:
    primary = run(cursor, "SELECT status, template, sum(rows) FROM part GROUP BY ALL")
    further = run(
        cursor,
        "SELECT status, further, sum(rows) FROM (SELECT status, template, rows, unnest("
        "list_distinct(list_transform(further, lambda error: error.template))) AS further FROM behind)"
        " WHERE further <> template GROUP BY ALL",
    )
    return Digest(_count(primary), _count(further), has_stray)


def _count(answer: list[Row]) -> Counter[GroupId]:
    return Counter({(status, template): int(rows) for status, template, rows in answer})


def _unknown(digest: Digest, learned: Learned) -> Stale | None:
    primary, further = (
        [template for (_status, template), _rows in counts.most_common() if template not in learned.columns]
        for counts in (digest.primary, digest.further)
    )
    return Stale(primary[:MAX_LEARNED], further[:MAX_LEARNED]) if primary or further else None


def top_values(database: Database, limit: int) -> dict[GroupId, tuple[tuple[str, int], ...]]:
    """For each group the commonest bad values, with how many rows hold them; ties go by their text."""
    answer = database.ask(
        "SELECT status, template, value, rows FROM"
        " (SELECT status, template, value, sum(rows) AS rows FROM bad_values GROUP BY ALL)"
        " QUALIFY row_number() OVER (PARTITION BY status, template ORDER BY rows DESC, value) <="
        f" {limit} ORDER BY rows DESC, value"
    )
    tops: dict[GroupId, tuple[tuple[str, int], ...]] = {}
    for status, template, value, rows in answer:
        tops[status, template] = (*tops.get((status, template), ()), (value, int(rows)))
    return tops
