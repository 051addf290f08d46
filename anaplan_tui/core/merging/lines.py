"""The lines file: the line numbers of saved rows in the source, in a file such as ``corrected.csv.lines``.

The saved rows have only the source's own columns, so their line numbers and rejected cells are kept in this
file beside them. A merge needs these two files and the source, but no dump, journal or ``run.json``.

The first line is a JSON object that says how the rows were written. Each further line is a JSON list: the
line number from ``_Line_`` of the dump, then the cells of the rejected row.
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from anaplan_tui.api.clean import clean
from anaplan_tui.core.merging.errors import MergeRefused, unreadable
from anaplan_tui.whole_file import text_part

_FORMAT = "anaplan-tui lines 1"
_SUFFIX = ".lines"
_SAVE_AGAIN = "Save the rejected rows again with e in triage, or by `triage DUMP --rejected FILE`."


@dataclass(frozen=True, slots=True)
class SavedForm:
    """The form in which the rows were saved."""

    header: tuple[str, ...]
    separator: str
    quote: str | None
    encoding: str
    header_row: int
    """The header's line, counted from 1; 0 if the file has none."""
    first_row: int
    """The line where the rows begin, counted from 1."""


@dataclass(frozen=True, slots=True)
class SavedRow:
    """A rejected row: its line in the source, and its cells as the dump gives them."""

    line: int
    cells: tuple[str, ...]


def lines_file(rows: Path) -> Path:
    """The path of the lines file beside saved rows."""
    return rows.with_name(rows.name + _SUFFIX)


def is_lines_file(path: Path) -> bool:
    """Whether a path is a lines file, judged by its name."""
    return path.name.endswith(_SUFFIX)


def has_lines(rows: Path) -> bool:
    """Whether a lines file lies beside the saved rows, so that they can be merged."""
    return _is_ours(lines_file(rows))


class LinesWriter:
    """Records rows as they are saved. A single row without a line number makes a merge impossible."""

    def __init__(self, file: IO[str] | None) -> None:
        self._file = file
        self.is_complete = file is not None

    def add(self, line: int | None, cells: Sequence[str]) -> None:
        """Record the next row of the saved file."""
        if line is None or self._file is None:
            self.is_complete = False
        elif self.is_complete:
            self._file.write(json.dumps([line, *cells]) + "\n")


@contextmanager
def noting_lines(rows: Path, form: SavedForm, *, is_known: bool = True) -> Iterator[LinesWriter]:
    """Write a lines file while the block saves the rows; nothing is left behind if the block fails.

    The file gets its name at the end of the block, replacing an older lines file. Without `is_known`, the
    dump has no line numbers and no file is written. Raises `OSError`.
    """
    if not is_known:
        yield LinesWriter(None)
        return
    path = lines_file(rows)
    with text_part(path, encoding="ascii") as part:
        part.file.write(json.dumps({"format": _FORMAT} | _as_json(form)) + "\n")
        writer = LinesWriter(part.file)
        yield writer
        # Somebody else's file of that name stays: the rows are worth saving even without their lines.
        if writer.is_complete and (not os.path.lexists(path) or _is_ours(path)):
            part.replace(path)


def read_lines(rows: Path) -> tuple[SavedForm, list[SavedRow]]:
    """Read the lines file of ``rows``: their form, and the rejected rows in the order of the saved file.

    Raises:
        MergeRefused: there is no lines file, or it cannot be read.
    """
    path = lines_file(rows)
    try:
        with path.open(encoding="ascii") as file:
            form = _of_json(json.loads(next(file)))
            return form, [_row(json.loads(text)) for text in file]
    except FileNotFoundError:
        raise MergeRefused(
            f"there is no {clean(path.name)} beside {clean(rows.name)}, which says where its rows stood",
            "Keep both files together. A dump without _Line_ has no lines to note; else: " + _SAVE_AGAIN,
        ) from None
    except OSError as error:
        raise unreadable(path, error) from error
    except (ValueError, LookupError, TypeError, StopIteration, RecursionError) as error:
        raise MergeRefused(f"{clean(path.name)} is damaged", _SAVE_AGAIN) from error


def _is_ours(path: Path) -> bool:
    with suppress(OSError, ValueError), path.open(encoding="ascii") as file:
        return path.is_file() and _FORMAT in file.read(len(_FORMAT) + 40)
    return False


def _as_json(form: SavedForm) -> dict[str, object]:
    return {name: getattr(form, name) for name in SavedForm.__slots__}


def _of_json(found: object) -> SavedForm:
    if not isinstance(found, dict) or found.get("format") != _FORMAT:
        raise ValueError("another format")
    header = found["header"]
    quote = found["quote"]
    return SavedForm(
        tuple(map(str, header)),
        str(found["separator"]),
        None if quote is None else str(quote),
        str(found["encoding"]),
        int(found["header_row"]),
        int(found["first_row"]),
    )


def _row(found: object) -> SavedRow:
    if not isinstance(found, list) or not isinstance(found[0], int):
        raise ValueError("no row")
    return SavedRow(found[0], tuple(map(str, found[1:])))
