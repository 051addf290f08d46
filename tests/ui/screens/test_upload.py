"""Uploads by keyboard: the file against what the import expects, its progress bar, and the run after it."""

from pathlib import Path

import pytest

from anaplan_tui.api.refs import FileRef
from anaplan_tui.core.snapshots import Send
from anaplan_tui.core.uploads import SourceForm, inspect
from anaplan_tui.core.uploads.prepared import Prepared
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from anaplan_tui.ui.screens.run.screen import RunScreen
from anaplan_tui.ui.screens.save_as import PathDialog
from anaplan_tui.ui.screens.upload import review_lines
from tests.support.apps import Open, Opened, until
from tests.support.dump_files import found
from tests.support.raw_server import MODEL

SIZES = [(120, 40), (80, 24)]
WEEKLY = "Region,Target\nNorth,1200\nEast,950\n"
UPLOADS = "*/files/113*"


def source(directory: Path, text: str = WEEKLY, name: str = "week47.csv") -> Path:
    """A local file."""
    path = directory / name
    path.write_text(text)
    return path


def puts(tenant: DemoServer) -> int:
    """Count the chunks sent."""
    return tenant.log.count("PUT", UPLOADS)


async def open_import(opened: Opened, name: str) -> None:
    """Put the catalog's cursor on an import."""
    await opened.shows("model idle")
    await opened.press("2", "slash")
    await opened.type(name)
    await opened.press("down")
    await opened.shows("1 shown")


async def choose(opened: Opened, path: Path) -> None:
    """Type a path into the question for the file."""
    await opened.shows("Upload which file?")
    await opened.press("ctrl+u")
    await opened.type(str(path))
    await opened.press("enter")


@pytest.mark.parametrize("size", SIZES)
async def test_rejected_rows_are_corrected_uploaded_and_loaded(
    open_app: Open, tenant: DemoServer, size: tuple[int, int]
) -> None:
    """The whole job: run, failed, triage, save the rejected rows, correct a cell, upload, run, completed."""
    async with open_app(size=size) as opened:
        await opened.run_process("regional targets load")
        await opened.shows("on disk, exact.")
        await opened.press("o")
        await opened.shows("Uberlingen")
        await opened.press("e")
        await opened.shows("Save 1 rejected row")
        await opened.press("enter")
        await until(
            opened.pilot, lambda: bool(found(opened.directory, "dumps/**/*_rejected*.csv")), "the file"
        )
        (saved,) = found(opened.directory, "dumps/**/*_rejected*.csv")
        text = saved.read_text()
        assert text.count("Uberlingen") == 1
        saved.write_text(text.replace("Uberlingen", "North"))
        await opened.press("escape", "u")
        await opened.shows("Upload which file?")
        await opened.shows(saved.name[-20:])  # the saved file is offered
        await opened.press("enter")
        await opened.shows("Upload the whole source, corrected?")
        await opened.shows("Only these rows")
        await opened.press("right", "enter")
        await opened.shows("It has what the import expects")
        await opened.shows("Upload, then run again")
        await opened.press("enter")
        await until(opened.pilot, lambda: len(opened.desk.store.runs) == 2, "the run after the upload")
        await opened.shows("✓ completed")
        assert isinstance(opened.app.screen, RunScreen)
        assert [upload.state for upload in opened.desk.store.uploads] == [Send.DONE]
        assert tenant.log.count("POST", "*/tasks") == 2


async def test_a_file_that_is_gone_is_uploaded_again(open_app: Open, tmp_path: Path) -> None:
    async with open_app() as opened:
        await opened.run_process("weekly targets")
        await opened.shows("✗ failed")
        await opened.shows("u uploads the file again")
        await opened.press("u")
        await choose(opened, source(tmp_path))
        await opened.shows("Upload, then run again")
        await opened.press("enter")
        await opened.shows("✓ completed")


async def test_differences_are_marked_and_enter_sends_nothing(
    open_app: Open, tenant: DemoServer, tmp_path: Path
) -> None:
    async with open_app(size=(80, 24)) as opened:
        await open_import(opened, "weekly")
        await opened.press("u")
        await choose(opened, source(tmp_path, "region;Goal\nNorth;1\n"))
        await opened.shows("separates columns with semicolons, the import with commas")
        for word in ("! region", "written differently", "missing", "not expected", "Upload, then run"):
            assert word in opened.text
        await opened.press("enter")
        assert "Upload week47.csv" not in opened.text
        assert not opened.desk.store.uploads
        assert puts(tenant) == 0


@pytest.mark.parametrize("size", SIZES)
async def test_the_question_says_what_the_file_replaces_and_for_how_long(
    open_app: Open, tmp_path: Path, size: tuple[int, int]
) -> None:
    async with open_app(size=size) as opened:
        await open_import(opened, "weekly")
        await opened.press("u")
        await choose(opened, source(tmp_path))
        await opened.shows("separated by commas, 2 rows.")
        said = "Replaces weekly_targets.csv for your runs until 48 h after its last use: 2 rows instead of"
        await opened.shows(said[:50])
        assert "whole file" in opened.text


async def test_a_file_without_rows_fits_nothing(open_app: Open, tenant: DemoServer, tmp_path: Path) -> None:
    async with open_app(size=(80, 24)) as opened:
        await open_import(opened, "weekly")
        await opened.press("u")
        await choose(opened, source(tmp_path, "Region,Target\n"))
        await opened.shows("! There are no rows below the header line.")
        assert "0 rows" in opened.text
        assert "It has what the import expects" not in opened.text
        await opened.press("enter")  # the focus is on the safe answer
        await opened.pause()
        assert puts(tenant) == 0


def test_an_import_without_a_header_line_has_nothing_beside_the_columns(tmp_path: Path) -> None:
    looked_at = inspect(source(tmp_path, "North,1\n"), header_row=0)
    expected = SourceForm(("Region", "Target"), ",", header_row=0)
    prepared = Prepared(FileRef(MODEL, "113000000008"), "f.csv", looked_at, expected, ())
    said = "\n".join(str(line) for line in review_lines(prepared))
    assert "✓" not in said
    assert "EXPECTED" not in said
    assert "The import expects no header line: the first line is a row, too." in said
    assert "1 row." in said


async def test_a_wide_file_leaves_room_for_the_answers(open_app: Open, tmp_path: Path) -> None:
    wide = ";".join(f"a column with a rather long name {n}" for n in range(60))
    path = tmp_path / "wide.csv"
    path.write_bytes(f"{wide};Gr\u00f6\u00dfe\n;1\n".encode("latin-1"))
    async with open_app(size=(80, 24)) as opened:
        await open_import(opened, "weekly")
        await opened.press("u")
        await choose(opened, path)
        for word in (
            "missing",
            "not expected",
            "more",
            "semicolons",
            "is ISO-8859-1",
            "Upload, then run",
            "Don't",
        ):
            await opened.shows(word)


@pytest.mark.parametrize(
    ("text", "said"), [("", "It is empty"), ("\x00\x01PK", "binary"), ("\n\n", "nothing but blank lines")]
)
async def test_what_is_no_source_is_refused_where_it_is_typed(
    open_app: Open, tmp_path: Path, text: str, said: str
) -> None:
    async with open_app() as opened:
        await open_import(opened, "weekly")
        await opened.press("u")
        await choose(opened, source(tmp_path, text))
        await opened.shows(said)
        assert isinstance(opened.app.screen, PathDialog)


async def test_tab_completes_the_path(open_app: Open, tmp_path: Path) -> None:
    path = source(tmp_path)
    async with open_app() as opened:
        await open_import(opened, "weekly")
        await opened.press("u")
        await opened.shows("Upload which file?")
        await opened.press("ctrl+u")
        await opened.type(str(path)[:-7])
        await opened.press("tab")
        await opened.shows("week47.csv")
        await opened.press("enter")
        await opened.shows("It has what the import expects")
        await opened.press("escape")


async def test_uploads_stand_among_the_downloads(open_app: Open, tmp_path: Path) -> None:
    async with open_app() as opened:
        await open_import(opened, "weekly")
        await opened.press("u")
        await choose(opened, source(tmp_path))
        await opened.shows("It has what the import expects")
        await opened.press("y")
        await opened.shows("is uploaded as 'weekly_targets.csv'")
        await opened.press("w")
        await opened.shows("✓ uploaded")
        assert "↑ weekly_targets.csv" in opened.text
        assert "week47.csv" in opened.text
        assert not opened.desk.store.runs
        await opened.press("p")
        await opened.shows("An upload is not paused")


async def test_a_failed_upload_runs_nothing_and_can_be_tried_again(
    open_app: Open, tenant: DemoServer, tmp_path: Path
) -> None:
    tenant.faults.add(Fault(f"PUT {UPLOADS}", "status", status=403))
    async with open_app() as opened:
        await open_import(opened, "weekly")
        await opened.press("u")
        await choose(opened, source(tmp_path))
        await opened.shows("Upload, then run")
        await opened.press("right", "enter")
        await opened.shows("was not run")
        assert tenant.log.count("POST", "*/tasks") == 0
        await opened.press("w")
        await opened.shows("✗ failed")
        await opened.press("r")
        await opened.shows("✓ uploaded")
        assert not opened.desk.store.runs


async def test_a_read_only_profile_uploads_nothing(open_app: Open) -> None:
    async with open_app(read_only=True) as opened:
        await open_import(opened, "weekly")
        await opened.press("u")
        await opened.shows("is read-only")


async def test_what_reads_no_file_says_so(open_app: Open) -> None:
    async with open_app() as opened:
        await open_import(opened, "fx rates")
        await opened.press("u")
        await opened.shows("reads another model, not a file")
        await opened.press("escape", "3")
        await opened.shows("Exports 6")
        await opened.press("u")
        await opened.shows("Only imports read a file")


async def test_the_question_for_a_file_is_whole_on_a_small_screen(open_app: Open) -> None:
    async with open_app(size=(60, 15)) as opened:
        await open_import(opened, "weekly")
        await opened.press("u")
        await opened.shows("Upload which file?")
        await until(
            opened.pilot, lambda: "the file is." in " ".join(opened.text.replace("│", "").split()), "the note"
        )
