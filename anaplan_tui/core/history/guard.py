"""The history without a screen: tells what began and ended, and keeps the dumps of what rejected rows.

What there is to tell is what the journal has and was not told yet, whoever judged it: so a guard that was
killed between any two steps goes on where it was. What was told is remembered in the journal as well.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
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
"""Commands that tell somebody side by side; a whole night may have failed."""
_LAST_WORDS_S = 1.0
"""How long the commands that tell somebody may go on once the guard is to end."""


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
    """What a guard of a model told and still has to do, also in an earlier life."""

    journal: Journal
    profile: str
    key: str
    ended: set[str] = field(default_factory=set)
    """Ids of runs whose end was told, or was known before the first guard began."""
    started: set[str] = field(default_factory=set)
    """Ids of tasks whose beginning was told."""
    owed: set[str] = field(default_factory=set)
    """Ids of runs of which a dump is not on disk yet, and may come, or was not told."""
    unsaid: set[str] = field(default_factory=set)
    """Ids of runs for which ``notify`` did not return yet."""
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def recall(self) -> bool:
        """Whether there was an earlier life."""
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
        """Nothing is asked before :meth:`once` or :meth:`keep`.

        Args:
            notify: called for each run that ended worse than completed; again in the next life where this
                one ends before it returns.
            capture: fetch dumps.
            look_for_secret: called after each look that the login stopped; the next one may find another
                secret.
            complain: told what is wrong on this host, and when it is put right.
        """
        self.history, self._journal, self._store, self._dumps = history, journal, store, dumps
        self._tell, self._notify, self._capture = tell, notify, capture
        self._look_for_secret, self._complain = look_for_secret, complain
        self._complained = False
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
        """Runs whose dumps are fetched now."""
        self._left_to_owner: set[str] = set()
        """Runs from here that ended while whoever started them was there to fetch their dumps."""
        self._said: set[tuple[str, str, str]] = set()
        self.ended: list[RunSnapshot] = []
        """Runs whose end was told in this life."""

    async def once(self) -> Progress:
        """Look once; returns when all that ended was told and its dumps are on disk."""
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
            await self.history.keep(each=self._look)
        finally:
            unsubscribe()
            follower.cancel()
            await asyncio.gather(follower, return_exceptions=True)
            await self.aclose()

    async def aclose(self) -> None:
        """Stop; what is fetched goes on in the next life."""
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
            known = [run for run in await self._recent() if not run.live]
            self._memory.ended = {run.run_id for run in known}
            self._memory.owed = {run.run_id for run in known if run.verdict in _MAY_HAVE_DUMPS}
            await self._memory.keep()
        self._left_to_owner |= self._memory.owed  # in an earlier life
        for run_id in tuple(self._memory.owed):
            await self._keep_dumps(run_id)
        for run_id in tuple(self._memory.unsaid):
            known_run = await asyncio.to_thread(self._journal.run, run_id)
            self._say(run_id, None if known_run is None else known_run.snapshot())

    async def _recent(self) -> Sequence[RunSnapshot]:
        """Twice the window: what began within it may end long after."""
        return await self.history.runs(datetime.now(UTC) - 2 * self.history.window)

    def _notice(self, noticed: Noticed) -> None:
        if noticed.runs:
            self._news.set()

    async def _follow(self) -> None:
        """Tell what a look finds before it is through: among thousands of lists that takes its time."""
        while True:
            await self._news.wait()
            self._news.clear()
            await self._catch_up()

    async def _look(self) -> None:
        """After a round: tell what came of it."""
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

    async def _check_journal(self) -> None:
        """A guard outlives a full disk: what it wrote in memory meanwhile goes into the file."""
        in_file = await asyncio.to_thread(self._journal.go_back)
        if not in_file and not self._complained:
            self._complain(self._journal.notice or "The journal cannot be written.")
        elif in_file and self._complained:
            self._complain("The journal is in its file again, with all that was seen meanwhile.")
        self._complained = not in_file

    def _tell_contact(self, progress: Progress) -> None:
        if progress.problem and self._contact:
            self._tell(self._event(Kind.CONTACT_LOST, said=progress.problem))
        elif not progress.problem and not self._contact:
            self._tell(self._event(Kind.CONTACT_BACK))
        self._contact = not progress.problem

    async def _catch_up(self) -> None:
        async with self._turn:
            mark = (
                await asyncio.to_thread(self._journal.mark_of, self.history.model.ref),
                tuple(run.task_id for run in self.history.going_on),
            )
            if mark == self._mark:
                return
            runs = await self._recent()
            for run in reversed(runs):
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
        """Its dumps are asked for first: a death in between tells of it again, and loses nothing."""
        whole = await self._keep_dumps(run.run_id) or run
        self._tell(self._event(Kind.ENDED, run=whole))
        self.ended.append(whole)
        self._memory.ended.add(run.run_id)
        # Of runs from here whoever watched them told already.
        if run.verdict is not Verdict.COMPLETED and run.origin is Origin.ELSEWHERE:
            self._memory.unsaid.add(run.run_id)
        await self._memory.keep()
        if run.run_id in self._memory.unsaid:
            self._say(run.run_id, whole)

    def _say(self, run_id: str, run: RunSnapshot | None) -> None:
        """Call ``notify``, where there is any, for a run of which that is still to be done."""
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
        """Queue what dumps a run has and nobody else fetches; the run with its actions."""
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
        """Go on with what an earlier life left unfinished."""
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
        """Wait for the dumps and for those that are told."""
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
"""A dump did not come, and may by another try."""


def _came(run: RunSnapshot | None, download: DownloadSnapshot) -> str:
    """What became of a dump, in a word: what is told of it once."""
    if download.state is not Fetch.FAILED:
        return download.sha256 or download.state.value
    object_id = download.source.object_id if isinstance(download.source, DumpRef) else None
    gone = run is not None and (run.no_dumps or any(a.dump.gone for a in run.actions if a.id == object_id))
    return "gone" if gone else _FAILED
