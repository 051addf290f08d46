"""kill -9 in the middle of a run, sixty times at random moments, each followed by a fresh start.

The moments are requests in the tenant's log: the process dies as its n-th request arrives, or as it is
answered. What the next start finds is compared with the tasks in the tenant.
"""

import asyncio
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from anaplan_tui.core.snapshots import Phase, Verdict
from anaplan_tui.demo.server import DemoServer
from tests.reliability.killable import Sessions, sessions
from tests.support.desks import Desks, tenant_runs

PROCESS = "118000000012"
"""Price update: 6 s of the tenant's time, ends with warnings."""

GROUPS = 6
KILLS = 10
"""Kills in each group: 60 in all."""
LAST_REQUEST = 13
"""The login, the lists, the start and the first polls."""
GOES_ON, HURRIED = 0.01, 20.0
"""Speeds of the tenant's clock: a run outlasts the kill, and ends soon after it."""


@pytest.fixture
def runner() -> Iterator[Sessions]:
    """Sessions that run a process to its verdict."""
    with sessions("run") as begun:
        yield begun


def run_and_kill(server: DemoServer, runner: Sessions, state: Path, dice: random.Random) -> tuple[int, bool]:
    """Kill one run at a random request; return which, and whether that was answered first."""
    nth, answered = dice.randint(1, LAST_REQUEST), dice.random() < 0.5
    server.log.clear()
    server.clock.speed = GOES_ON
    runner.begin(server.url, state, PROCESS)
    server.wait_for("*", "*", nth, timeout=60, answered=answered)
    runner.kill()
    server.clock.speed = HURRIED
    return nth, answered


def journal_is_intact(state: Path) -> bool:
    path = state / "journal.db"
    if not path.exists():
        return True
    with closing(sqlite3.connect(path)) as raw:
        found: list[tuple[str]] = raw.execute("PRAGMA integrity_check").fetchall()
    return found == [("ok",)]


@pytest.mark.parametrize("group", range(GROUPS))
async def test_after_kill_9_the_same_run_is_found_and_nothing_is_doubled(
    server: DemoServer, runner: Sessions, tmp_path: Path, group: int
) -> None:
    dice = random.Random(f"kill -9, group {group}")
    state = tmp_path / "state"
    state.mkdir()
    for number in range(KILLS):
        before = {run.task.id for run in tenant_runs(server, PROCESS)}

        moment = await asyncio.to_thread(run_and_kill, server, runner, state, dice)

        told = f"group {group}, kill {number}, at request {moment}"
        assert journal_is_intact(state), told
        assert server.log.count("POST", "*/tasks") <= 1, told
        desks = Desks(server.url, state)
        desk = desks.open()
        assert desk.journal.notice is None, told
        unfinished = await desk.unfinished()
        assert len(unfinished) <= 1, told
        ended = [await desk.runs.resume(run.run_id) for run in unfinished]
        created = [r.task.id for r in tenant_runs(server, PROCESS) if r.task.id not in before]
        assert server.log.count("POST", "*/tasks") <= 1, told
        assert server.log.count("DELETE") == 0, told
        if created:
            (run,) = ended
            assert [run.task_id] == created, told
            assert (run.phase, run.verdict) == (Phase.ENDED, Verdict.WARNINGS), told
        else:
            assert all(run.phase is Phase.UNKNOWN_START for run in ended), told
        assert await desk.unfinished() == (), told
        await desks.aclose()
