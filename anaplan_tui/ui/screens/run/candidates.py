"""The dialog that asks which task a run is, when the answer to its start was lost and no list tells."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static
from typing_extensions import override

from anaplan_tui.core import text
from anaplan_tui.core.catalog import TaskItem
from anaplan_tui.core.snapshots import RunSnapshot
from anaplan_tui.ui.screens.modal import Dialog
from anaplan_tui.ui.widgets.keyed_table import Column, KeyedTable
from anaplan_tui.ui.words import MUTED, verdict_words

NEWEST_SHOWN = 10


def candidate_tasks(run: RunSnapshot, history: Sequence[TaskItem]) -> tuple[TaskItem, ...]:
    """The tasks that may be the run: those that were new after its start, else the newest ones."""
    new = tuple(task for task in history if task.task_id in run.candidates)
    return new or tuple(history[:NEWEST_SHOWN])


class CandidatesDialog(Dialog[TaskItem | None]):
    """Ends with the task that the operator picks for the run, or ``None``."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n", "decline", show=False),
        Binding("enter", "choose", show=False),
    ]

    def __init__(self, run: RunSnapshot, tasks: Sequence[TaskItem], now: datetime) -> None:
        super().__init__()
        self._run = run
        self._tasks = tasks
        self._now = now

    @override
    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            yield Static(Content.styled(f"Which task is '{self._run.name}'?", "bold"), id="question")
            yield Static(self._said(), id="lines")
            yield KeyedTable[TaskItem](
                (
                    Column("STARTED", lambda t: text.local_stamp(t.created_at)[5:], width=20, fitted=True),
                    Column("STATE", _state, width=14),
                    Column("TASK", lambda t: t.task_id),
                ),
                key=lambda t: t.task_id,
                empty="Anaplan lists no task of it.\n\nEsc goes back.",
            )
            yield Static(Content.styled("Enter watches the highlighted one, Esc leaves it open", MUTED))

    def _said(self) -> str:
        these = (
            "These began since."
            if self._run.candidates
            else "None began since; these are the newest that Anaplan lists."
        )
        return f"{these} It is {text.local_stamp(self._now)} now."

    def on_mount(self) -> None:
        """Fill the list and focus it."""
        table = self.query_one(KeyedTable)
        table.show(self._tasks)
        table.focus()

    def action_decline(self) -> None:
        """Close and leave the question open."""
        self.dismiss(None)

    def action_choose(self) -> None:
        """Pick the highlighted task for the run."""
        self.dismiss(self.query_one(KeyedTable).current)


def _state(task: TaskItem) -> Content | str:
    if task.verdict is not None:
        return verdict_words(task.verdict)
    return task.state.replace("_", " ").lower()
