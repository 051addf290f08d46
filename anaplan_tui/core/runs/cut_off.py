"""Starts that were cut off: their tasks are found in the task list, or in what another window wrote down."""

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
    """Finds the tasks of starts whose answer nobody read."""

    def __init__(
        self, client: AnaplanClient, journal: Journal, store: Store, starter: Starter, follower: Follower
    ) -> None:
        self._client, self._journal, self._store = client, journal, store
        self._starter, self._follower = starter, follower

    async def find_and_look(self, known: JournalRun) -> RunSnapshot:
        """What became of a start that was cut off, as far as one look tells."""
        await look_before(self._client, known.intent.target)  # without contact nothing is settled
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

        While another window that is alive sends that start, its word in the journal is waited for.
        """
        known = await self._ours_or_known(known)
        if known.summary.phase is Phase.STARTING:
            return await self._follower.follow(await self._starter.find(known))
        self._store.put_run(known.snapshot())
        return await self._follower.follow(known.snapshot())

    async def look_again(self, known: JournalRun) -> RunSnapshot:
        """Look once more for the task of a start that could not be told; watch it when it is found now."""
        return await self._follower.follow(await self._starter.find(known))

    async def _ours_or_known(self, known: JournalRun) -> JournalRun:
        """A start that is ours to find, or what another window wrote down of it."""
        with self._follower.waiting(known.run_id) as how:
            while known.summary.phase is Phase.WAITING or not await self._is_ours(known):
                waits = "waits with it" if known.summary.phase is Phase.WAITING else "is starting it"
                note = f"Another window of the app on this host {waits}."
                self._store.put_run(replace(known.snapshot(), note=note))
                await how.pause(self._follower.pace.interval)
                known = await run_of_journal(self._journal, known.run_id)
        return known

    async def _is_ours(self, known: JournalRun) -> bool:
        """Whether there is nothing to wait for: another window is done with it, or is gone."""
        if known.summary.phase is not Phase.STARTING:
            return True
        return await asyncio.to_thread(self._journal.claim, known.run_id)


async def run_of_journal(journal: Journal, run_id: str) -> JournalRun:
    """A run that the journal knows.

    Raises:
        UnknownRun: it does not know it.
    """
    known = await asyncio.to_thread(journal.run, run_id)
    if known is None:
        raise UnknownRun("resume the run", "the journal does not know it")
    return known
