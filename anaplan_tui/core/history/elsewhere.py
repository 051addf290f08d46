"""Runs of other users and tools in one model: what goes on, and what ended lately.

The service lists tasks by target only and does not say whose they are (service.md §5.1), so to see everything
is a request for each process. A first look reads a few lists; looking through all of them is for somebody who
asks for it. The model's status names the task at work, but not what it is a task of (service.md §8.4).
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.errors import AnaplanError
from anaplan_tui.api.refs import Kind, TargetRef
from anaplan_tui.api.schemas import ModelStatus, Task
from anaplan_tui.core.catalog import CatalogItem, ModelItem
from anaplan_tui.core.finding import Finder
from anaplan_tui.core.snapshots import Origin, Phase, RunSnapshot, Verdict
from anaplan_tui.core.text import percent
from anaplan_tui.core.verdict.judge import TERMINAL

AT_FIRST = 12
"""Task lists that a first look reads at most."""
_AT_ONCE = 4
"""Lists that are asked for at the same time; the client keeps to our share of the tenant's requests."""
_GIVE_UP = 5
"""Lists in a row that could not be read: the service does not answer, and need not be asked thousandfold."""
_LATELY = timedelta(hours=24)
_PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class OtherRun:
    """A task that was not started from here, and what it runs."""

    item: CatalogItem
    run: RunSnapshot


@dataclass(frozen=True, slots=True)
class Looked:
    """How far was looked."""

    lists: int = 0
    """Task lists that were read."""
    of: int = 0
    """Lists that there are to read, as far as is known."""
    going_on: bool = False
    problem: str = ""
    """Why it was given up, or what could not be read."""
    unnamed: str = ""
    """What the model's status says is at work, while nobody knows what that is a task of."""


class Elsewhere:
    """Looks for the runs of others in a model; keeps what it found until it looks again."""

    def __init__(self, client: AnaplanClient, finder: Finder, model: ModelItem) -> None:
        self._client, self._finder, self.model = client, finder, model
        self._found: dict[TargetRef, list[OtherRun]] = {}
        self._at_work: ModelStatus | None = None
        self._ours: Collection[str | None] = ()
        self._lists = self._of = self._failed = 0
        self._going_on = self._stopped = False
        self._problem = ""
        self._opened: dict[TargetRef, None] = {}

    def opened(self, target: TargetRef) -> None:
        """Somebody is interested in this target: its list is among the first that are read."""
        self._opened[target] = None

    def stop(self) -> None:
        """Read no further; what was found stays."""
        self._stopped = True

    @property
    def runs(self) -> tuple[OtherRun, ...]:
        """What was found, in no order."""
        return tuple(other for found in self._found.values() for other in found)

    @property
    def looked(self) -> Looked:
        """How far was looked until now."""
        return Looked(self._lists, self._of, self._going_on, self._problem, self._unnamed())

    @property
    def at_work(self) -> OtherRun | None:
        """The run of others that holds the model, where its list was read."""
        return next((other for other in self.runs if self._is_at_work(other.run.task_id)), None)

    async def look(
        self,
        known: Iterable[TargetRef],
        ours: Collection[str | None],
        *,
        all_lists: bool,
        tell: Callable[[], None],
    ) -> None:
        """Read task lists: those of ``known`` targets first, then others of the model.

        Without ``all_lists`` no more than ``AT_FIRST``, and others only while it is not known what holds the
        model. With it those of all processes; of imports, exports and actions again only until that is known.

        Args:
            ours: ids of tasks that the journal or the store know.
            tell: called after each step, to show what came.
        """
        self._ours, self._found = ours, {}
        self._lists = self._of = self._failed = 0
        self._problem, self._going_on, self._stopped = "", True, False
        try:
            self._at_work = await self._status()
            tell()
            await self._read_lists(tuple(dict.fromkeys((*known, *self._opened))), all_lists, tell)
        except AnaplanError as error:
            self._problem = error.said or str(error)
        finally:
            self._going_on = False
        tell()

    async def _read_lists(
        self, known: Sequence[TargetRef], all_lists: bool, tell: Callable[[], None]
    ) -> None:
        items = {item.ref: item for item in await self._finder.catalog(self.model.ref, Kind.PROCESS)}
        self._of = len(items)
        for kind in {ref.kind for ref in known} - {Kind.PROCESS}:
            items.update({item.ref: item for item in await self._finder.catalog(self.model.ref, kind)})
        first = [items[ref] for ref in known if ref in items]
        await self._read(first if all_lists else first[:AT_FIRST], tell)
        rest = [item for item in items.values() if item.ref.kind is Kind.PROCESS and item.ref not in known]
        if all_lists:
            await self._read(rest, tell)
            for kind in (Kind.IMPORT, Kind.EXPORT, Kind.ACTION):
                if self._stopped or not self._unnamed():
                    return
                more = [
                    i for i in await self._finder.catalog(self.model.ref, kind) if i.ref not in self._found
                ]
                self._of += len(more)
                await self._read(more, tell, until_named=True)
        elif self._unnamed():
            await self._read(rest[: max(AT_FIRST - len(first), 0)], tell, until_named=True)

    async def _read(
        self, items: Sequence[CatalogItem], tell: Callable[[], None], *, until_named: bool = False
    ) -> None:
        for at in range(0, len(items), _AT_ONCE):
            if self._stopped or self._failed >= _GIVE_UP or (until_named and not self._unnamed()):
                return
            await asyncio.gather(*(self._read_one(item) for item in items[at : at + _AT_ONCE]))
            tell()

    async def _read_one(self, item: CatalogItem) -> None:
        try:
            listed = await self._client.tasks(item.ref)
        except AnaplanError as error:
            self._failed += 1
            self._problem = error.said or str(error)
            return
        self._failed = 0
        self._lists += 1
        now = listed.server_time or datetime.now(UTC)
        self._found[item.ref] = [
            OtherRun(item, self._as_run(item, task))
            for task in listed.items
            if task.task_id not in self._ours and _matters(task, now)
        ]

    async def _status(self) -> ModelStatus | None:
        """What the model is at; ``None`` when it does not say."""
        try:
            # A model that is being loaded holds its answers back for minutes (service.md §9.2).
            async with asyncio.timeout(_PATIENCE_S):
                return await self._client.model_status(self.model.ref)
        except (AnaplanError, TimeoutError):
            return None

    def _is_at_work(self, task_id: str | None) -> bool:
        """Whether the status means this task; it may hang a suffix to the id (service.md §8.4)."""
        said = self._at_work.task_id if self._at_work is not None and self._at_work.busy else None
        return bool(said and task_id and said.startswith(task_id))

    def _unnamed(self) -> str:
        status = self._at_work
        if status is None or not status.busy or self.at_work is not None:
            return ""
        if any(self._is_at_work(task_id) for task_id in self._ours):
            return ""
        return ", ".join(part for part in (status.current_step or "busy", percent(status.progress)) if part)

    def _as_run(self, item: CatalogItem, task: Task) -> RunSnapshot:
        ended = task.state in TERMINAL
        status = self._at_work if self._is_at_work(task.task_id) else None
        return RunSnapshot(
            run_id=f"elsewhere {task.task_id}",
            target=item.ref,
            name=item.name,
            workspace_name=self.model.workspace_name,
            model_name=self.model.name,
            phase=Phase.ENDED if ended else Phase.RUNNING,
            origin=Origin.ELSEWHERE,
            started_by=task.created_by,
            task_id=task.task_id,
            state=task.state,
            verdict=Verdict.CANCELLED if task.state == "CANCELLED" else None,
            progress=None if status is None or (status.progress or 0.0) < 0 else status.progress,
            started_at=task.created_at,
            note="elsewhere: by another user or tool; Enter "
            + ("reads what it came to" if ended else "watches it"),
        )


def _matters(task: Task, now: datetime) -> bool:
    return task.state not in TERMINAL or (task.created_at is not None and now - task.created_at < _LATELY)
