"""How the triage looks, from a literal dump and a frozen clock, at both sizes."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.snapshots.test_looks import (
    SIZES,
    StillApp,
    a_night_that_stands_still,
    app,
    opened,
    painted,
    pytestmark,
)
from tests.support.apps import Opened, until_text
from tests.support.dump_files import Row, read, rejected, write_dump

__all__ = ["a_night_that_stands_still", "app", "pytestmark"]

Look = Callable[[Pilot[Any], Path], Awaitable[None]]

BEFORE = [*rejected(96), *rejected(3, "Invalid name: x", "North")]
NOW_ROWS: list[Row] = [
    *rejected(110, region="Uberlingen"),
    *(((("Sud", f"Toaster {n}", "12,5€"), "Invalid number: 12,5€")) for n in range(12)),
    (("Sud", "Blender M", "7"), "Invalid parent"),
]


async def groups(pilot: Pilot[Any], folder: Path) -> None:
    """The list of errors, compared with the earlier dump."""
    still = await opened(pilot)
    earlier = write_dump(folder / "earlier.csv", BEFORE)
    await read(Opened(still, pilot, folder), write_dump(folder / "dump.csv", NOW_ROWS), earlier)
    await until_text(pilot, "gone")
    await painted(pilot)


async def rows(pilot: Pilot[Any], folder: Path) -> None:
    """The rows of the first error."""
    await groups(pilot, folder)
    await pilot.press("enter")
    await until_text(pilot, "110 rows")
    await until_text(pilot, "Kettle 12")
    await pilot.press("j")
    await painted(pilot)


async def no_dump(pilot: Pilot[Any], folder: Path) -> None:
    """A binary file."""
    still = await opened(pilot)
    # Shown by its name alone: the path of a test's directory is never the same twice.
    await read(Opened(still, pilot, folder), Path("archive.zip"))
    await until_text(pilot, "It begins with")
    await painted(pilot)


@pytest.mark.parametrize("size", SIZES, ids=["wide", "narrow"])
@pytest.mark.parametrize("look", [groups, rows, no_dump])
def test_looks(
    app: StillApp,
    snap_compare: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    look: Look,
    size: tuple[int, int],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "archive.zip").write_bytes(b"PK\x03\x04\x00\x1b[31m")

    async def story(pilot: Pilot[Any]) -> None:
        await look(pilot, tmp_path)

    assert snap_compare(app, terminal_size=size, run_before=story)
