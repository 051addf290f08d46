"""What everybody ran in one model, as screens and commands ask for it: ``desk.history``.

Of all processes that share a state directory, one asks the service, however many windows, guards and commands
look at the model. The others read in the journal what it saw. Screens read the journal at once, before any
answer has come, and are told when something is new.
"""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.refs import Kind, TargetRef
from anaplan_tui.config.settings import History as Limits
from anaplan_tui.core import clock, text
from anaplan_tui.core.catalog import CatalogItem, ModelItem
from anaplan_tui.core.finding.finder import Finder
from anaplan_tui.core.history.budget import Budget
from anaplan_tui.core.history.each_once import each_once
from anaplan_tui.core.history.live_tasks import run_going_on
from anaplan_tui.core.history.progress import Noticed, Progress, Summary
from anaplan_tui.core.history.sweep import Sweep
from anaplan_tui.core.journal.journal import Journal
from anaplan_tui.core.journal.sweeps import SweepState
from anaplan_tui.core.liveness import this_process
from anaplan_tui.core.snapshots import RunSnapshot

_LEAST_BEAT_S = 1.0
_BEAT_S = 20.0
"""How often the process that asks the service gives a sign of life to the others."""

Listener = Callable[[Noticed], None]

_PATIENCE_S = 60.0
"""How long, in all, a look that somebody waits for obeys a service that asks for pauses."""
_LOOK_S = 5.0
"""How often a process that does not ask the service checks the journal for something new."""


class History:
    """Everybody's runs in one model."""

    def __init__(
        self,
        client: AnaplanClient,
        finder: Finder,
        journal: Journal,
        limits: Limits,
        model: ModelItem,
        *,
        profile: str,
        host: str,
        who: str = "app",
        budget: Budget | None = None,
    ) -> None:
        """Send nothing before :meth:`keep` or :meth:`read_all`.

        Args:
            host: base of the API.
            who: what this process is to others: ``app``, ``guard`` or ``command``.
        """
        self._journal, self.model, self._who = journal, model, who
        self._lease = host
        """The name under which processes share the right to ask."""
        self._holder = uuid.uuid4().hex
        self._per_minute = limits.requests_per_minute
        self._budget = budget or Budget(limits.requests_per_minute)
        self.window = timedelta(hours=limits.window)
        self.sweep = Sweep(
            client,
            finder,
            journal,
            model,
            self._budget,
            profile=profile,
            host=host,
            window=self.window,
            every_s=limits.every,
            tell=self._notice,
        )
        self._listeners: list[Listener] = []
        self._other: SweepState | None = None
        self._seen: tuple[object, ...] = ()
        """What the journal had at the last look, where another process asks the service."""
        self._wake = asyncio.Event()
        self._to_pass_on = asyncio.Event()
        """Something began or ended: other processes are told before the next sign of life is due."""
        self._asked = False
        self._waiting: list[asyncio.Future[None]] = []
        """Callers that wait until everything they asked for is read."""
        self._said: Progress | None = None
        self._doubted: tuple[str, datetime] | None = None
        """Who asks but has given no sign of life for too long, and when it gave its last one."""
        self._doubted_at = 0.0
        self._patience_s = 0.0
        """How long the service may still put off a look that somebody waits for."""

    # -- what is known, at once --------------------------------------------------------------------

    @property
    def progress(self) -> Progress:
        """How far the lists were read, by whoever reads them."""
        if self._other is None:
            return self.sweep.progress
        other = self._other
        return Progress(
            other.lists_read,
            other.lists,
            problem=other.problem,
            asleep=other.asleep,
            by=other.who,
            looked_at=other.looked_at,
        )

    @property
    def since(self) -> datetime:
        """Where the window begins."""
        return clock.now() - self.window

    @property
    def at_work(self) -> str:
        """``Nightly load, 30 %``: the run of others that the model works on; empty where there is none."""
        run = next((run for run in self.going_on if run.progress is not None), None)
        return (
            "" if run is None else ", ".join(part for part in (run.name, text.percent(run.progress)) if part)
        )

    @property
    def going_on(self) -> tuple[RunSnapshot, ...]:
        """Runs of others that have not ended; the journal has no rows for them."""
        if self._other is None:
            return self.sweep.runs_going_on
        return tuple(run_going_on(task, self.model) for task in self._other.going_on)

    async def runs(
        self, since: datetime | None = None, *, with_results: bool = False
    ) -> tuple[RunSnapshot, ...]:
        """Everybody's runs since a moment, by default the window's start: what goes on, then newest first.

        ``with_results`` adds their actions, their dumps and the service's answers.
        """
        rows = await asyncio.to_thread(
            self._journal.runs_since, self.model.ref, since or self.since, with_results=with_results
        )
        known = [row.snapshot() if with_results else row.summary for row in rows]
        return each_once(self.going_on, known)

    async def newest(self, kind: Kind = Kind.PROCESS) -> dict[str, RunSnapshot]:
        """The newest run of each target of a kind, whoever started it, by target id."""
        rows = await asyncio.to_thread(self._journal.newest_in, self.model.ref, kind)
        found = {target_id: row.summary for target_id, row in rows.items()}
        return found | {run.target.id: run for run in self.going_on if run.target.kind is kind}

    async def summary(self, since: datetime | None = None) -> Summary:
        """What the runs since a moment came to."""
        begin = since or self.since
        return Summary.of(begin, await self.runs(begin))

    async def mark_seen(self, *run_ids: str) -> None:
        """Note that the operator has opened these runs."""
        await asyncio.to_thread(self._journal.mark_seen, run_ids)

    def reach_back_to(self, since: datetime) -> None:
        """Judge also runs that began since then, where that reaches further back than the window."""
        self.sweep.window = max(self.window, clock.now() - since)

    def look_only_at(self, wanted: Callable[[CatalogItem], bool]) -> None:
        """Look only at these processes, beside another process of ours that looks at all of them."""
        self.sweep.only = wanted
        self._lease = f"{self._lease} only {self._holder}"

    # -- who asks and who is told ------------------------------------------------------------------

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Tell ``listener`` what is new, in the loop's thread, until the returned function is called."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    def prefer(self, targets: Iterable[TargetRef]) -> None:
        """Read the lists of these targets before those of others: somebody opened or sees them."""
        self.sweep.prefer(targets)

    def look_now(self) -> None:
        """Have :meth:`keep` read every list again at once, within the budget: somebody wants to know now."""
        self._asked = True
        self._wake.set()

    async def look_and_wait(self) -> Progress:
        """Do the same, and wait until everything is read or cannot be.

        Where another process asks, this does not wait: that one looks in its own time, and no further back
        than its own window.
        """
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        self.look_now()
        await waiting
        return self.progress

    def _wait_no_more(self, waiting: Iterable[asyncio.Future[None]]) -> None:
        for one in waiting:
            self._waiting.remove(one)
            if not one.done():
                one.set_result(None)

    async def keep(self, each: Callable[[], Awaitable[None]] | None = None) -> None:
        """Keep the journal up to date until cancelled: ask the service, or read what another process saw.

        ``each`` is awaited after every look, also after one at the journal.
        """
        failures = 0
        try:
            while True:
                if not await self._take():
                    self._wait_no_more(tuple(self._waiting))
                    if each is not None:
                        await each()
                    await self._follow()
                    continue
                asked, self._asked = self._asked, False
                waiting = tuple(self._waiting)
                # Signs of life between looks, too: others may lose patience before the next look.
                async with self._beating():
                    await self.sweep.round(asked=asked)
                    await self._beat()
                    self._say_progress()
                    if not self.sweep.unfinished:
                        self._wait_no_more(waiting)
                    if each is not None:
                        await each()
                    failures = 0 if self.sweep.error is None else failures + 1
                    await clock.woken(
                        self._wake, 0.0 if self.sweep.unfinished else self.sweep.pause_s(failures)
                    )
        finally:
            await self.aclose()

    async def read_all(self) -> Progress:
        """Read every list once and judge what ended, or wait until the process that asks has done so.

        ``Progress.problem`` says why not everything was read. A process that asks but cannot look is not
        waited for: its problem is the answer.
        """
        began = datetime.now(UTC)
        self._patience_s = _PATIENCE_S
        while not await self._take():
            if self._other is not None and self._says_all_it_can(self._other, began):
                return self.progress
            await clock.woken(self._wake, min(_LOOK_S, self.sweep.every_s))
        try:
            async with self._beating():
                await self.sweep.round(whole=True)
                while await self._waited_for_leave():
                    await self.sweep.round(whole=True)
        finally:
            await self.aclose()
        return self.progress

    async def _waited_for_leave(self) -> bool:
        """Wait if the service asks for a pause that a caller can bear; returns whether this has waited."""
        asked_s = self.sweep.asked_to_wait_s
        if asked_s is None or asked_s > self._patience_s:
            return False
        self._patience_s -= max(asked_s, _PATIENCE_S / 5)  # also where it asks for 0 s again and again
        await clock.woken(self._wake, max(asked_s, 1.0))
        return True

    async def aclose(self) -> None:
        """Give up the right to ask, so that others can have it."""
        await asyncio.to_thread(self._journal.sweeps.release, self._lease, self.model.ref, self._holder)

    def _says_all_it_can(self, other: SweepState, began: datetime) -> bool:
        """Whether there is nothing to wait for: the other process looked, or cannot look."""
        if other.problem or other.asleep:
            return True
        # Where there are more lists than requests in the budget, a look takes longer than `every_s`.
        a_look_s = max(self.sweep.every_s, other.lists / self._per_minute * 60.0)
        return other.looked_at is not None and began - other.looked_at < timedelta(seconds=2 * a_look_s)

    async def _take(self) -> bool:
        """Take the right to ask; returns whether this process has it, else ``_other`` says who has."""
        before = await asyncio.to_thread(self._journal.sweeps.of, self._lease, self.model.ref)
        patience = self._patience_with(before)
        taken = await asyncio.to_thread(
            self._journal.sweeps.take, self._lease, self.model.ref, self._holder, self._who, patience
        )
        if not taken:
            self._other = await asyncio.to_thread(self._journal.sweeps.of, self._lease, self.model.ref)
            return False
        self._other = None
        if before is not None and before.holder != self._holder:
            self._budget.start_from(before.tokens, (datetime.now(UTC) - before.beat_at).total_seconds())
        return True

    def _patience_with(self, other: SweepState | None) -> timedelta:
        """How old the last sign of life of the process that asks may be.

        A process that lives gets time for another sign first: somebody may have put the clock forward.
        """
        patience = timedelta(seconds=self.sweep.every_s + 4 * _BEAT_S)
        if other is None or other.held(datetime.now(UTC), patience):
            return patience
        if self._doubted != (other.holder, other.beat_at):
            self._doubted, self._doubted_at = (other.holder, other.beat_at), time.monotonic()
        return timedelta.max if time.monotonic() - self._doubted_at < 2 * _BEAT_S else patience

    @asynccontextmanager
    async def _beating(self) -> AsyncIterator[None]:
        """Give signs of life to other processes while the block runs, and one at its end."""

        async def beat() -> None:
            while True:
                await clock.woken(self._to_pass_on, _BEAT_S)
                await self._beat()
                await asyncio.sleep(_LEAST_BEAT_S)

        beats = asyncio.create_task(beat())
        try:
            yield
        finally:
            beats.cancel()
            await asyncio.gather(beats, return_exceptions=True)
        await self._beat()

    async def _beat(self) -> None:
        progress = self.sweep.progress
        state = SweepState(
            self._holder,
            self._who,
            process=this_process(),
            beat_at=datetime.now(UTC),
            looked_at=progress.looked_at,
            lists_read=progress.lists,
            lists=progress.of,
            going_on=self.sweep.going_on,
            tokens=self._budget.level,
            problem=progress.problem if self.sweep.error is not None else "",
            asleep=progress.asleep,
        )
        await asyncio.to_thread(self._journal.sweeps.beat, self._lease, self.model.ref, state)

    async def _follow(self) -> None:
        """Tell what is new in the journal, then wait until something may have changed."""
        mark = await asyncio.to_thread(self._journal.mark_of, self.model.ref)
        seen = (mark, replace(self.progress, looked_at=None), tuple(run.run_id for run in self.going_on))
        if seen != self._seen:
            self._seen = seen
            self._notice(Noticed())
        await clock.woken(self._wake, min(_LOOK_S, self.sweep.every_s))

    def _say_progress(self) -> None:
        """Tell how far it is, unless that was told: a round that finds nothing new is silent."""
        now = replace(self.sweep.progress, looked_at=None)
        if now != self._said:
            self._said = now
            self._notice(Noticed())

    def _notice(self, noticed: Noticed) -> None:
        if noticed.runs:
            self._to_pass_on.set()
        for listener in tuple(self._listeners):
            listener(noticed)
