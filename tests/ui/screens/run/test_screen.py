"""A run's screen besides its table: odd values, dumps that are gone, files made, the last time."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from anaplan_tui.api.refs import FileRef
from anaplan_tui.core.snapshots import (
    Counts,
    Dump,
    Fetch,
    Message,
    OnDisk,
    Output,
    Send,
    Unit,
    UploadSnapshot,
    Verdict,
)
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from anaplan_tui.ui.screens.run.action_panel import About, _lines
from anaplan_tui.ui.screens.run.screen import RunScreen
from anaplan_tui.ui.screens.run.words import after_line
from anaplan_tui.ui.screens.transfer_words import can_be_retried, detail_words, state_words, tally
from anaplan_tui.ui.widgets.text_pane import Hanging
from tests.support.apps import Open, until
from tests.support.values import DOWNLOADS, FAILED, LIVE, NOW, TARGET

REGIONS = FAILED.actions[2]


def panel(about: About, width: int = 34) -> list[str]:
    return [line.plain for part in _lines(about, FAILED, NOW) for line in part.wrap(width)]


def of_values(*pairs: tuple[str, str | None]) -> list[str]:
    return panel(About(replace(REGIONS, messages=(Message("x", "said", 0, pairs),))))


def test_only_known_counts_of_zero_are_left_out_and_counted() -> None:
    said = of_values(
        ("fileSize", "0"), ("failedCount", "0"), ("ignoredCount", "0"), ("totalRowCount", "0"), ("x", "1")
    )
    assert "  fileSize       0" in said
    assert "  totalRowCount  0" in said
    assert not any("failedCount" in line for line in said)
    assert said[-1] == "  2 zeros not shown"


def test_a_long_value_stays_in_its_column() -> None:
    said = of_values(("errorMessage", "a long story " * 8), ("row", "7"))
    story = said[said.index(next(line for line in said if "errorMessage" in line)) : -1]
    assert len(story) > 3
    assert all(line.startswith(" " * 16) for line in story[1:])
    assert said[-1] == "  row           7"


def test_without_room_for_two_columns_a_line_is_wrapped_as_a_whole() -> None:
    from textual.content import Content

    part = Hanging(Content("  a long head  "), Content("and what it says"))
    assert " ".join(line.plain.strip() for line in part.wrap(18)).split() == [
        "a",
        "long",
        "head",
        "and",
        "what",
        "it",
        "says",
    ]


@pytest.mark.parametrize("odd", ["abc", "1.5", "-3"])
def test_a_count_that_is_none_is_named(odd: str) -> None:
    said = " ".join(of_values(("failedCount", odd)))
    assert f"! Rows do not add up: failedCount is '{odd}'" in said


def test_what_helps_is_said_once_for_all_line_items() -> None:
    code = "lineItemRowsProcessedWithFailures"
    messages = tuple(
        Message(code, f"{name} cells: 10 (1 failed)", 0, (("lineItemName", name),)) for name in ("A", "B")
    )
    counts, made = Counts(ok=20, failed=2, unit=Unit.CELLS), Counts(ok=3, unit=Unit.ITEMS)
    said = panel(About(replace(REGIONS, counts=counts, more_counts=(made,), messages=messages)))
    assert " ".join(said).count("The dump holds the rows") == 1
    assert [line for line in said if line.startswith(("Cells", "Items"))] == [
        "Cells: 20 ok, 2 rejected",
        "Items: 3 ok",
    ]


def test_a_dump_that_is_gone_is_not_offered() -> None:
    gone = replace(REGIONS, dump=Dump(True, error="the dump expired", gone=True))
    said = " ".join(panel(About(gone)))
    assert "Dump gone: the dump expired" in said
    assert "d tries again" not in said
    assert "d downloads" not in said
    run = replace(FAILED, actions=(gone,))
    line = after_line(run, (), NOW).plain
    assert "1 gone; only a new run (r) makes new ones" in line
    assert "D downloads" not in line


def test_a_dump_of_before_the_last_run_is_gone_too() -> None:
    assert "a later run took its place" in " ".join(panel(About(REGIONS, run_since=True)))
    assert "D downloads" not in after_line(FAILED, (), NOW, run_since=True).plain
    assert "D downloads" not in after_line(FAILED, (), NOW + timedelta(days=3)).plain


def test_an_export_names_the_key_that_fetches_its_file() -> None:
    export = replace(FAILED.actions[3], output=Output(True, 48_213))
    run = replace(FAILED, actions=(export,), verdict=Verdict.COMPLETED)
    assert after_line(run, (), NOW).plain == " It made a file, 48 KB: d fetches it."
    saved = replace(export, output=replace(export.output, path=Path("/x.csv")))
    assert after_line(replace(run, actions=(saved,)), (), NOW).plain == " ✓ The file is on disk, exact."
    both = replace(run, actions=(saved, export))
    assert after_line(both, (), NOW).plain.startswith(" 1 of 2 exported files on disk: d on an export")


def test_uploads_are_counted_as_done() -> None:
    upload = UploadSnapshot(
        "u-1", FileRef(TARGET.model, "113000000001"), "sales.csv", Path("/x.csv"), state=Send.DONE
    )
    assert tally((DOWNLOADS[3], upload)) == "total 2: 2 done "
    assert tally(()) == ""
    dropped = replace(upload, state=Send.CANCELLED)
    assert tally((*DOWNLOADS, dropped)) == "total 5: 1 done, 2 going, 1 cancelled, 1 failed, 9.1 MB/s "


def test_while_it_runs_the_last_time_is_told() -> None:
    last = replace(REGIONS, verdict=Verdict.COMPLETED, counts=replace(REGIONS.counts, ok=4_980, failed=0))
    about = About(LIVE.actions[2], last_time=last)
    said = " ".join(line.plain for part in _lines(about, LIVE, NOW) for line in part.wrap(60))
    assert "Last time: ✓ completed 4,980 rows ok, 3 ignored in 4.1 s" in said


async def test_a_rerun_takes_the_place_of_its_run_and_messages_stay_behind(
    open_app: Open, tenant: DemoServer
) -> None:
    async with open_app() as opened:
        await opened.run_process("month end")
        first, depth = opened.app.screen, len(opened.app.screen_stack)
        opened.app.say("Something happened here.")
        await opened.shows("Something happened here.")
        await opened.press("r")
        await opened.shows("Don't run")
        assert "Usually " in opened.text
        await opened.press("y")
        await until(
            opened.pilot,
            lambda: isinstance(opened.app.screen, RunScreen) and opened.app.screen is not first,
            "the new run",
        )
        assert len(opened.app.screen_stack) == depth
        await until(opened.pilot, lambda: not any(run.live for run in opened.desk.store.runs), "its end")
        assert "Something happened here." not in opened.text
        await opened.shows("(usually")
        assert tenant.log.count("POST", "*/tasks") == 2
        await opened.press("escape")
        await opened.shows("History on the service")


async def test_what_came_of_a_download_takes_the_place_of_its_beginning(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.run_process("nightly load")
        await opened.shows("Both dumps are on disk, exact.")
        for download in opened.desk.store.downloads:
            if download.path is not None:
                download.path.unlink(missing_ok=True)
        await opened.press("D")
        await opened.shows("✓ 2 files fetched, exact. In ")
        assert "Fetching 2 dumps" not in opened.text


async def test_what_the_service_no_longer_has_is_marked_and_not_asked_for_again(
    open_app: Open, tenant: DemoServer
) -> None:
    tenant.faults.add(Fault("GET */dumps/*", "status", status=404, count=None))
    async with open_app() as opened:
        await opened.run_process("nightly load")
        await opened.shows("2 gone; only a new run (r) makes new ones")
        await opened.shows("Dump gone: ")
        assert "d tries again" not in opened.text
        asked = tenant.log.count("GET", "*/dumps/*")
        await opened.press("D")
        await opened.shows("Its dumps are gone")
        assert tenant.log.count("GET", "*/dumps/*") == asked


def test_an_item_that_was_not_chosen_points_to_the_parameters() -> None:
    message = Message("importFailedGeneralError", "No item was chosen for Version", 0)
    action = replace(REGIONS, messages=(message,), dump=Dump())
    said = " ".join(" ".join(panel(About(action))).split())
    assert "asks for an item at the start" in said
    assert "r, then p" in said
    assert "r, then p, gives it one" in after_line(replace(FAILED, actions=(action,)), (), NOW).plain


@pytest.mark.parametrize(
    ("on_disk", "said"),
    [
        (OnDisk.CHANGED, "Dump was changed since it was fetched"),
        (OnDisk.MISSING, "Dump is no longer there"),
    ],
)
def test_a_file_that_is_not_what_was_fetched_is_not_called_exact(on_disk: OnDisk, said: str) -> None:
    sales = FAILED.actions[1]
    other = replace(sales, dump=replace(sales.dump, on_disk=on_disk))
    assert "exact" in " ".join(panel(About(sales), 60))
    lines = panel(About(other), 60)
    assert said in lines
    assert "  d fetches it again; nothing is overwritten." in lines
    assert not any("exact" in line for line in lines)
    run = replace(FAILED, actions=(other,))
    word = "changed since it was fetched" if on_disk is OnDisk.CHANGED else "no longer there"
    assert after_line(run, (), NOW).plain.startswith(
        f" 0 of 1 dump on disk; 1 {word}; D fetches again, beside"
    )
    expired = " ".join(panel(About(other, run_since=True), 60))
    assert "Anaplan cannot give it again: a later run took its place" in expired


@pytest.mark.parametrize("on_disk", [OnDisk.CHANGED, OnDisk.MISSING])
def test_a_download_whose_file_is_another_now_says_so_and_can_be_fetched_again(on_disk: OnDisk) -> None:
    done = replace(DOWNLOADS[0], state=Fetch.DONE, path=Path("/dumps/x.csv"), on_disk=on_disk)
    assert "exact" not in state_words(done).plain
    assert "r fetches it again. /dumps/x.csv" in detail_words(done, NOW).plain
    assert can_be_retried(done)
    assert not can_be_retried(replace(done, on_disk=OnDisk.SAME))


def test_an_exports_file_that_is_another_now_is_offered_as_it_is_now() -> None:
    output = Output(True, 48_213, Path("/x.csv"), on_disk=OnDisk.CHANGED)
    export = replace(FAILED.actions[3], output=output)
    run = replace(FAILED, actions=(export,), verdict=Verdict.COMPLETED)
    assert after_line(run, (), NOW).plain == (
        " ! The file was changed since it was fetched: d fetches it as it is now."
    )
    assert "File was changed since it was fetched" in panel(About(export), 60)
