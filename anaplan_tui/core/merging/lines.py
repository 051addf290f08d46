"""Where saved rows stood in the source: a file beside them, ``corrected.csv.lines``.

The rows have the source's own columns and no other, so their lines and the cells that were rejected are kept
apart. A merge needs these two files and the source, and no dump, journal or ``run.json``.

The first line is a JSON object: how the rows were written. Each one below is a JSON list: the line, as
``_Line_`` of the dump says it, then the cells of the rejected row.
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
    """How the rows were written when they were saved."""

    header: tuple[str, ...]
    separator: str
    quote: str | None
    encoding: str
    header_row: int
    """Counted from 1; 0: the file has none."""
    first_row: int
    """Where the rows begin, counted from 1."""


@dataclass(frozen=True, slots=True)
class SavedRow:
    """A rejected row: its line in the source, and its cells as the dump gives them."""

    line: int
    cells: tuple[str, ...]


def lines_file(rows: Path) -> Path:
    """The file beside saved rows that knows their lines."""
    return rows.with_name(rows.name + _SUFFIX)


def is_lines_file(path: Path) -> bool:
    """Whether a file is one of these, by its name."""
    return path.name.endswith(_SUFFIX)


def has_lines(rows: Path) -> bool:
    """Whether rows were saved in a way that they can be merged."""
    return _is_ours(lines_file(rows))


class LinesWriter:
    """Notes rows as they are saved. One whose line nobody knows makes a merge impossible."""

    def __init__(self, file: IO[str] | None) -> None:
        self._file = file
        self.is_complete = file is not None

    def add(self, line: int | None, cells: Sequence[str]) -> None:
        """The next row of the saved file."""
        if line is None or self._file is None:
            self.is_complete = False
        elif self.is_complete:
            self._file.write(json.dumps([line, *cells]) + "\n")


@contextmanager
def noting_lines(rows: Path, form: SavedForm, *, is_known: bool = True) -> Iterator[LinesWriter]:
    """Write the lines of rows that are saved meanwhile; nothing is left behind when that fails.

    It takes its name when the rows have theirs, in place of the lines of rows that are no longer there. A
    dump whose lines are not `is_known` leaves no such file. Raises `OSError`.
    """
    if not is_known:
        yield LinesWriter(None)
        return
    path = lines_file(rows)
    with text_part(path, encoding="ascii") as part:
        part.file.write(json.dumps({"format": _FORMAT} | _as_json(form)) + "\n")
        writer = LinesWriter(part.file)
        yield writer
        # Somebody else's file of that name stays; the rows are worth saving without their lines, too.
        if writer.is_complete and (not os.path.lexists(path) or _is_ours(path)):
            part.replace(path)


def read_lines(rows: Path) -> tuple[SavedForm, list[SavedRow]]:
    """How rows were saved, and each as it was rejected, in the order of the saved file.

    Raises:
        MergeRefused: nobody noted their lines, or what was noted cannot be read.
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
