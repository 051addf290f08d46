"""Reads the task lists of a model's processes and judges what ended, within a budget of requests.

The service lists tasks only by target and does not say whose they are (service.md §5.1): seeing everything
takes one request for each process, and one more for each run that ended. The journal keeps what was judged,
and nobody asks for it again, even after the service has forgotten it. The sweep leaves a closed model alone:
reading a list would load it.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from anaplan_tui.api.client import AnaplanClient, TaskList
from anaplan_tui.api.errors import (
    AnaplanError,
    Broken,
    ModelUnavailable,
    NotAuthenticated,
    NotFound,
    RateLimited,
    Unreachable,
)
from anaplan_tui.api.refs import Kind, TargetRef
from anaplan_tui.api.schemas import ModelStatus
from anaplan_tui.core.catalog import CatalogItem, ModelItem
from anaplan_tui.core.finding.finder import Finder
from anaplan_tui.core.history.agenda import Agenda, Errand, Rank, errands_to_judge, first_targets
from anaplan_tui.core.history.budget import Budget
from anaplan_tui.core.history.each_once import live_id
from anaplan_tui.core.history.failures import LONGEST_PAUSE_S, Failures, Then
from anaplan_tui.core.history.judging import Judge
from anaplan_tui.core.history.live_tasks import LiveTasks
from anaplan_tui.core.history.progress import Noticed, Progress
from anaplan_tui.core.journal.journal import Journal, RunIntent
from anaplan_tui.core.journal.sweeps import GoingOn
from anaplan_tui.core.snapshots import RunSnapshot
from anaplan_tui.core.verdict.judge import TERMINAL

AT_WORK = 4
"""How many requests are in flight at the same time."""
_PATIENCE_S = 10.0
_ALMOST = 0.9
"""A list is due after this share of the time between two looks: rounds do not begin to the second."""
_LIST_AGAIN_S = 3600.0
"""The sweep reads the list of processes itself again after this long."""


class Sweep:
    """Finds everybody's runs in one model, and writes them into the journal."""

    def __init__(
        self,
        client: AnaplanClient,
        finder: Finder,
        journal: Journal,
        model: ModelItem,
        budget: Budget,
        *,
        profile: str,
        host: str,
        window: timedelta,
        every_s: float,
        tell: Callable[[Noticed], None],
    ) -> None:
        self._client, self._finder, self._journal = client, finder, journal
        self._model, self._budget, self._tell = model, budget, tell
        self._profile, self._host = profile, host
        self.window, self.every_s = window, every_s
        self.only: Callable[[CatalogItem], bool] = lambda item: True
        """Which processes the sweep looks at."""
        self._judge = Judge(client, finder, journal, model)
        self._agenda = Agenda()
        self._items: dict[TargetRef, CatalogItem] = {}
        self._listed_at: float | None = None
        self._read_at: dict[TargetRef, float] = {}
        self._others: dict[TargetRef, CatalogItem] = {}
        """Targets of other kinds, whose lists were read to find what keeps the model busy."""
        self._preferred: dict[TargetRef, None] = {}
        self._settled: dict[str, str] = {}
        self._live = LiveTasks(model)
        self._missing: set[TargetRef] = set()
        """Targets that the service did not know."""
        self._listing = asyncio.Lock()
        self._failures = Failures()
        self._looked = 0.0
        self._looked_at: datetime | None = None
        self._asleep = False

    # -- what is known -----------------------------------------------------------------------------

    @property
    def progress(self) -> Progress:
        """How far the reading has come."""
        return Progress(
            lists=sum(1 for ref in self._read_at if ref in self._items),
            of=len(self._items),
            judging=self._agenda.tasks,
            problem=self._failures.words,
            asleep=self._asleep,
            looked_at=self._looked_at,
            unnamed=self._unnamed(),
        )

    @property
    def error(self) -> AnaplanError | None:
        """Why the last round did not finish."""
        return self._failures.problem

    @property
    def left(self) -> AnaplanError | None:
        """Why something could not be read although the round finished."""
        return self._failures.left

    @property
    def left_words(self) -> str:
        """The same in words: the first, and how many more; empty where nothing was left out."""
        return self._failures.left_words

    @property
    def asked_to_wait_s(self) -> float | None:
        """How long the service wants to be left alone, where that ended the last round."""
        return self._failures.asked_to_wait_s

    @property
    def going_on(self) -> tuple[GoingOn, ...]:
        """Tasks that have not ended and that nobody here watches."""
        return self._live.going_on

    @property
    def runs_going_on(self) -> tuple[RunSnapshot, ...]:
        """The same as runs, which the journal does not have."""
        return self._live.runs

    @property
    def unfinished(self) -> bool:
        """Whether the last round left something to ask at once."""
        return bool(self._agenda)

    def prefer(self, targets: Iterable[TargetRef]) -> None:
        """Read the lists of these targets among the first: somebody looks at them."""
        preferred = tuple(targets)
        self._preferred.update(dict.fromkeys(preferred))
        self._agenda.prefer(preferred)

    # -- looking -----------------------------------------------------------------------------------

    async def round(self, *, whole: bool = False, asked: bool = False) -> None:
        """Send the requests that are due; an error of the service is not raised but kept in ``error``.

        Args:
            whole: go on until everything is read and judged, not only for ``every_s`` seconds.
            asked: somebody wants to know now. Read also lists that are not due; where nobody knows what keeps
                the model busy, read those of imports, exports and actions until that is found.
        """
        began = time.monotonic()
        self._failures.begin_round()
        try:
            if not await self._is_open():
                return
            await self._fill(all_lists=asked)
            await self._work(None if whole else began + self.every_s)
            if asked:
                await self._find_holder()
        except AnaplanError as error:
            self._stop(error)
        self._note_look()

    def _note_look(self) -> None:
        """Note the moment by which every list had been read and every run in them judged.

        Of many lists, some are due again before all have been read. Then the list that has waited longest
        sets the moment.
        """
        if self.error is not None or not self._items or self._agenda.tasks:
            return
        now = time.monotonic()
        readable = self._items.keys() - self._failures.unread
        oldest = min((self._read_at.get(ref, -1.0) for ref in readable), default=now)
        if not self.unfinished:
            self._looked, self._looked_at = now, datetime.now(UTC)
        elif oldest > self._looked:
            self._looked, self._looked_at = oldest, datetime.now(UTC) - timedelta(seconds=now - oldest)

    def pause_s(self, failures: int) -> float:
        """Seconds until the next round, after ``failures`` rounds in a row that failed."""
        ours = min(self.every_s * 2.0 ** min(failures, 10), max(LONGEST_PAUSE_S, self.every_s))
        return max(ours, self._failures.pause_s)

    async def _is_open(self) -> bool:
        """Whether the lists can be read without loading the model."""
        status: ModelStatus | None
        await self._budget.take()
        try:
            status = await self._client.model_status(self._model.ref, within_s=_PATIENCE_S)
        except Unreachable as error:
            if error.broken is not Broken.TIMEOUT or not error.sent:
                raise
            self._live.status = None  # it is loading: whoever asks now waits for that
            self._asleep = True
            return False
        except (NotAuthenticated, ModelUnavailable, RateLimited):
            raise
        except AnaplanError:
            status = None  # some roles may not ask this; the lists may still answer
        self._live.status = status
        self._asleep = status is not None and status.asleep
        if self._asleep:
            self._agenda.clear()
        return not self._asleep

    async def _fill(self, *, all_lists: bool) -> None:
        """Put every list that is due on the agenda; with ``all_lists``, every list."""
        now = time.monotonic()
        if self._listed_at is None or now - self._listed_at > _LIST_AGAIN_S:
            listed = await self._finder.items(
                self._model.ref, Kind.PROCESS, refresh=self._listed_at is not None
            )
            self._listed_at = now
        else:
            listed = await self._finder.items(self._model.ref, Kind.PROCESS)
        others = {ref: item for ref, item in self._others.items() if self._live.of(ref)}
        self._items = {item.ref: item for item in listed if self.only(item)} | others
        self._failures.leave_no_longer(lambda target, _: target not in self._items)
        self._settled = await asyncio.to_thread(self._journal.settled_tasks, self._model.ref)
        ranks = await asyncio.to_thread(self._order)
        due = sorted(
            (ref for ref in self._items if all_lists or self._is_due(ref, now)),
            key=lambda ref: (
                ref in self._failures.refused,
                self._read_at.get(ref, -1.0),
                ranks.get(ref, len(ranks)),
            ),
        )
        self._agenda.add(Errand(ref, self._rank_of_list(ref, ranks)) for ref in due)

    def _is_due(self, ref: TargetRef, now: float) -> bool:
        return ref not in self._read_at or now - self._read_at[ref] >= self.every_s * _ALMOST

    async def _find_holder(self) -> None:
        """Find what keeps the model busy, where it is no process."""
        for kind in (Kind.IMPORT, Kind.EXPORT, Kind.ACTION):
            if not self._unnamed() or self.unfinished or self.error is not None:
                return
            await self._budget.take()
            for item in await self._finder.items(self._model.ref, kind):
                if not self._unnamed():
                    return
                await self._budget.take()
                self._others[item.ref] = item
                listed = await self._client.tasks(item.ref, once=True)
                self._keep_live(item, listed)

    def _rank_of_list(self, ref: TargetRef, ranks: Mapping[TargetRef, int]) -> Rank:
        if self._live.of(ref):
            return Rank.PREFERRED
        if ref in self._read_at:
            return Rank.AGAIN
        return Rank.PREFERRED if ref in ranks else Rank.LIST

    def _order(self) -> dict[TargetRef, int]:
        return first_targets(
            self._preferred, self._journal.starts_of(self._model.ref), datetime.now(UTC).hour
        )

    async def _work(self, until: float | None) -> None:
        pending: set[asyncio.Task[None]] = set()
        try:
            while (self._agenda and self.error is None) or pending:
                while self._agenda and len(pending) < AT_WORK and self.error is None:
                    if until is not None and time.monotonic() >= until:
                        break
                    await self._budget.take()
                    if self._agenda:
                        pending.add(asyncio.create_task(self._run(self._agenda.next())))
                if not pending:
                    return
                _, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in pending:
                task.cancel()
            await asyncio.gather(*pending, return_exceptions=True)

    async def _run(self, errand: Errand) -> None:
        # A process that was deleted while it ran is still to be judged.
        item = self._items.get(errand.target) or self._live.item_of(errand.target)
        if item is None:
            return
        try:
            if errand.task_id is None:
                await self._read(item, errand.rank)
            else:
                await self._judged(item, errand)
        except AnaplanError as error:
            if self._failures.is_about(errand, error):
                self._failures.refused.add(errand.target)
            else:
                self._failed(item, errand, error)
        else:
            self._failures.answered(errand)

    def _failed(self, item: CatalogItem, errand: Errand, error: AnaplanError) -> None:
        then = self._failures.failed(errand, item.name, error)
        if then is Then.TRY_AGAIN:
            self._agenda.add([errand])
        elif then is Then.STOP:
            self._drop_agenda()
        if self.error is not None:
            self._read_at.pop(errand.target, None)

    def _stop(self, error: AnaplanError) -> None:
        self._failures.stop(error)
        self._drop_agenda()

    def _drop_agenda(self) -> None:
        """Drop what still waits. Only its list tells of a dropped task again, so that list is due at once."""
        for target in self._agenda.clear():
            self._read_at.pop(target, None)

    async def _read(self, item: CatalogItem, rank: Rank) -> None:
        listed = await self._tasks_of(item)
        for _ in range(listed.requests - 1):
            await self._budget.take()
        first = item.ref not in self._read_at
        self._read_at[item.ref] = time.monotonic()
        went_on = self._live.of(item.ref)
        errands = errands_to_judge(
            item.ref, listed, self._settled, went_on, self.window, is_preferred=rank is not Rank.LIST
        )
        asked = {None, *(errand.task_id for errand in errands)}
        self._failures.leave_no_longer(lambda target, task: target == item.ref and task not in asked)
        self._agenda.add(errands)
        for id_ in went_on.keys() & self._settled.keys():
            self._live.drop(id_)
        if not self._keep_live(item, listed) and first:
            self._tell(Noticed())

    async def _tasks_of(self, item: CatalogItem) -> TaskList:
        """The tasks of a target; none where it was deleted since the processes were listed."""
        try:
            return await self._client.tasks(item.ref, once=True)
        except NotFound:
            await self._list_again(item.ref)
            return TaskList((), None)

    async def _list_again(self, missing: TargetRef) -> None:
        """List the processes again, once for each missing target: it may be gone, or the whole model is.

        Raises:
            AnaplanError: the model is gone.
        """
        async with self._listing:
            if missing in self._missing or missing not in self._items:
                return
            await self._budget.take()
            listed = await self._finder.items(self._model.ref, Kind.PROCESS, refresh=True)
            self._listed_at = time.monotonic()
            self._missing.add(missing)
            there = {item.ref for item in listed}
            for ref in [ref for ref in self._items if ref not in there and ref not in self._others]:
                del self._items[ref]

    def _keep_live(self, item: CatalogItem, listed: TaskList) -> bool:
        """Keep what others have going on, and tell what is new; returns whether anything is."""
        new = self._live.keep(
            item,
            [t for t in listed.items if t.state not in TERMINAL and t.task_id not in self._settled],
        )
        if new:
            self._tell(Noticed(new))
        return bool(new)

    async def _judged(self, item: CatalogItem, errand: Errand) -> None:
        assert errand.task_id is not None  # noqa: S101  # a list is read
        run = await self._judge.judge(item, errand)
        if run.live:
            return
        intent = RunIntent(
            run.run_id, self._profile, self._host, run.target, run.name, run.workspace_name, run.model_name
        )
        run_id = await asyncio.to_thread(self._journal.judged, intent, run)
        if run_id is None:
            return  # a start of ours waits for its answer; the next round knows more
        self._settled[errand.task_id] = run_id
        gone = (live_id(errand.task_id),) if self._live.drop(errand.task_id) else ()
        self._tell(Noticed((replace(run, run_id=run_id),), gone))

    def _unnamed(self) -> str:
        return "" if self._asleep else self._live.unnamed(self._settled)
