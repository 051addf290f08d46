"""Runs whose dumps are fetched automatically."""

from dataclasses import replace
from pathlib import Path

from anaplan_tui.api.refs import DumpRef
from anaplan_tui.core.dumps.auto_capture import AutoCapture
from anaplan_tui.core.snapshots import Dump, Phase, RunSnapshot
from tests.support.captures import ACTIONS, RUN, session
from tests.support.downloads_server import ChunkServer, dump_of

LIVE = replace(RUN, phase=Phase.RUNNING, verdict=None)


async def fetched(folder: Path, *seen: RunSnapshot, on: bool = True) -> list[str]:
    """Return the ids of actions whose dumps are queued after these snapshots."""
    async with ChunkServer(dump_of([10])) as server, session(server, folder) as w:
        auto = AutoCapture(w.capture, on=on)
        for snapshot in seen:
            auto.see(snapshot)
        queued = w.store.downloads
        await w.capture.settled([download.download_id for download in queued])
        return sorted(d.source.object_id for d in queued if isinstance(d.source, DumpRef))


async def test_a_run_whose_end_is_seen_has_its_dumps_fetched_once(tmp_path: Path) -> None:
    assert await fetched(tmp_path, LIVE, RUN, RUN) == sorted(ACTIONS)


async def test_a_run_that_had_ended_before_is_left_alone(tmp_path: Path) -> None:
    assert await fetched(tmp_path, RUN) == []


async def test_nothing_is_fetched_where_it_is_off(tmp_path: Path) -> None:
    assert await fetched(tmp_path, LIVE, RUN, on=False) == []


async def test_a_run_without_dumps_asks_for_none(tmp_path: Path) -> None:
    without = tuple(replace(action, dump=Dump()) for action in RUN.actions)
    assert await fetched(tmp_path, LIVE, replace(RUN, actions=without)) == []
    assert await fetched(tmp_path, LIVE, replace(RUN, task_id=None)) == []
