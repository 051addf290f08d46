"""Merge corrected rows into a new file beside the source, in place of the rejected ones.

The source is read twice, piece by piece: once to find the lines and check that they still hold the rejected
rows, once to copy it. Memory grows with the number of rejected rows, not with the source.
"""

import csv
import io
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from anaplan_tui.api.clean import MARK, clean, meant_by
from anaplan_tui.core.merging.correction import Cells, Correction, corrections, same_text
from anaplan_tui.core.merging.errors import MergeRefused, numbers, unreadable
from anaplan_tui.core.merging.records import CsvRecord, Form, records, split_end
from anaplan_tui.core.text import plural
from anaplan_tui.whole_file import binary_part

_BLOCK = 1 << 20
_MOVED = "The source is another than the one that was imported, or changed since: correct it by hand."
_COUNTS: tuple[Callable[[CsvRecord], int], ...] = (
    lambda record: record.number,
    lambda record: record.line,
    lambda record: record.filled,
)
"""What `_Line_` may count: records, lines, or non-blank records."""


@dataclass(frozen=True, slots=True)
class Merged:
    """The result of a merge."""

    path: Path
    """The new file: the whole source with the corrections."""
    rows: int
    """Lines that were corrected."""
    unchanged: int
    """Rejected lines that nobody corrected: they are as they were."""

    @property
    def words(self) -> str:
        """The result as a sentence, without a full stop."""
        said = f"{plural(self.rows, 'corrected row')} merged into {clean(self.path.name)}"
        if self.unchanged:
            said += (
                f", {self.unchanged:,} left as {'it was' if self.unchanged == 1 else 'they were'} rejected"
            )
        return said


@dataclass(frozen=True, slots=True)
class _Patch:
    """A range of bytes in the source, and its replacement."""

    offset: int
    length: int
    raw: bytes


def merge(source: Path, corrected: Path, form: Form) -> Merged:
    """Merge corrected rows into ``source``, which is written in ``form``, as a new file beside it.

    Never overwrites a file. Blocks: call it in a thread.

    Raises:
        MergeRefused: rows were dropped, added or moved, or a line of the source does not hold the rejected
            row. The message says which lines. Nothing is written then.
    """
    wanted = corrections(corrected)
    try:
        with source.open("rb") as file:
            before = _stamp(file)
            patches = _patches(file, form, wanted)
            path = _write(file, source, patches, before)
    except OSError as error:
        raise unreadable(source, error) from error
    changed = sum(one.is_changed for one in wanted.values())
    return Merged(path, changed, len(wanted) - changed)


def _stamp(file: IO[bytes]) -> tuple[int, int]:
    found = os.fstat(file.fileno())
    return found.st_size, found.st_mtime_ns


def _patches(file: IO[bytes], form: Form, wanted: dict[int, Correction]) -> list[_Patch]:
    ways: list[dict[int, CsvRecord]] = [{} for _ in _COUNTS]
    for record in records(file, form):
        for count, found in zip(_COUNTS, ways, strict=True):
            if (line := count(record)) in wanted:
                found[line] = record
    wrong = [_wrong(found, form, wanted) for found in ways]
    fitting = [found for found, lines in zip(ways, wrong, strict=True) if not lines]
    if not fitting:
        raise _refusal(ways[0], wrong[0], form, wanted)
    chosen = fitting[0]
    doubtful = [
        line
        for line, one in wanted.items()
        if one.is_changed and any(found[line].offset != chosen[line].offset for found in fitting)
    ]
    if doubtful:
        raise MergeRefused(
            f"{numbers(sorted(doubtful))} can be counted in two ways, "
            "and the source holds the rejected row at both",
            "Correct the source by hand.",
        )
    return sorted(
        (_patch(chosen[line], line, one, form) for line, one in wanted.items() if one.is_changed),
        key=lambda patch: patch.offset,
    )


def _wrong(found: dict[int, CsvRecord], form: Form, wanted: dict[int, Correction]) -> list[int]:
    return sorted(
        line
        for line, one in wanted.items()
        if line not in found or not _holds(form.cells(form.decode(found[line].raw)), one.was)
    )


def _holds(cells: Cells, rejected: Cells) -> bool:
    """Whether a row of the source is the rejected one.

    A dump may change line ends inside cells, and write a byte order mark as part of a row's first cell.
    """
    if any(cells[len(rejected) :]):
        return False
    padded = cells + ("",) * (len(rejected) - len(cells))
    return all(map(same_text, map(meant_by, padded[:1]), map(meant_by, rejected[:1]))) and all(
        map(same_text, padded[1:], rejected[1:])
    )


def _refusal(
    found: dict[int, CsvRecord], wrong: list[int], form: Form, wanted: dict[int, Correction]
) -> MergeRefused:
    first = wrong[0]
    holds = "does not hold" if len(wrong) == 1 else "do not hold"
    said = f"{numbers(wrong)} of the source {holds} what was rejected"
    if first not in found:
        return MergeRefused(f"{said}: the source ends before line {first:,}", _MOVED)
    stands = _shown(form.cells(form.decode(found[first].raw)))
    return MergeRefused(
        f"{said}. Line {first:,} holds {stands}, rejected was {_shown(wanted[first].was)}", _MOVED
    )


def _shown(cells: Cells) -> str:
    return f"({clean(' | '.join(cells), limit=60)})"


def _patch(record: CsvRecord, line: int, one: Correction, form: Form) -> _Patch:
    """Replace the corrected cells in a row of the source; its other cells and its style stay."""
    text = form.decode(record.raw)
    unmarked = text.lstrip(MARK)
    mark = text.removesuffix(unmarked)
    body, end = split_end(unmarked)
    own = form.cells(body)
    own += ("",) * (len(one.now) - len(own))
    cells = [
        ours if was == now else now for ours, was, now in zip(own, one.was, one.now, strict=False)
    ] + list(own[len(one.now) :])
    if mark and one.was[:1] != one.now[:1]:
        # The file's own mark stays; for the import, one further down was part of the cell.
        if record.offset:
            mark = ""
        else:
            cells[0] = meant_by(cells[0])
    try:
        raw = form.encode(mark + _written(cells, body, own, form, line) + end)
    except UnicodeEncodeError as error:
        raise MergeRefused(
            f"the source's encoding ({form.codec}) has no sign for a cell of {numbers([line])}",
            "Write it otherwise.",
        ) from error
    return _Patch(record.offset, len(record.raw), raw)


def _written(cells: list[str], body: str, own: Cells, form: Form, line: int) -> str:
    if form.quote is None:
        if any(sign in cell for cell in cells for sign in (form.separator, "\r", "\n")):
            raise MergeRefused(
                f"a cell of {numbers([line])} holds a separator or a line end, "
                "and the import reads no quotes",
                "Write it otherwise.",
            )
        return form.separator.join(cells)
    is_quoted = bool(body) and _row(own, form, quotes_all=True) == body
    return _row(cells, form, quotes_all=is_quoted)


def _row(cells: Cells | list[str], form: Form, *, quotes_all: bool) -> str:
    text = io.StringIO(newline="")
    quoting: Literal[0, 1] = csv.QUOTE_ALL if quotes_all else csv.QUOTE_MINIMAL
    # With CR LF as line end, the csv module quotes cells that hold either.
    csv.writer(
        text, delimiter=form.separator, quotechar=form.quote, quoting=quoting, lineterminator="\r\n"
    ).writerow(cells)
    return text.getvalue().removesuffix("\r\n")


def _write(file: IO[bytes], source: Path, patches: list[_Patch], before: tuple[int, int]) -> Path:
    with binary_part(source) as part:
        at = 0
        for patch in patches:
            _copy(file, part.file, at, patch.offset)
            part.file.write(patch.raw)
            at = patch.offset + patch.length
        _copy(file, part.file, at, before[0])
        if _stamp(file) != before:
            raise MergeRefused("the source was written to meanwhile", "Wait until it is written.")
        return next(name for name in _names(source) if part.claim(name))


def _copy(file: IO[bytes], merged: IO[bytes], start: int, stop: int) -> None:
    file.seek(start)
    while start < stop and (block := file.read(min(_BLOCK, stop - start))):
        merged.write(block)
        start += len(block)


def _names(source: Path) -> Iterator[Path]:
    """Yield the names for a merged file: ``sales_merged.csv``, ``sales_merged (2).csv`` and so on."""
    yield source.with_stem(f"{source.stem}_merged")
    number = 2
    while True:
        yield source.with_stem(f"{source.stem}_merged ({number})")
        number += 1
