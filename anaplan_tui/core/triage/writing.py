"""Rows into a file that reads as the dump does: same delimiter, encoding, quoting and line ends."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

from anaplan_tui.core.triage.errors import TriageError
from anaplan_tui.core.triage.shape import DumpShape

Cells = tuple[str, ...]


def write_rows(path: Path, shape: DumpShape, header: Sequence[str], batches: Iterable[list[Cells]]) -> int:
    """Write header and rows; the file (0600) appears under its name when it is complete. Returns the rows
    written.

    Raises `TriageError` when it cannot be written; an older file of that name is then as it was.
    """
    count = 0
    try:
        with NamedTemporaryFile(
            "w",
            encoding=shape.encoding,
            newline="",
            dir=path.parent,
            prefix=f".{path.name[:64]}.",
            delete=False,
        ) as file:
            try:
                # Left to itself the csv module would quote a line end in a cell only when it is like its own.
                line_end = shape.newline if shape.quoted else "\r\n"
                writer = csv.writer(
                    file,
                    delimiter=shape.delimiter,
                    lineterminator=line_end,
                    quoting=(csv.QUOTE_ALL if shape.quoted else csv.QUOTE_MINIMAL),
                )
                writer.writerow(header)
                for rows in batches:
                    writer.writerows(rows)
                    count += len(rows)
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).replace(path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise TriageError(
            f"{path.name} cannot be written: {error.strerror}", "choose another place"
        ) from error
    return count
