"""What the store keeps in a long session: runs shown, in progress or new; the journal has the rest."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from anaplan_tui.api.refs import DumpRef, FileRef, Kind, TargetRef
from anaplan_tui.core.snapshots import DownloadSnapshot, Fetch, Phase, RunSnapshot
from anaplan_tui.core.store import KEPT, Store
from tests.support.journals import MODEL, NOON, TARGET, ended, running


def run(number: int, target: TargetRef = TARGET) -> RunSnapshot:
    return ended(f"r{number}", target, started_at=NOON + timedelta(minutes=number))


def dump(number: int, state: Fetch = Fetch.DONE, run_id: str | None = None) -> DownloadSnapshot:
    task = run(number).task
    assert task is not None
    return DownloadSnapshot(
        f"d{number}",
        DumpRef(task, "112000000001"),
        "Sales",
        Path("/x"),
        run_id=run_id or f"r{number}",
        state=state,
    )


def filled(store: Store, runs: int = 300, first: int = 0) -> Store:
    for number in range(first, first + runs):
        store.put_run(replace(run(number), phase=Phase.RUNNING))
        store.put_download(dump(number, Fetch.FETCHING))
        store.put_run(run(number))
        store.put_download(dump(number))
    return store


def test_the_last_runs_and_their_downloads_are_kept() -> None:
    store = filled(Store())
    last = [f"r{number}" for number in range(300 - KEPT, 300)]
    assert [run.run_id for run in store.runs] == last
    assert [download.run_id for download in store.downloads] == last


def test_many_runs_take_no_more_than_some() -> None:
    assert len(filled(Store(), 1000).runs) == len(filled(Store(), 100).runs)


def test_what_goes_on_or_is_shown_is_kept() -> None:
    store = Store()
    store.put_run(running("live"))
    store.put_run(replace(run(-1), run_id="shown"))
    release = store.hold("shown")
    again = store.hold("shown")
    filled(store)
    assert store.run("live") is not None
    assert store.run("shown") is not None
    release()
    filled(store, 1, first=300)
    assert store.run("shown") is not None, "it is shown twice"
    again()
    filled(store, 1, first=301)
    assert store.run("shown") is None


@pytest.mark.parametrize("state", [Fetch.FETCHING, Fetch.QUEUED, Fetch.WAITING, Fetch.PAUSED])
def test_a_run_whose_dumps_are_still_fetched_is_kept(state: Fetch) -> None:
    store = Store()
    store.put_run(replace(run(-1), run_id="busy"))
    store.put_download(dump(-1, state, run_id="busy"))
    filled(store)
    assert store.run("busy") is not None
    assert store.download("d-1") is not None


def test_the_newest_run_of_each_target_is_kept_for_the_lists() -> None:
    store = Store()
    other = TargetRef(MODEL, Kind.IMPORT, "112000000009")
    store.put_run(replace(run(-2, other), run_id="older"))
    store.put_run(replace(run(-1, other), run_id="newest"))
    filled(store)
    assert store.run("newest") is not None
    assert store.run("older") is None


def test_a_long_run_that_ended_last_is_the_last() -> None:
    store = Store()
    store.put_run(replace(run(-1), run_id="long", phase=Phase.RUNNING))
    filled(store)
    store.put_run(replace(run(-1), run_id="long"))
    filled(store, KEPT - 1, first=300)
    assert store.run("long") is not None


def test_downloads_of_no_run_are_bounded_too() -> None:
    store = Store()
    for number in range(300):
        source = FileRef(MODEL, f"113{number:09}")
        store.put_download(DownloadSnapshot(f"f{number}", source, "Sales", Path("/x"), state=Fetch.DONE))
    store.put_download(
        DownloadSnapshot("failed", FileRef(MODEL, "1"), "Sales", Path("/x"), state=Fetch.FAILED)
    )
    assert len(store.downloads) == KEPT + 1
    assert store.download("failed") is not None


def test_who_listens_hears_of_a_run_before_it_is_let_go() -> None:
    store, heard = Store(), []
    store.subscribe(lambda snapshot: heard.append(snapshot))
    filled(store, 100)
    assert len(heard) == 400
