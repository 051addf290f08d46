"""Find the tasks of starts that were cut off: in the task list, or in what another window recorded."""

import asyncio
from dataclasses import replace

from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.errors import AnaplanError
from anaplan_tui.core.clock import now
from anaplan_tui.core.journal.journal import Journal, JournalRun
from anaplan_tui.core.runs.following import Follower
from anaplan_tui.core.runs.starting import Starter
from anaplan_tui.core.runs.watching import look_before, observe
from anaplan_tui.core.snapshots import Contact, Phase, RunSnapshot
from anaplan_tui.core.store import Store, UnknownRun


class CutOffStarts:
    """Finds the tasks of starts whose answers nobody read."""

    def __init__(
        self, client: AnaplanClient, journal: Journal, store: Store, starter: Starter, follower: Follower
    ) -> None:
        self._client, self._journal, self._store = client, journal, store
        self._starter, self._follower = starter, follower

    async def find_and_look(self, known: JournalRun) -> RunSnapshot:
        """Find the task of a start that was cut off, and poll it once."""
        await look_before(self._client, known.intent.target)  # without contact nothing can be settled
        found = await self._starter.find(known)
        if found.task is None:
            return found
        try:
            task = await self._client.task(found.task)
        except AnaplanError:
            return found
        seen = await self._follower.observed(
            found, replace(observe(found, task, {}, self._client.server_offset_s), contact=Contact(now()))
        )
        if not seen.live:
            self._follower.ended(seen)
        return seen

    async def find_and_follow(self, known: JournalRun) -> RunSnapshot:
        """Find the task of a start that was cut off, and watch it.

        While another live window sends that start, wait for what it records in the journal.
        """
        known = await self._ours_or_known(known)
        if known.summary.phase is Phase.STARTING:
            return await self._follower.follow(await self._starter.find(known))
        self._store.put_run(known.snapshot())
        return await self._follower.follow(known.snapshot())

    async def look_again(self, known: JournalRun) -> RunSnapshot:
        """Search again for the task of a start whose outcome is unknown, and watch it if it is found."""
        return await self._follower.follow(await self._starter.find(known))

    async def _ours_or_known(self, known: JournalRun) -> JournalRun:
        """Return a start that is ours to find, or what another window recorded about it."""
        with self._follower.waiting(known.run_id) as how:
            while known.summary.phase is Phase.WAITING or not await self._is_ours(known):
                waits = "waits with it" if known.summary.phase is Phase.WAITING else "is starting it"
                note = f"Another window of the app on this host {waits}."
                self._store.put_run(replace(known.snapshot(), note=note))
                await how.pause(self._follower.pace.interval)
                known = await run_of_journal(self._journal, known.run_id)
        return known

    async def _is_ours(self, known: JournalRun) -> bool:
        """Whether no other window has to be waited for: it has finished the start, or is gone."""
        if known.summary.phase is not Phase.STARTING:
            return True
        return await asyncio.to_thread(self._journal.claim, known.run_id)


async def run_of_journal(journal: Journal, run_id: str) -> JournalRun:
    """Return a run from the journal.

    Raises:
        UnknownRun: the journal does not know it.
    """
    known = await asyncio.to_thread(journal.run, run_id)
    if known is None:
        raise UnknownRun("resume the run", "the journal does not know it")
    return known
