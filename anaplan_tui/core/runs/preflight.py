"""The warnings before a run: the model is busy or closed, or dumps that are not on disk would be replaced."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from anaplan_tui.core.catalog import CatalogItem, ModelItem, ModelState, TaskItem
from anaplan_tui.core.downloads.retention import KEPT_FOR
from anaplan_tui.core.dumps.looked_at import looked_at
from anaplan_tui.core.snapshots import Action, Origin, RunSnapshot
from anaplan_tui.core.text import ago, plural
from anaplan_tui.core.verdict.judge import TERMINAL


@dataclass(frozen=True, slots=True)
class Preflight:
    """Everything to tell the operator before a run is started."""

    item: CatalogItem
    actions: tuple[Action, ...]
    usual_s: float | None
    parameters: tuple[tuple[str, str], ...] = ()
    """The parameters of the last run, offered again."""
    warnings: tuple[str, ...] = ()
    """One sentence each; any warning moves the dialog's focus to the safe answer."""
    busy: bool = False
    """Something runs in the model or on this target: waiting for it makes sense."""
    unsaved_task_id: str | None = None
    """The last run's task, when its dumps are not on disk yet and could be fetched first."""
    uploads: tuple[str, ...] = ()
    """This user's uploads that the run reads in place of the model's files, one sentence each."""


@dataclass(frozen=True, slots=True)
class Warnings:
    """The reasons against a run right now; see :class:`Preflight`."""

    sentences: tuple[str, ...]
    busy: bool
    unsaved_task_id: str | None


def warnings_before(
    state: ModelState,
    history: Sequence[TaskItem],
    at_risk: RunSnapshot | None,
    model: ModelItem,
    now: datetime,
    *,
    waits: bool = False,
) -> Warnings:
    """Return the warnings before a run.

    ``waits``: the run is not sent before the model is free.
    ``at_risk`` is the run whose dumps the new one would replace, if there is one. Reads the disk: call it
    from a thread.
    """
    warnings: list[str] = []
    if model.obstacle:
        warnings.append(f"The model is {model.obstacle}.")
    live = [t for t in history if t.state not in TERMINAL]
    if live:
        since = f" since {ago(live[0].created_at, now)}" if live[0].created_at else ""
        whose = (
            "started from here" if live[0].origin is Origin.HERE else "started elsewhere or by someone else"
        )
        then = "this one starts after it" if waits else "Anaplan will queue this one behind it"
        warnings.append(f"The same runs already{since} ({whose}); {then}.")
    elif state.busy:
        since = f" since {ago(state.since, now)}" if state.since else ""
        then = "This run starts as soon as it is free" if waits else "Anaplan will queue this run"
        warnings.append(f"The model is busy{since}: {state.what}. {then}.")
    elif state.closed:
        warnings.append("The model is closed: it is opened first, which may take minutes.")
    unsaved = len(unsaved_dumps(at_risk, now)) if at_risk is not None else 0
    if at_risk is not None and unsaved:
        are, them = ("is", "it") if unsaved == 1 else ("are", "them")
        when = ago(at_risk.ended_at or at_risk.started_at, now)
        warnings.append(
            f"{plural(unsaved, 'dump')} of the last run ({when}) {are} not on disk; "
            f"a new run may replace {them}."
        )
    first = at_risk.task_id if at_risk is not None and unsaved else None
    return Warnings(tuple(warnings), bool(live) or state.busy, first)


def unsaved_dumps(run: RunSnapshot, now: datetime) -> tuple[Action, ...]:
    """Return the actions whose dump can still be fetched and is not on disk as it was fetched.

    Reads the disk: call it from a thread.
    """
    at = run.ended_at or run.started_at
    if at is not None and now - at > KEPT_FOR:
        return ()
    return tuple(a for a in looked_at(run).actions if a.dump.available and not a.dump.saved)
