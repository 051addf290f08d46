"""Compare corrected rows with the saved ones: find each row's line, and detect rows that an editor moved.

The rows carry no line numbers, so only their order tells. A dropped or added row shows in their number; moved
rows show in cells that match another rejected row better than their own.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path

from anaplan_tui.api.clean import MARK, clean, meant_by
from anaplan_tui.core.delimited import read_rows
from anaplan_tui.core.encodings import guess
from anaplan_tui.core.merging.errors import MergeRefused, numbers, unreadable
from anaplan_tui.core.merging.lines import SavedForm, SavedRow, read_lines
from anaplan_tui.core.merging.records import Form
from anaplan_tui.core.text import plural
from anaplan_tui.core.uploads.first_lines import first_lines

_HEAD = 1 << 18
_KEEP = "Keep every row, in the order in which they were saved; to leave one out, leave it as it is."
Cells = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Correction:
    """The cells of a source line before and after correction."""

    was: Cells
    now: Cells

    @property
    def is_changed(self) -> bool:
        """Whether somebody corrected it."""
        return self.was != self.now


def corrections(path: Path) -> dict[int, Correction]:
    """Read the corrected rows, by line of the source; rejected rows left as they were are included.

    Raises:
        MergeRefused: rows were dropped, added or moved, columns differ, or nothing was corrected.
    """
    form, saved = read_lines(path)
    rows = _read(path, form, saved[0].cells[:1] if saved else ())
    width = len(form.header)
    _refuse_other_number(path, saved, rows)
    _refuse_other_width(saved, rows, width)
    now = [_restored(was.cells, _padded(row, width)) for was, row in zip(saved, rows, strict=True)]
    _refuse_moved(saved, now)
    found: dict[int, Correction] = {}
    for row, cells in zip(saved, now, strict=True):
        one = Correction(row.cells, cells)
        other = found.get(row.line)
        # A dump may hold a row more than once.
        if other is not None and other.was != one.was:
            raise MergeRefused(
                f"the dump has two different rows of {numbers([row.line])}", "Edit the source."
            )
        if other is not None and other.is_changed and one.is_changed and other.now != one.now:
            raise MergeRefused(
                f"{numbers([row.line])} was rejected twice and is corrected in two ways",
                "Correct both rows alike, or one of them.",
            )
        if other is None or not other.is_changed:
            found[row.line] = one
    if not any(one.is_changed for one in found.values()):
        raise MergeRefused(f"no row of {clean(path.name)} was corrected", "Correct the rows first.")
    return found


def _read(path: Path, saved: SavedForm, first_cell: Cells) -> list[Cells]:
    """Read the rows of a corrected file, even if an editor wrote it with another separator or in UTF-8.

    ``first_cell`` is the first saved cell: without a header, its byte order mark looks like the file's.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from error
    encoding = guess(raw, whole=True, expected=saved.encoding) if raw else "utf-8"
    if encoding is None:
        raise MergeRefused(f"{clean(path.name)} is not text", "Save it as delimited text.")
    if encoding in ("ascii", "latin-1", "cp1252"):
        encoding = saved.encoding
    form = Form(encoding, saved.separator, saved.quote)
    marked = raw.decode(encoding, "replace") if encoding in ("utf-16", "utf-32") else form.decode(raw)
    text = marked.lstrip(MARK)
    marks = marked.removesuffix(text)
    head = first_lines(text[:_HEAD], saved.header_row, expected=saved.separator, quote=saved.quote)
    if head.separator and head.columns == len(saved.header):
        form = replace(form, separator=head.separator)
    lines = io.StringIO(text, newline="")
    rows = [tuple(row) for row in read_rows(lines, form.separator, quote=form.quote)]
    if saved.header_row:
        header = rows[saved.header_row - 1] if len(rows) >= saved.header_row else ()
        if _names(header) != _names(saved.header):
            raise MergeRefused(
                f"the header line of {clean(path.name)} is not the one that was saved",
                "Columns must stay as they are.",
            )
    elif rows and rows[0] and (marks + rows[0][0],) == first_cell:
        rows[0] = (*first_cell, *rows[0][1:])
    first = max(saved.first_row, saved.header_row + 1)
    return [row for row in rows[first - 1 :] if row]


def _names(header: Sequence[str]) -> list[str]:
    return [name.strip() for name in (*map(meant_by, header[:1]), *header[1:])]


def _padded(row: Cells, width: int) -> Cells:
    return (row + ("",) * (width - len(row)))[:width]


def _restored(was: Cells, row: Cells) -> Cells:
    """Undo changes of line ends inside cells: editors write their own."""
    return tuple(old if same_text(old, new) else new for old, new in zip_longest(was, row, fillvalue=""))


def same_text(one: str, other: str) -> bool:
    """Whether two cells are equal apart from their line ends."""
    return one == other or _plain(one) == _plain(other)


def _plain(cell: str) -> str:
    return cell.replace("\r\n", "\n").replace("\r", "\n")


def _refuse_other_number(path: Path, saved: Sequence[SavedRow], rows: Sequence[Cells]) -> None:
    if len(saved) == len(rows):
        return
    parted = next(
        (
            was.line
            for was, row in zip_longest(saved, rows)
            if was is not None and (row is None or not _agreeing(was.cells, row))
        ),
        None,
    )
    where = f"; from {numbers([parted])} on they do not agree" if parted is not None else ""
    raise MergeRefused(
        f"{clean(path.name)} holds {plural(len(rows), 'row')} where {len(saved):,} were saved, "
        f"so some were {'dropped' if len(rows) < len(saved) else 'added'}{where}",
        _KEEP,
    )


def _refuse_other_width(saved: Sequence[SavedRow], rows: Sequence[Cells], width: int) -> None:
    wide = [was.line for was, row in zip(saved, rows, strict=True) if any(row[width:])]
    if wide:
        raise MergeRefused(
            f"the rows of {numbers(wide)} have more than {plural(width, 'cell')}",
            "Put quotes around a cell that holds a separator.",
        )


def _refuse_moved(saved: Sequence[SavedRow], rows: Sequence[Cells]) -> None:
    """Refuse rows that have changed places: each fits the line of another such row better than its own.

    A single such row is fine: it may have been corrected into what another line was.
    """
    agree = [_agreeing(was.cells, row) for was, row in zip(saved, rows, strict=True)]
    width = len(rows[0]) if rows else 0
    changed = [i for i, same in enumerate(agree) if same < width]
    elsewhere = _elsewhere(saved, rows, changed, agree, width)
    homeless = {i for i, others in elsewhere.items() if others & elsewhere.keys()}
    if homeless:
        raise MergeRefused(
            f"rows stand in another order than they were saved in, at {numbers(_lines(saved, homeless))}",
            _KEEP,
        )


def _lines(saved: Sequence[SavedRow], places: set[int]) -> list[int]:
    return [saved[i].line for i in sorted(places)]


def _elsewhere(
    saved: Sequence[SavedRow], rows: Sequence[Cells], changed: Sequence[int], agree: Sequence[int], width: int
) -> dict[int, set[int]]:
    """For each changed row, the other changed ones whose line it fits better than its own.

    To fit means to agree in all cells, or in all but one.
    """
    whole: dict[int, set[int]] = {}
    for i in changed:
        whole.setdefault(hash(saved[i].cells), set()).add(i)
    found: dict[int, set[int]] = {}
    for i in changed:
        if others := whole.get(hash(rows[i]), set()) - {i}:
            found[i] = others
    far = [i for i in changed if agree[i] < width - 1]
    for column in range(width if far else 0):
        but_one: dict[int, set[int]] = {}
        for i in far:
            but_one.setdefault(hash(_without(saved[i].cells, column)), set()).add(i)
        for i in far:
            if others := but_one.get(hash(_without(rows[i], column)), set()) - {i}:
                found.setdefault(i, set()).update(others)
    return found


def _without(cells: Cells, column: int) -> Cells:
    return cells[:column] + cells[column + 1 :]


def _agreeing(was: Cells, row: Cells) -> int:
    return sum(one == other for one, other in zip(was, row, strict=False))
