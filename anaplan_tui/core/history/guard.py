"""The history without a screen: tells what began and ended, and keeps the dumps of what rejected rows.

A guard tells what the journal has and nobody told yet, whoever judged it; the journal also remembers what was
told. So a guard that is killed between any two steps goes on where it stopped.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from anaplan_tui.api.errors import NotAuthenticated
from anaplan_tui.api.refs import DumpRef
from anaplan_tui.core.dumps.capture import Capture
from anaplan_tui.core.dumps.refusals import NoDumps
from anaplan_tui.core.history.history import History
from anaplan_tui.core.history.progress import Noticed, Progress
from anaplan_tui.core.journal.journal import Journal
from anaplan_tui.core.snapshots import DownloadSnapshot, Fetch, Origin, RunSnapshot, Verdict
from anaplan_tui.core.store import Store

log = logging.getLogger(__name__)

Notify = Callable[[RunSnapshot], Awaitable[object]]

_MAY_HAVE_DUMPS = (Verdict.WARNINGS, Verdict.FAILED, Verdict.CANCELLED)
_CALLERS = 4
"""How many calls of ``notify`` run side by side; a whole night may have failed."""
_PUT_BACK = timedelta(days=1)
"""Nobody puts a clock back by more than this."""
_LAST_WORDS_S = 1.0
"""How long calls of ``notify`` may go on once the guard is to end."""


class Kind(StrEnum):
    """What a guard tells."""

    STARTED = "started"
    ENDED = "ended"
    DUMP = "dump"
    CONTACT_LOST = "contact_lost"
    CONTACT_BACK = "contact_back"
    LOOK = "look"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that a guard tells."""

    kind: Kind
    model: str
    at: datetime
    run: RunSnapshot | None = None
    """Of ``STARTED``, ``ENDED`` and ``DUMP``."""
    download: DownloadSnapshot | None = None
    said: str = ""
    """Why contact was lost."""
    progress: Progress | None = None
    """Of ``LOOK``."""


@dataclass
class Memory:
    """What the guard of a model has told and still has to do, its earlier lives included."""

    journal: Journal
    profile: str
    key: str
    ended: set[str] = field(default_factory=set)
    """Ids of runs whose end was told, or was known before the first guard began."""
    started: set[str] = field(default_factory=set)
    """Ids of tasks whose beginning was told."""
    owed: set[str] = field(default_factory=set)
    """Ids of runs with a dump that may still come, or that was not told."""
    unsaid: set[str] = field(default_factory=set)
    """Ids of runs for which ``notify`` has not returned yet."""
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def recall(self) -> bool:
        """Read what an earlier life wrote down; returns whether there was one."""
        known: Any = await asyncio.to_thread(self.journal.choice, self.profile, self.key)
        try:
            self.ended, self.started = set(known["ended"]), set(known["started"])
            self.owed, self.unsaid = set(known.get("owed", ())), set(known.get("unsaid", ()))
        except (KeyError, TypeError):
            return False
        return True

    async def keep(self) -> None:
        """Write it down for the next guard."""
        async with self._turn:  # the later state is written later
            state = {
                "ended": sorted(self.ended),
                "started": sorted(self.started),
                "owed": sorted(self.owed),
                "unsaid": sorted(self.unsaid),
            }
            await asyncio.to_thread(self.journal.remember, self.profile, self.key, state)


class Guard:
    """Guards one model."""

    def __init__(
        self,
        history: History,
        journal: Journal,
        store: Store,
        dumps: Capture,
        tell: Callable[[Event], None],
        *,
        profile: str,
        service: str,
        notify: Notify | None = None,
        capture: bool = True,
        look_for_secret: Callable[[], None] = lambda: None,
        complain: Callable[[str], object] = log.warning,
    ) -> None:
        """Ask nothing before :meth:`once` or :meth:`keep`.

        Args:
            notify: called for each run of others that ended worse than completed, and again in the next life
                if this one ends before it returns.
            capture: fetch dumps.
            look_for_secret: called after each look that the login stopped; the next look may find another
                secret.
            complain: told what is wrong on this host or with a single list, and when that is over.
        """
        self.history, self._journal, self._store, self._dumps = history, journal, store, dumps
        self._tell, self._notify, self._capture = tell, notify, capture
        self._look_for_secret, self._complain = look_for_secret, complain
        self._complained, self._left = False, ""
        self._memory = Memory(journal, profile, f"guard of {history.model.id} at {service}")
        self._begun = False
        self._turn = asyncio.Lock()
        self._news = asyncio.Event()
        self._mark: object = None
        self._contact = True
        self._looked_at: datetime | None = None
        self._chores: set[asyncio.Task[None]] = set()
        self._notices: set[asyncio.Task[None]] = set()
        self._callers = asyncio.Semaphore(_CALLERS)
        self._under_way: set[str] = set()
        """Ids of runs whose dumps are being fetched."""
        self._left_to_owner: set[str] = set()
        """Ids of runs from here that ended while the process that started them could fetch their dumps."""
        self._said: set[tuple[str, str, str]] = set()
        self.ended: list[RunSnapshot] = []
        """Runs whose end was told in this life."""

    async def once(self) -> Progress:
        """Look once; returns when everything that ended is told and its dumps are on disk or given up."""
        await self._begin()
        await self.history.read_all()
        await self._look()
        await self._finish()
        return self.history.progress

    async def keep(self) -> None:
        """Guard until cancelled."""
        await self._begin()
        unsubscribe = self.history.subscribe(self._notice)
        follower = asyncio.create_task(self._follow())
        try:
            await self.history.keep(each=self._look_and_complain)
        finally:
            unsubscribe()
            follower.cancel()
            await asyncio.gather(follower, return_exceptions=True)
            await self.aclose()

    async def aclose(self) -> None:
        """Stop; the next life goes on with unfinished downloads."""
        for chore in self._chores:
            chore.cancel()
        await asyncio.gather(*self._chores, return_exceptions=True)
        if self._notices:
            await asyncio.wait(self._notices, timeout=_LAST_WORDS_S)
        for notice in self._notices:
            notice.cancel()
        await asyncio.gather(*self._notices, return_exceptions=True)

    # -- what is new -------------------------------------------------------------------------------

    async def _begin(self) -> None:
        if self._begun:
            return
        self._begun = True
        if not await self._memory.recall():
            known = [run for run in await self._known() if not run.live]
            self._memory.ended = {run.run_id for run in known}
            self._memory.owed = {run.run_id for run in known if run.verdict in _MAY_HAVE_DUMPS}
            await self._memory.keep()
        self._left_to_owner |= self._memory.owed  # in an earlier life
        for run_id in tuple(self._memory.owed):
            await self._keep_dumps(run_id)
        for run_id in tuple(self._memory.unsaid):
            known_run = await asyncio.to_thread(self._journal.run, run_id)
            self._say(run_id, None if known_run is None else known_run.snapshot())

    async def _known(self) -> Sequence[RunSnapshot]:
        """Runs that began within twice the window, for they may end long after, and those of a day before.

        A guard no longer tells the end of those older ones, but it still knows them as told: somebody may put
        the clock back.
        """
        return await self.history.runs(self._oldest - _PUT_BACK)

    @property
    def _oldest(self) -> datetime:
        return datetime.now(UTC) - 2 * self.history.window

    def _notice(self, noticed: Noticed) -> None:
        if noticed.runs:
            self._news.set()

    async def _follow(self) -> None:
        """Tell what a look finds before it is over: thousands of lists take their time."""
        while True:
            await self._news.wait()
            self._news.clear()
            await self._catch_up()

    async def _look(self) -> None:
        """Tell what came of a round."""
        await self._check_journal()
        progress = self.history.progress
        self._tell_contact(progress)
        for run_id in self._memory.owed - self._under_way:
            await self._keep_dumps(run_id)
        await self._catch_up()
        if isinstance(self.history.sweep.error, NotAuthenticated):
            self._look_for_secret()
        if progress.looked_at is not None and progress.looked_at != self._looked_at:
            self._looked_at = progress.looked_at
            self._tell(self._event(Kind.LOOK, progress=progress))

    async def _look_and_complain(self) -> None:
        """Look, and say once that something cannot be read while everything else can: nobody guards that."""
        left = self.history.sweep.left_words
        if left and not self._left:
            self._complain(f"Not everything could be read: {left}")
        elif self._left and not left and self.history.sweep.error is None:
            self._complain("Everything could be read again.")
        if left or self.history.sweep.error is None:
            self._left = left
        await self._look()

    async def _check_journal(self) -> None:
        """Put what was kept in memory into the journal's file: a guard outlives a full disk."""
        in_file = await asyncio.to_thread(self._journal.go_back)
        if not in_file and not self._complained:
            self._complain(self._journal.notice or "The journal cannot be written.")
        elif in_file and self._complained:
            self._complain("The journal is in its file again, with all that was seen meanwhile.")
        self._complained = not in_file

    def _tell_contact(self, progress: Progress) -> None:
        is_lost = bool(progress.problem) and self.history.sweep.error is not None
        if is_lost and self._contact:
            self._tell(self._event(Kind.CONTACT_LOST, said=progress.problem))
        elif not is_lost and not self._contact:
            self._tell(self._event(Kind.CONTACT_BACK))
        self._contact = not is_lost

    async def _catch_up(self) -> None:
        async with self._turn:
            mark = (
                await asyncio.to_thread(self._journal.mark_of, self.history.model.ref),
                tuple(run.task_id for run in self.history.going_on),
            )
            if mark == self._mark:
                return
            runs, oldest = await self._known(), self._oldest
            for run in reversed(runs):
                if not run.live and run.started_at is not None and run.started_at < oldest:
                    continue
                if run.live and run.task_id is not None and run.task_id not in self._memory.started:
                    self._memory.started.add(run.task_id)
                    self._tell(self._event(Kind.STARTED, run=run))
                elif not run.live and run.verdict is not None and run.run_id not in self._memory.ended:
                    await self._tell_end(run)
            self._memory.ended.intersection_update(run.run_id for run in runs)
            self._memory.started.intersection_update(run.task_id for run in runs if run.live)
            await self._memory.keep()
            self._mark = mark

    async def _tell_end(self, run: RunSnapshot) -> None:
        """Ask for its dumps, then tell: after a death in between, the next life does both again."""
        whole = await self._keep_dumps(run.run_id) or run
        self._tell(self._event(Kind.ENDED, run=whole))
        self.ended.append(whole)
        self._memory.ended.add(run.run_id)
        # Whoever watched a run from here has told of it already.
        if run.verdict is not Verdict.COMPLETED and run.origin is Origin.ELSEWHERE:
            self._memory.unsaid.add(run.run_id)
        await self._memory.keep()
        if run.run_id in self._memory.unsaid:
            self._say(run.run_id, whole)

    def _say(self, run_id: str, run: RunSnapshot | None) -> None:
        """Call ``notify`` for a run, where there is any; it stays ``unsaid`` until that returns."""
        if run is None or self._notify is None:
            self._memory.unsaid.discard(run_id)
        else:
            self._background(self._notices, self._notified(run, self._notify))

    async def _notified(self, run: RunSnapshot, notify: Notify) -> None:
        async with self._callers:
            await notify(run)
        self._memory.unsaid.discard(run.run_id)
        await self._memory.keep()

    # -- dumps -------------------------------------------------------------------------------------

    async def _keep_dumps(self, run_id: str) -> RunSnapshot | None:
        """Queue the dumps of a run, unless somebody else fetches them; returns the run with its actions."""
        known = await asyncio.to_thread(self._journal.run, run_id)
        run = None if known is None else known.snapshot()
        if known is None or run is None or not self._wants_dumps(run):
            self._memory.owed.discard(run_id)
            return run
        self._memory.owed.add(run_id)
        if run.origin is Origin.HERE and known.who.process.alive and run_id not in self._left_to_owner:
            self._left_to_owner.add(run_id)
            return run
        if self._store.run(run_id) is None:
            self._store.put_run(run)
        with contextlib.suppress(NoDumps):
            queued = self._dumps.fetch_dumps(run_id)
            self._under_way.add(run_id)
            self._background(self._chores, self._settle(run_id, queued))
        return run

    def _wants_dumps(self, run: RunSnapshot) -> bool:
        dumps = [action.dump for action in run.actions if action.dump.available]
        is_wanted = run.run_id in self._memory.owed or any(dump.path is None for dump in dumps)
        return self._capture and bool(dumps) and is_wanted and not run.no_dumps

    async def resume(self) -> None:
        """Go on with the downloads that an earlier life left unfinished."""
        if self._capture:
            resumed = await self._dumps.resume_wanted(self._memory.profile)
            for download in resumed:
                if download.run_id is not None:
                    self._background(self._chores, self._settle(download.run_id, (download.download_id,)))

    async def _settle(self, run_id: str, queued: Sequence[str]) -> None:
        try:
            settled = await self._dumps.settled(queued)
        finally:
            self._under_way.discard(run_id)
        run = self._store.run(run_id)
        came = [_came(run, download) for download in settled]
        for download, what in zip(settled, came, strict=True):
            if (run_id, download.name, what) not in self._said:
                self._said.add((run_id, download.name, what))
                self._tell(self._event(Kind.DUMP, run=run, download=download))
        if _FAILED not in came:
            self._memory.owed.discard(run_id)
        await self._memory.keep()

    async def _finish(self) -> None:
        """Wait for the dumps and for the calls of ``notify``."""
        while self._chores or self._notices:
            await asyncio.gather(*self._chores, *self._notices, return_exceptions=True)

    def _background(self, tasks: set[asyncio.Task[None]], work: Coroutine[Any, Any, None]) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    def _event(self, kind: Kind, **what: Any) -> Event:
        run: RunSnapshot | None = what.get("run")
        model = run.model_name if run is not None and run.model_name else self.history.model.name
        return Event(kind, model, datetime.now(UTC), **what)


_FAILED = "failed"
"""A dump did not come; another try may bring it."""


def _came(run: RunSnapshot | None, download: DownloadSnapshot) -> str:
    """What became of a dump, in one word; a guard tells each of them once."""
    if download.state is not Fetch.FAILED:
        return download.sha256 or download.state.value
    object_id = download.source.object_id if isinstance(download.source, DumpRef) else None
    gone = run is not None and (run.no_dumps or any(a.dump.gone for a in run.actions if a.id == object_id))
    return "gone" if gone else _FAILED
