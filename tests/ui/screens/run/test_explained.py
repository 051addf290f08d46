"""The drill-down's reasons: changes since the last run, a dump's age, odd sums, an export's file."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from anaplan_tui.core.snapshots import Counts, RunSnapshot
from anaplan_tui.demo.server import DemoServer
from anaplan_tui.ui.app import AnaplanApp
from tests.support.apps import Open, Opened, until
from tests.support.values import FAILED

EARLIER = replace(
    FAILED,
    run_id="run-before",
    task_id="EARLIER",
    started_at=datetime(2026, 11, 20, 3, 10, tzinfo=UTC),
    ended_at=datetime(2026, 11, 20, 3, 10, 20, tzinfo=UTC),
    duration_s=20.0,
)
"""The run two days before: fewer rows rejected, one error fewer, faster."""


async def show(opened: Opened, run: RunSnapshot, *, before: RunSnapshot | None = None) -> None:
    """Open a run from the journal, with the one before it."""
    await opened.shows("model idle")
    journal, driver = opened.desk.journal, opened.desk.runs
    for known in (before, run):
        if known is not None and known.task_id is not None:
            journal.attached(driver.intent(known, (), None), known.task_id)
            journal.observed(known)
    opened.desk.store.put_run(run)
    await opened.app.open_run(run.run_id)


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_what_changed_since_the_run_before(open_app: Open, size: tuple[int, int]) -> None:
    regions = FAILED.actions[2]
    was = replace(regions, counts=replace(regions.counts, failed=70), messages=regions.messages[:1])
    before = replace(EARLIER, actions=(*FAILED.actions[:2], was, *FAILED.actions[3:]))
    async with open_app(size=size) as opened:
        await show(opened, FAILED, before=before)
        await opened.press("enter")
        await opened.shows("rows rejected: 77, was 70")
        await opened.shows("New since 20 Nov 03:10: Invalid")


async def test_a_slow_run_says_so(open_app: Open) -> None:
    async with open_app() as opened:
        await show(opened, replace(FAILED, usual_s=9.0, duration_s=22.0), before=EARLIER)
        await opened.shows("Since the last run: slower: took 22 s, usually 9.0 s.")


async def test_the_first_run_is_compared_with_nothing(open_app: Open) -> None:
    async with open_app() as opened:
        await show(opened, FAILED)
        await opened.shows("Invalid parent")
        assert "Since the last run" not in opened.text


async def test_rows_that_do_not_add_up_are_marked(open_app: Open) -> None:
    odd = replace(FAILED.actions[2], counts=Counts(10, 0, 77, 3, 99))
    async with open_app() as opened:
        await show(opened, replace(FAILED, actions=(odd,)))
        await opened.shows("! Rows do not add up")


async def test_a_dump_tells_its_age_and_what_removes_it(open_app: Open) -> None:
    async with open_app() as opened:
        ended = opened.app.now() - timedelta(hours=7)
        await show(opened, replace(FAILED, ended_at=ended, started_at=ended - timedelta(minutes=1)))
        await opened.shows("It is 7 h 00 old")
        await opened.shows("48 h after the last")


async def test_d_fetches_the_file_that_an_export_made(open_app: Open, tenant: DemoServer) -> None:
    async with open_app() as opened:
        await opened.run_process("daily inventory flash")
        await opened.shows("It made a file")
        await opened.press("d")
        await opened.shows("File on disk")
        (download,) = opened.desk.store.downloads
        assert download.path is not None
        assert hashlib.sha256(download.path.read_bytes()).hexdigest() == download.sha256
        assert download.path.name.startswith("Inventory snapshot")


async def test_the_history_of_an_earlier_session_has_its_actions(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.run_process("nightly load")
    async with open_app() as again:
        await again.open_process("nightly load")
        await again.shows("77 of 90 rows rejected")
        await again.press("t", "enter")
        await again.shows("Regions from regions.csv")
        await again.shows("Invalid parent")


async def test_the_terminals_own_notice_is_sent_when_configured(
    open_app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []

    def keep(_app: AnaplanApp, sequence: str) -> None:
        sent.append(sequence)

    monkeypatch.setattr("anaplan_tui.ui.jobs.alerts.write_to_terminal", keep)
    async with open_app() as opened:
        await opened.shows("model idle")
        opened.desk.settings = opened.desk.settings.model_copy(update={"osc": "777"})
        await opened.run_process("plan rollover")
        await until(opened.pilot, lambda: bool(sent), "the notice")
        assert sent == ["\x1b]777;notify;Plan rollover: completed;all 3 actions completed\x1b\\"]


async def test_a_journal_that_was_set_aside_is_told_of(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.shows("model idle")
    (opened.directory / "journal.db").write_bytes(b"not a database, but somebody's notes" * 200)
    for extra in opened.directory.glob("journal.db-*"):
        extra.unlink()
    async with open_app() as again:
        await again.shows("model idle")
        await until(again.pilot, lambda: "set aside" in _log(again.app), "the notice")


def _log(app: AnaplanApp) -> str:
    return " ".join(entry.message for entry in app.record.entries)
