"""How the screens look, from literal values and a frozen clock, at both sizes.

A difference means that something changed, not that it is wrong: look, then ``pytest --snapshot-update``.
"""

from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import textual
from textual.pilot import Pilot

from anaplan_tui.core import clock
from anaplan_tui.core.catalog import CatalogItem
from anaplan_tui.core.desk import Desk
from anaplan_tui.core.dumps import looked_at as files_looked_at
from anaplan_tui.core.journal.journal import Journal
from anaplan_tui.core.runs.preflight import Preflight
from anaplan_tui.core.runs.remembered import Remembered
from anaplan_tui.core.snapshots import OnDisk, RunSnapshot
from anaplan_tui.demo.server import DemoServer
from anaplan_tui.ui.app import AnaplanApp
from anaplan_tui.ui.screens.dialog import Question
from anaplan_tui.ui.screens.run.confirm import answers_for, what_it_does
from anaplan_tui.ui.widgets.keyed_table import KeyedTable
from tests.support.apps import opener, settled, until, until_text
from tests.support.raw_server import MODEL
from tests.support.values import DOWNLOADS, FAILED, LIVE, NOW

MADE_WITH = "8.2.8"
pytestmark = pytest.mark.skipif(
    textual.__version__ != MADE_WITH, reason=f"the pictures were made with Textual {MADE_WITH}"
)
SIZES = [(120, 40), (80, 24)]

Story = Callable[[Pilot[Any]], Awaitable[None]]


class StillApp(AnaplanApp):
    """The app with a clock that stands still; it closes its desk by itself."""

    def now(self) -> datetime:
        return NOW

    async def on_unmount(self) -> None:
        await self.aclose()


@pytest.fixture(autouse=True)
def files_that_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """The literal values name files that are on no disk."""
    monkeypatch.setattr(files_looked_at, "look", lambda *_: OnDisk.SAME)


def been_here_before(directory: Path) -> None:
    """Make the operator one who is not new and is not told the first keys."""
    journal = Journal.open(directory / "journal.db")
    journal.remember("demo", f"process opened in {MODEL.model_id}", "of another time")
    journal.close()


async def not_new(_: Remembered) -> bool:
    """Hide the newcomer's line, which appears at no fixed time."""
    return False


@pytest.fixture(autouse=True)
def a_night_that_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """What others ran depends on the hour: the pictures show the runs that their stories write."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(Desk, "keep_history", lambda _: None)
    monkeypatch.setattr(Remembered, "is_new_here", not_new)


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StillApp]:
    for name in ("NO_COLOR", "TMUX", "TEXTUAL_THEME", "TEXTUAL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TZ", "UTC")
    with DemoServer(speed=20.0) as tenant:
        been_here_before(tmp_path)
        yield StillApp(opener(tenant.url, tmp_path), profile="prod")


async def painted(pilot: Pilot[Any]) -> None:
    """Wait until the screen shows everything that was set off."""
    assert isinstance(pilot.app, StillApp)
    await pilot.pause()
    await settled(pilot.app)


async def opened(pilot: Pilot[Any]) -> StillApp:
    app = pilot.app
    assert isinstance(app, StillApp)
    await until_text(pilot, "model idle")
    await until(pilot, lambda: bool(app.screen_stack[0].query_one(KeyedTable).items), "the processes")
    return app


def with_run(run: RunSnapshot, *keys: str) -> Story:
    async def story(pilot: Pilot[Any]) -> None:
        app = await opened(pilot)
        assert app.desk is not None
        app.desk.store.put_run(run)
        await app.open_run(run.run_id)
        await pilot.press(*keys)
        await painted(pilot)

    return story


async def with_downloads(pilot: Pilot[Any]) -> None:
    app = await opened(pilot)
    assert app.desk is not None
    for download in DOWNLOADS:
        app.desk.store.put_download(download)
    await pilot.press("w")
    await until_text(pilot, "Big dump")
    await pilot.press("j")
    await painted(pilot)


async def with_runs(pilot: Pilot[Any]) -> None:
    app = await opened(pilot)
    assert app.desk is not None
    app.desk.store.put_run(FAILED)
    app.desk.store.put_run(LIVE)
    await pilot.press("t")
    await until_text(pilot, "✗ failed")
    await until_text(pilot, "2 here")


async def with_catalog(pilot: Pilot[Any]) -> None:
    app = await opened(pilot)
    assert app.desk is not None
    app.desk.store.put_run(LIVE)
    await pilot.press("slash", *"nigh")
    await painted(pilot)


async def with_question(pilot: Pilot[Any]) -> None:
    app = await opened(pilot)
    item = CatalogItem(LIVE.target, LIVE.name)
    preflight = Preflight(
        item,
        LIVE.actions,
        38.0,
        warnings=(
            'The model is busy since 03:08: import "FX rates". Anaplan will queue this run.',
            "2 dumps of the last run (03:10) are not on disk; a new run may replace them.",
        ),
        busy=True,
        unsaved_task_id="x",
    )
    answers, focus = answers_for(preflight)
    title = "Run 'Nightly load' on Demand plan?"
    await app.push_screen(Question(title, what_it_does(preflight), answers, focus=focus))
    await painted(pilot)


async def with_help(pilot: Pilot[Any]) -> None:
    await opened(pilot)
    await pilot.press("question_mark")
    await painted(pilot)


async def with_models(pilot: Pilot[Any]) -> None:
    await opened(pilot)
    await pilot.press("m")
    await until_text(pilot, "ARCHIVED")


STORIES: dict[str, Story] = {
    "catalog": with_catalog,
    "downloads": with_downloads,
    "help": with_help,
    "models": with_models,
    "question": with_question,
    "run-failed": with_run(FAILED),
    "run-live": with_run(LIVE),
    "run-panel": with_run(FAILED, "enter"),
    "runs": with_runs,
}


@pytest.mark.parametrize("size", SIZES, ids=["120x40", "80x24"])
@pytest.mark.parametrize("name", STORIES)
def test_looks(snap_compare: Any, app: StillApp, name: str, size: tuple[int, int]) -> None:
    assert snap_compare(app, run_before=STORIES[name], terminal_size=size)


def test_looks_without_colour(snap_compare: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TZ", "UTC")
    with DemoServer(speed=20.0) as tenant:
        still = StillApp(opener(tenant.url, tmp_path), profile="prod")
        assert snap_compare(still, run_before=with_run(FAILED), terminal_size=(80, 24))
