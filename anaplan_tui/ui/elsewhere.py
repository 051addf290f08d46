"""Runs of other users and tools: what the task lists of recently used targets show as going on.

The service lists tasks by target only (anaplan-api.md §5.1), so not everything can be looked at: a few
targets are, one request each, and only when somebody asks.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from anaplan_tui.api.errors import AnaplanError
from anaplan_tui.api.refs import TargetRef
from anaplan_tui.core.catalog import CatalogItem, NoMatch, TaskItem
from anaplan_tui.core.snapshots import Phase, RunSnapshot
from anaplan_tui.core.verdict import TERMINAL

if TYPE_CHECKING:
    from anaplan_tui.core.desk import Desk

LOOKED_AT = 5
"""Targets whose task lists are read."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A task that goes on and was not started from here, and what it runs."""

    item: CatalogItem
    run: RunSnapshot


async def runs_elsewhere(desk: "Desk") -> tuple[Elsewhere, ...]:
    """What goes on of the targets that were run last, without our own; no answer counts as nothing."""
    recent = await desk.recent_runs()
    ours = {run.task_id for run in (*desk.store.runs, *recent)}
    found: list[Elsewhere] = []
    for target in _used_last(desk, recent):
        try:
            item = await desk.find(target.id, target.kind)
            tasks = await desk.history(item)
        except (AnaplanError, NoMatch):
            continue
        going_on = (task for task in tasks if task.state not in TERMINAL and task.task_id not in ours)
        found += [Elsewhere(item, _as_run(desk, item, task)) for task in going_on]
    return tuple(found)


def _used_last(desk: "Desk", recent: tuple[RunSnapshot, ...]) -> tuple[TargetRef, ...]:
    model = desk.context.model.ref if desk.context is not None else None
    runs = (*reversed(desk.store.runs), *recent)
    return tuple(dict.fromkeys(run.target for run in runs if run.target.model == model))[:LOOKED_AT]


def _as_run(desk: "Desk", item: CatalogItem, task: TaskItem) -> RunSnapshot:
    context = desk.context
    return RunSnapshot(
        run_id=f"elsewhere {task.task_id}",
        target=item.ref,
        name=item.name,
        model_name=context.model.name if context is not None else "",
        phase=Phase.RUNNING,
        task_id=task.task_id,
        state=task.state,
        started_at=task.created_at,
        note="elsewhere: by another user or tool; Enter watches it",
    )
