"""Writes rows into a new file, which appears under its name when it is complete."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from pathlib import Path

from anaplan_tui.core.triage.errors import TriageError
from anaplan_tui.core.triage.layout import Layout
from anaplan_tui.whole_file import text_part

Cells = tuple[str, ...]


class Unwritable(Exception):
    """A cell has no place in a layout: its encoding lacks a sign, or the cell would need quotes."""


def write_rows(path: Path, layout: Layout, batches: Iterable[list[Cells]]) -> int:
    """Write header and rows into a new file (0600). Returns the rows written.

    Raises ``TriageError`` when there is a file of that name, or none can be written, and ``Unwritable`` for a
    cell that the layout cannot hold; no file is left behind then.
    """
    count = 0
    try:
        # It gets its name by a call that never replaces a file.
        with text_part(path, encoding=layout.encoding, errors=layout.errors, newline="") as part:
            writer = csv.writer(
                part.file,
                delimiter=layout.delimiter,
                quotechar=layout.quote,
                lineterminator=layout.newline,
                quoting=layout.quoting,
            )
            for row in layout.above_rows:
                if row == ("",) and layout.quote is None:
                    part.file.write(layout.newline)  # the module would want quotes
                else:
                    writer.writerow(row)
            for rows in batches:
                # Before Python 3.13, the csv module thinks only of its own line end.
                if layout.quote is None and any(layout.needs_quotes(c) for row in rows for c in row):
                    raise Unwritable
                writer.writerows(rows)
                count += len(rows)
            if not part.claim(path):
                raise taken(path)
    except (UnicodeEncodeError, csv.Error) as error:
        raise Unwritable from error
    except OSError as error:
        raise TriageError(
            f"{path.name} cannot be written: {error.strerror}", "choose another place"
        ) from error
    return count


def taken(path: Path) -> TriageError:
    """The error for a name that a file has already: nothing is ever overwritten."""
    return TriageError(f"{path.name} exists already", "choose another name; nothing is overwritten")


def refuse_taken(path: Path) -> None:
    """Raise ``TriageError`` for a name that is taken, before a dump of a gigabyte is read for nothing."""
    if os.path.lexists(path):
        raise taken(path)
