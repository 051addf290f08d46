"""Runs put into a desk's queue, and waits for their outcome."""

import asyncio
from collections.abc import Callable

from anaplan_tui.api.refs import Kind
from anaplan_tui.core.desk import Desk
from anaplan_tui.core.snapshots import RunSnapshot

STARTS = "*/processes/*/tasks"


async def until(desk: Desk, met: Callable[[], bool]) -> None:
    """Wait until the store has what ``met`` asks for."""
    changed = asyncio.Event()
    leave = desk.store.subscribe(lambda _: changed.set())
    try:
        async with asyncio.timeout(60):
            while not met():
                changed.clear()
                await changed.wait()
    finally:
        leave()


def seen(desk: Desk, run_id: str) -> RunSnapshot:
    """Return what the desk knows of a run."""
    run = desk.store.run(run_id)
    assert run is not None
    return run


async def enqueue(desk: Desk, name: str) -> tuple[str, "asyncio.Task[RunSnapshot]"]:
    """Queue a process; return its run id and the task that waits for its end."""
    begun = asyncio.get_running_loop().create_future()
    item = await desk.find(name, Kind.PROCESS)
    waiting = asyncio.create_task(desk.run(item, wait_until_free=True, on_begin=begun.set_result))
    return await begun, waiting


GOOD, BAD = "Nightly purge", "Nightly load"
