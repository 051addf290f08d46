"""One profile's past runs from the journal: recent, unfinished, previous, and how long they usually took."""

import asyncio

from anaplan_tui.api.refs import Kind, TargetRef
from anaplan_tui.config.settings import Profile
from anaplan_tui.core.finding.chosen import ChosenModel
from anaplan_tui.core.journal.journal import Journal, JournalRun
from anaplan_tui.core.journal.records import same_service
from anaplan_tui.core.journal.usual import usual_s
from anaplan_tui.core.snapshots import Origin, RunSnapshot
from anaplan_tui.core.store import Store


class Remembered:
    """Reads runs from the journal, and newer snapshots from the store: :attr:`Desk.remembered`."""

    def __init__(self, profile: Profile, journal: Journal, store: Store, chosen: ChosenModel) -> None:
        self._profile, self._journal, self._store, self._chosen = profile, journal, store, chosen

    async def recent(self, limit: int = 200) -> tuple[RunSnapshot, ...]:
        """Return the profile's runs, newest first, without their actions."""
        runs = await asyncio.to_thread(self._journal.recent, self._profile.name, limit)
        return tuple(run.summary for run in runs)

    async def of_target(self, target: TargetRef) -> tuple[RunSnapshot, ...]:
        """Return the runs of one target under any profile, newest first, without their actions."""
        runs = await asyncio.to_thread(self._journal.of_target, target)
        return tuple(run.summary for run in runs)

    async def recall(self, run_id: str) -> RunSnapshot | None:
        """Return a run with its actions, and put it into the store unless it is already there."""
        known = self._store.run(run_id)
        if known is None:
            run = await asyncio.to_thread(self._journal.run, run_id)
            if run is not None:
                known = run.snapshot()
                self._store.put_run(known)
        return known

    async def unfinished(self) -> tuple[JournalRun, ...]:
        """Return the runs whose end was never seen.

        Runs on an earlier host of the profile are left out: the current host does not know their tasks.
        """
        live = await asyncio.to_thread(self._journal.live, self._profile.name)
        return tuple(run for run in live if same_service(run.intent.host, self._profile.api_url))

    async def before(self, run: RunSnapshot) -> RunSnapshot | None:
        """Return the run of the same target that ended last before ``run``."""
        before = await asyncio.to_thread(self._journal.run_before, run)
        return before.snapshot() if before else None

    async def usual_s(self, run: RunSnapshot) -> float | None:
        """Return how long other runs of its target usually took, in seconds."""
        return usual_s(await asyncio.to_thread(self._journal.durations, run.target, besides=run.run_id))

    async def was_run_since(self, run: RunSnapshot) -> bool:
        """Whether the same target was run again from here after ``run``.

        Later runs of others do not count: a run replaces this one's dumps only if its user is the same.
        """
        last = await asyncio.to_thread(self._journal.last_of_ours, run.target)
        began = last.summary.started_at if last is not None else None
        return (
            last is not None
            and last.summary.task_id != run.task_id
            and began is not None
            and run.started_at is not None
            and began > run.started_at
        )

    async def is_new_here(self) -> bool:
        """Whether nothing was ever opened or run from here with this profile, as far as the journal knows."""
        if await self._chosen.last_opened(Kind.PROCESS) is not None:
            return False
        return all(run.origin is not Origin.HERE for run in (*self._store.runs, *await self.recent(20)))
