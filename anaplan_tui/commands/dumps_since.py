"""``dumps --since``: fetch the dumps of every task since a moment, of one target or of all processes."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING

from anaplan_tui.commands.saying import say
from anaplan_tui.commands.shared import fetch_dumps, find_target, progress
from anaplan_tui.trouble import Exit

if TYPE_CHECKING:
    from anaplan_tui.core.catalog import CatalogItem, TaskItem
    from anaplan_tui.core.desk import Desk
    from anaplan_tui.core.snapshots import DownloadSnapshot, RunSnapshot

_AT_ONCE = 4
"""Task lists read at the same time; the client itself keeps to our share of the tenant's requests."""


async def dumps_since(desk: "Desk", moment: datetime, target: str | None, kind: str, *, json_: bool) -> int:
    """Fetch the dumps and print the results; return 9 if one could not be fetched."""
    from anaplan_tui.api.refs import Kind
    from anaplan_tui.commands.printing import downloads_result, json_document, when
    from anaplan_tui.core import report

    items: Sequence[CatalogItem]
    items = [await find_target(desk, target, kind)] if target else await desk.catalog(Kind(kind))
    fetched: list[tuple[RunSnapshot, DownloadSnapshot]] = []
    with progress(desk, json_):
        for item, task in await _ended_since(desk, items, moment):
            run = await desk.runs.report(item, task.task_id)
            fetched += [(run, download) for download in await fetch_dumps(desk, run)]
    if json_:
        documents = (
            {"task_id": run.task_id, "target": run.name, **report.download_document(download)}
            for run, download in fetched
        )
        json_document(report.listing(documents))
    elif fetched:
        for _run_id, of_run in groupby(fetched, key=lambda pair: pair[0].run_id):
            listed = list(of_run)
            say(f"{listed[0][0].name}, {when(listed[0][0].started_at)}:")
            downloads_result(download for _run, download in listed)
    else:
        say("No task since then has dumps.", err=True)
    return Exit.COMPLETED if all(download.path for _run, download in fetched) else Exit.FILE


async def _ended_since(
    desk: "Desk", items: "Sequence[CatalogItem]", moment: datetime
) -> "list[tuple[CatalogItem, TaskItem]]":
    """Return the ended tasks that began since ``moment``, newest first: only a last dump is still there."""
    from anaplan_tui.core.verdict.judge import TERMINAL

    turns = asyncio.Semaphore(_AT_ONCE)

    async def of(item: "CatalogItem") -> "list[tuple[CatalogItem, TaskItem]]":
        async with turns:
            history = await desk.finder.tasks(item)
        return [
            (item, task)
            for task in history
            if task.state in TERMINAL and task.created_at is not None and task.created_at >= moment
        ]

    found = [pair for listed in await asyncio.gather(*(of(item) for item in items)) for pair in listed]
    return sorted(found, key=lambda pair: pair[1].created_at or moment, reverse=True)
