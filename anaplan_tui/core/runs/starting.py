"""Start a target exactly once: journal the intent before the request, and its outcome right after.

A start whose process died leaves only the intent; its task may be found in the task list.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.errors import AnaplanError, RateLimited, ServerFailed, Unreachable, Unreadable
from anaplan_tui.api.refs import TargetRef
from anaplan_tui.config.settings import Profile
from anaplan_tui.core.clock import now
from anaplan_tui.core.journal.journal import AlreadyIntended, Journal, JournalRun, RunIntent
from anaplan_tui.core.runs.polling import PollingPace
from anaplan_tui.core.runs.watching import Before, find_start, look_before
from anaplan_tui.core.snapshots import Contact, Phase, RunSnapshot
from anaplan_tui.core.store import Store
from anaplan_tui.core.text import ago, run_mark
from anaplan_tui.trouble import Exit, Trouble

NO_CONTACT = (Unreachable, ServerFailed, RateLimited, Unreadable)
"""Errors that pass by themselves: the same request can be sent again later."""


_STILL_MEANT = timedelta(minutes=10)
"""For how long a cut-off start whose task has ended still stands for the next start of the same target: an
operator who repeats it so soon means the same run. Later it is the next hour's or night's."""


class AlreadyStarting(Trouble):
    """The same target is being started right now; no second start was sent."""

    exit_code = Exit.USAGE

    def __init__(self, name: str) -> None:
        super().__init__(f'"{name}" is being started already; nothing was sent a second time.')


@dataclass(frozen=True, slots=True)
class Terms:
    """The contents of a start besides its parameters."""

    locale: str | None = None
    """``None``: the profile's."""
    of_imports: tuple[tuple[str, str, str], ...] = ()
    """Import id, dimension and item: parameters for a single import of a process."""


AS_CONFIGURED = Terms()


@dataclass(frozen=True, slots=True)
class Earlier:
    """The outcome of a start that was cut off: its process ended before the answer came."""

    run: RunSnapshot
    sent_at: datetime

    @property
    def stands(self) -> bool:
        """Whether another start of the same target would, or might, be one too many."""
        ended = self.run.phase is Phase.ENDED
        return not ended or now() - self.sent_at < _STILL_MEANT

    @property
    def words(self) -> str:
        """The note for another start of the same target that is sent anyway."""
        when, came_to = ago(self.sent_at, now()), " ".join(run_mark(self.run))
        return f"The start of {when}, cut off before its answer came, was taken: {came_to}. This is another."


class Starter:
    """Sends the starts of one profile, each once, and finds the tasks of those whose answers were lost."""

    def __init__(
        self, profile: Profile, client: AnaplanClient, journal: Journal, store: Store, pace: PollingPace
    ) -> None:
        self._profile, self._client, self._journal = profile, client, journal
        self._store, self._pace = store, pace

    def intent(
        self, snapshot: RunSnapshot, parameters: Sequence[tuple[str, str]], before: Before | None
    ) -> RunIntent:
        """Return what the journal keeps of a run before it is started."""
        return RunIntent(
            run_id=snapshot.run_id,
            profile=self._profile.name,
            host=self._profile.api_url,
            target=snapshot.target,
            name=snapshot.name,
            workspace_name=snapshot.workspace_name,
            model_name=snapshot.model_name,
            parameters=dict(parameters),
            known_tasks=tuple(sorted(before.task_ids)) if before else (),
            server_time=before.server_time if before else None,
        )

    async def start(
        self,
        snapshot: RunSnapshot,
        parameters: Sequence[tuple[str, str]],
        *,
        terms: Terms = AS_CONFIGURED,
        queued: bool = False,
    ) -> RunSnapshot:
        """Journal the intent, send the start once, and journal its outcome.

        ``queued``: a run that could not be sent for lack of contact waits again instead of being given up.

        Raises:
            AlreadyStarting: another window starts this very run.
            AnaplanError: the start was refused or not sent; certainly nothing runs.
        """
        self._store.put_run(snapshot)
        try:
            before = await look_before(self._client, snapshot.target)
            await self._intend(snapshot, parameters, before)
            started = await self._send(snapshot, parameters, terms, before)
        except AnaplanError as error:
            if queued and isinstance(error, NO_CONTACT):
                await asyncio.to_thread(self._journal.postponed, snapshot.run_id)
            else:
                await self.refused(snapshot, str(error))
            raise
        self._store.put_run(started)
        return started

    async def refused(self, snapshot: RunSnapshot, reason: str) -> None:
        """Record that the run was not started and never will be."""
        self._store.put_run(replace(snapshot, phase=Phase.NOT_STARTED, reason=reason))
        await asyncio.to_thread(self._journal.refused, snapshot.run_id, reason)

    async def cut_off(self, target: TargetRef, busy_with: Callable[[str], bool]) -> list[JournalRun]:
        """Claim the starts of ``target`` whose process died before it recorded their outcome.

        ``busy_with`` says whether this process already searches for the task of a run.

        Raises:
            AlreadyStarting: this or another window already searches for it.
        """
        found = []
        for known in await asyncio.to_thread(self._journal.starting, target):
            if known.who.process.alive:
                continue
            if busy_with(known.run_id) or not await asyncio.to_thread(self._journal.claim, known.run_id):
                raise AlreadyStarting(known.intent.name)
            found.append(known)
        return found

    async def find(self, known: JournalRun) -> RunSnapshot:
        """Search for the task of a start whose process is gone, and journal the result."""
        intent = known.intent
        before = Before(frozenset(intent.known_tasks), intent.server_time, known.updated_at)
        note = "It was cut off before the answer to its start came. Looking for the task …"
        found = await self._search(replace(known.snapshot(), note=note), before)
        when = ago(known.updated_at, now())
        whose = f"It is the start of {when}, cut off before its answer came; no other was sent."
        found = replace(found, note=f"{found.note} {whose}")
        self._store.put_run(found)
        return found

    async def _send(
        self, snapshot: RunSnapshot, parameters: Sequence[tuple[str, str]], terms: Terms, before: Before
    ) -> RunSnapshot:
        """Send the start once; if its answer is lost, the task list decides."""
        try:
            task_id = await self._client.start(
                snapshot.target,
                locale=terms.locale or self._profile.locale,
                parameters=parameters,
                of_imports=terms.of_imports,
            )
        except AnaplanError as error:
            if not error.outcome_unknown:
                raise
            lost = f"The answer to the start was lost ({error.said}). Looking for the task …"
            return await self._search(replace(snapshot, note=lost), before)
        await asyncio.to_thread(self._journal.started, snapshot.run_id, task_id, False)
        return replace(snapshot, phase=Phase.RUNNING, task_id=task_id, began=now(), contact=Contact(now()))

    async def _search(self, snapshot: RunSnapshot, before: Before) -> RunSnapshot:
        """Find the one new task that belongs to no other run, if that can be decided; journal the result."""
        self._store.put_run(snapshot)
        taken = partial(self._taken, snapshot)
        while True:
            found = await find_start(self._client, snapshot, before, pace=self._pace, taken=taken)
            if found.task_id is None:
                await asyncio.to_thread(
                    self._journal.unknown_start, found.run_id, found.candidates, found.reason
                )
                return found
            ours = await asyncio.to_thread(self._journal.adopt, found.run_id, found.task_id)
            if ours or found.task_id not in await taken():
                return found
            # Another window whose answer was lost too adopted it a moment ago: it is no longer new.

    async def _taken(self, snapshot: RunSnapshot) -> frozenset[str]:
        """Return the target's tasks that belong to other runs of the journal."""
        return await asyncio.to_thread(self._journal.tasks_of, snapshot.target, besides=snapshot.run_id)

    async def _intend(
        self, snapshot: RunSnapshot, parameters: Sequence[tuple[str, str]], before: Before
    ) -> None:
        """Journal the intent. If two instances start the same waiting run, only one gets through."""
        try:
            await asyncio.to_thread(self._journal.intend, self.intent(snapshot, parameters, before))
        except AlreadyIntended:
            elsewhere = "Another window of the app on this host starts it."
            self._store.put_run(replace(snapshot, phase=Phase.NOT_STARTED, reason=elsewhere))
            raise AlreadyStarting(snapshot.name) from None
