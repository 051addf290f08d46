"""Dumps of any shape, hostile ones included, for tests of the triage screens."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from anaplan_tui.core.dumps.files import DumpFile
from anaplan_tui.ui.screens.triage.screen import TriageScreen
from tests.support.apps import Opened, until

COLUMNS = ("Region", "Product", "Menge")

Row = tuple[Sequence[str], str]
"""The source's cells, and the error."""


def rejected(count: int, error: str = "Item not located in Region list", region: str = "Sud") -> list[Row]:
    """Make this many rows of one error, distinguished by their product."""
    return [((region, f"Kettle {n}", "12"), error) for n in range(count)]


def write_dump(path: Path, rows: Iterable[Row], columns: Sequence[str] = COLUMNS, status: str = "E") -> Path:
    """Write a dump as the service does: every cell quoted, lines counted from 2 (service.md §7.5)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(("_Status_", *columns, "_Line_", "_Error_1_"))
        for line, (cells, error) in enumerate(rows, start=2):
            writer.writerow((status, *cells, line, error))
    return path


def write_big_dump(path: Path, megabytes: int) -> Path:
    """Write a dump of at least this many megabytes, with two errors."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\n")
    for n in range(20_000):
        error = "Invalid number: n/a" if n % 10 == 0 else "Item not located in Region list"
        writer.writerow(("E", f"Region {n % 7}", f"Product {n}", "n/a", n + 2, error))
    block = buffer.getvalue().encode()
    with path.open("wb") as file:
        file.write(b'"_Status_","Region","Product","Menge","_Line_","_Error_1_"\n')
        for _ in range(megabytes * 1_000_000 // len(block) + 1):
            file.write(block)
    return path


def dump_of(path: Path, name: str = "Sales from sales.csv", hour: int = 3) -> DumpFile:
    """Return this file as the dump of a run."""
    return DumpFile(path, name, f"run-{hour}", "112000000102", datetime(2026, 11, 22, hour, 10, tzinfo=UTC))


async def open_triage(opened: Opened, path: Path, earlier: Path | None = None) -> TriageScreen:
    """Open the triage screen over a file and return it at once; ``earlier`` is the dump to compare with."""
    before = dump_of(earlier, hour=2) if earlier is not None else None
    # An operator comes here from a run, with a desk; without one the keys only say that it is missing.
    await until(opened.pilot, lambda: opened.app.desk is not None, "the desk")
    await opened.app.open_triage(dump_of(path), before)
    screen = opened.app.screen
    assert isinstance(screen, TriageScreen)
    return screen


def is_reading(screen: TriageScreen) -> bool:
    """Say whether the dump is being read or compared."""
    return any(worker.node is screen and worker.group == "read" for worker in screen.workers)


async def read(opened: Opened, path: Path, earlier: Path | None = None) -> TriageScreen:
    """Open the triage screen and return it once everything is read."""
    screen = await open_triage(opened, path, earlier)
    await until(opened.pilot, lambda: not is_reading(screen), "the end of reading")
    return screen


def found(folder: Path, pattern: str) -> list[Path]:
    """Return the files that match the pattern."""
    return sorted(folder.glob(pattern))


def parsed(path: Path) -> list[list[str]]:
    """Return all records of a file, header first."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))
