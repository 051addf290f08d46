"""What everybody ran in one model, as screens and commands ask for it: ``desk.history``.

Of all processes on one state directory one asks the service, however many windows, guards and commands look
at the model; the others read in the journal what it saw. Screens read the journal at once, also before
anything was answered, and are told when something is new.
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
from anaplan_tui.core.history.going_on import run_going_on
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
"""How long, in all, a look that is waited for obeys a service that is asked too much."""
_LOOK_S = 5.0
"""How often somebody who does not ask the service looks whether the journal has something new."""


class History:
    """Runs of everybody in one model."""

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
        """Nothing is sent before :meth:`keep` or :meth:`read_all`.

        Args:
            host: base of the API.
            who: what this process is to others: ``app``, ``guard`` or ``command``.
        """
        self._journal, self.model, self._who = journal, model, who
        self._lease = host
        """Under which name the right to ask is asked for."""
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
        """What a look at the journal found the last time, where another process asks the service."""
        self._wake = asyncio.Event()
        self._to_pass_on = asyncio.Event()
        """Something began or ended, which others would not know before the next sign of life."""
        self._asked = False
        self._waiting: list[asyncio.Future[None]] = []
        """Those who want to know when all that they asked for was read."""
        self._said: Progress | None = None
        self._doubted: tuple[str, datetime] | None = None
        """Who asks and gave no sign of life for too long, as its last one says."""
        self._doubted_at = 0.0
        self._patience_s = 0.0
        """How long a look that is waited for may still be put off by the service."""

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
        """``Nightly load, 30 %``: the run of others that the model is at work on; empty where none is."""
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
        """All runs since a moment (the window's begin), of everybody: what goes on first, then newest first.

        ``with_results``: with their actions, dumps and the service's answers.
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
        """The operator has opened these runs."""
        await asyncio.to_thread(self._journal.mark_seen, run_ids)

    def reach_back_to(self, since: datetime) -> None:
        """Judge what began since then, where that is more than the window."""
        self.sweep.window = max(self.window, clock.now() - since)

    def look_only_at(self, wanted: Callable[[CatalogItem], bool]) -> None:
        """Leave other processes alone; whoever looks at all of them does so beside this."""
        self.sweep.only = wanted
        self._lease = f"{self._lease} only {self._holder}"

    # -- who asks and who is told ------------------------------------------------------------------

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Tell ``listener`` what is new until the returned function is called; in the loop's thread."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    def prefer(self, targets: Iterable[TargetRef]) -> None:
        """Somebody opened or sees these targets: their lists are read before those of others."""
        self.sweep.prefer(targets)

    def look_now(self) -> None:
        """Somebody wants to know now: :meth:`keep` reads every list again at once, within the budget."""
        self._asked = True
        self._wake.set()

    async def look_and_wait(self) -> Progress:
        """The same, and wait until all is read, or cannot be.

        Where another process asks, at once: it looks when it wants, and no further back than its window.
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
        """Keep the journal up with the service until cancelled; ask, or read what another process saw.

        ``each`` is awaited after every look, also one into the journal.
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
                # Signs of life also between looks: they may be further apart than others' patience.
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

        Of a process that cannot look, nothing is waited for: its problem is the answer.

        ``Progress.problem`` says why it was given up.
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
        """Whether the service wanted to be left alone for a time that somebody can wait, and was."""
        asked_s = self.sweep.asked_to_wait_s
        if asked_s is None or asked_s > self._patience_s:
            return False
        self._patience_s -= max(asked_s, _PATIENCE_S / 5)  # also where it asks for no time again and again
        await clock.woken(self._wake, max(asked_s, 1.0))
        return True

    async def aclose(self) -> None:
        """Let others ask."""
        await asyncio.to_thread(self._journal.sweeps.release, self._lease, self.model.ref, self._holder)

    def _says_all_it_can(self, other: SweepState, began: datetime) -> bool:
        """Whether there is nothing to wait for: the other process looked, or cannot look."""
        if other.problem or other.asleep:
            return True
        # Of more lists than the budget has requests, none but the newest can be younger.
        a_look_s = max(self.sweep.every_s, other.lists / self._per_minute * 60.0)
        return other.looked_at is not None and began - other.looked_at < timedelta(seconds=2 * a_look_s)

    async def _take(self) -> bool:
        """Whether this process asks; else ``_other`` is who does."""
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

        One that lives gets the time for another sign first: it may be the clock that was put forward.
        """
        patience = timedelta(seconds=self.sweep.every_s + 4 * _BEAT_S)
        if other is None or other.held(datetime.now(UTC), patience):
            return patience
        if self._doubted != (other.holder, other.beat_at):
            self._doubted, self._doubted_at = (other.holder, other.beat_at), time.monotonic()
        return timedelta.max if time.monotonic() - self._doubted_at < 2 * _BEAT_S else patience

    @asynccontextmanager
    async def _beating(self) -> AsyncIterator[None]:
        """Give signs of life to the others while the block runs, and say at its end how far it is."""

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
        """Until something may have changed; tells when the journal has something new."""
        mark = await asyncio.to_thread(self._journal.mark_of, self.model.ref)
        seen = (mark, replace(self.progress, looked_at=None), tuple(run.run_id for run in self.going_on))
        if seen != self._seen:
            self._seen = seen
            self._notice(Noticed())
        await clock.woken(self._wake, min(_LOOK_S, self.sweep.every_s))

    def _say_progress(self) -> None:
        """Say how far it is, unless that was said: a round that finds nothing new is silent."""
        now = replace(self.sweep.progress, looked_at=None)
        if now != self._said:
            self._said = now
            self._notice(Noticed())

    def _notice(self, noticed: Noticed) -> None:
        if noticed.runs:
            self._to_pass_on.set()
        for listener in tuple(self._listeners):
            listener(noticed)
