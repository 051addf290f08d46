"""The queue of runs: one after another, each as soon as the model is free.

The queue is in the journal, so it survives a restart; it is then held until the operator releases it. A run
that does not end well holds it too, unless ``stop_on_failure`` is off. Without contact the queue cannot know
that the model is free: it waits, and a run whose start could not be sent waits again.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from anaplan_tui.api.errors import AnaplanError, NotAuthenticated
from anaplan_tui.core.catalog import CatalogItem
from anaplan_tui.core.clock import woken
from anaplan_tui.core.finding.finder import Finder
from anaplan_tui.core.journal.journal import Journal, JournalRun
from anaplan_tui.core.runs.driver import AlreadyStarting, Driver, ReadOnly
from anaplan_tui.core.runs.parameters import Parameters
from anaplan_tui.core.runs.polling import PollingPace
from anaplan_tui.core.runs.starting import NO_CONTACT
from anaplan_tui.core.runs.watching import ContactLost
from anaplan_tui.core.snapshots import Phase, RunSnapshot, Verdict
from anaplan_tui.core.store import Store
from anaplan_tui.core.text import seconds

log = logging.getLogger(__name__)

_WHEN_FREE = "Starts as soon as the model is free"
_GOOD = (Verdict.COMPLETED, Verdict.WARNINGS)


@dataclass(slots=True)
class _Waiting:
    """A run in the queue, and the future of its end."""

    snapshot: RunSnapshot
    parameters: Parameters
    ended: asyncio.Future[RunSnapshot]


class RunQueue:
    """The queue of one profile. Its entries are runs in phase WAITING in the store."""

    def __init__(
        self, driver: Driver, finder: Finder, journal: Journal, store: Store, pace: PollingPace
    ) -> None:
        self._driver, self._finder, self._journal = driver, finder, journal
        self._store, self._pace = store, pace
        self._entries: list[_Waiting] = []
        self._changed = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None
        self._waits_for = _WHEN_FREE
        """What the next run waits for."""
        self._failures = 0
        """Tries in a row without contact; ``_silent_since`` is when the first of them was."""
        self._silent_since = 0.0
        self.stop_on_failure = True
        """Whether the queue is held when a run fails, is cancelled or has no known result."""
        self.held = ""
        """Why nothing is started although runs wait; empty while the queue works."""

    @property
    def run_ids(self) -> tuple[str, ...]:
        """The waiting runs, the next one first."""
        return tuple(e.snapshot.run_id for e in self._entries)

    async def run(
        self,
        item: CatalogItem,
        *,
        parameters: Sequence[tuple[str, str]] = (),
        on_begin: Callable[[str], None] | None = None,
    ) -> RunSnapshot:
        """Put a run at the end of the queue and wait until it has ended or left the queue.

        As in :meth:`Driver.run`, an earlier start that was cut off may stand for it.

        Raises:
            ReadOnly, AnaplanError, ContactLost: as :meth:`Driver.run`.
        """
        self._driver.refuse_when_read_only(f'run "{item.name}"')
        earlier = await self._driver.earlier(item.ref, on_begin)
        if earlier is not None and earlier.stands:
            return await self._driver.follow(earlier.run)
        snapshot = replace(await self._driver.draft(item), phase=Phase.WAITING)
        intent = self._driver.intent(snapshot, parameters, None)
        await asyncio.to_thread(self._journal.plan, intent)
        entry = self._enter(snapshot, tuple(parameters))
        if on_begin is not None:
            on_begin(snapshot.run_id)
        self._go()
        return await asyncio.shield(entry.ended)

    async def restore(self, runs: Sequence[JournalRun]) -> None:
        """Take over runs that waited when the app was closed; an idle queue is held until :meth:`release`."""
        others = [run for run in runs if run.run_id not in self.run_ids]
        claimed = await asyncio.to_thread(lambda: [run for run in others if self._journal.claim(run.run_id)])
        for run in claimed:
            self._enter(run.snapshot(), tuple(run.intent.parameters.items()))
        if self._entries and self._worker is None:
            self._hold("the app was closed while they waited")

    def release(self) -> None:
        """Let a held queue continue."""
        self.held = ""
        self._tell()
        self._go()

    async def leave(self, run_id: str) -> bool:
        """Take out a waiting run, for which nothing was sent. False when it does not wait here."""
        entry = next((e for e in self._entries if e.snapshot.run_id == run_id), None)
        if entry is None:
            return False
        self._remove(entry)
        self._changed.set()
        left = replace(
            entry.snapshot, phase=Phase.NOT_STARTED, note="", reason="Left the queue; nothing was sent."
        )
        self._store.put_run(left)
        await asyncio.to_thread(self._journal.refused, run_id, left.reason)
        entry.ended.set_result(left)
        self._tell()
        return True

    async def aclose(self) -> None:
        """Stop; waiting runs stay in the journal."""
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)
        for entry in self._entries:
            entry.ended.cancel()

    def _enter(self, snapshot: RunSnapshot, parameters: Parameters) -> _Waiting:
        entry = _Waiting(snapshot, parameters, asyncio.get_running_loop().create_future())
        # After a restart, or when the screen is gone, nobody may be waiting for it.
        entry.ended.add_done_callback(lambda f: f.cancelled() or f.exception())
        self._entries.append(entry)
        self._tell()
        return entry

    def _go(self) -> None:
        if self._worker is None and self._entries and not self.held:
            self._worker = asyncio.create_task(self._work(), name="queue of runs")

    async def _work(self) -> None:
        try:
            while self._entries and not self.held:
                entry = self._entries[0]
                try:
                    waits_for = await self._in_the_way(entry)
                except NO_CONTACT as error:
                    await self._without_contact(entry, error)
                except AnaplanError as error:
                    # The service answers, and would also refuse the start.
                    await self._refuse(entry, error)
                else:
                    self._failures = 0
                    if waits_for:
                        self._tell(f"{_WHEN_FREE}: {waits_for}")
                        await self._pause(self._pace.interval * 2)
                    elif self._entries[:1] == [entry] and not self.held:
                        await self._run(entry)
        finally:
            self._worker = None

    async def _in_the_way(self, entry: _Waiting) -> str:
        """Return what the first entry has to wait for; empty when it may start."""
        target = entry.snapshot.target
        ours = (r for r in self._store.runs if r.phase in (Phase.STARTING, Phase.RUNNING))
        mine = next((r for r in ours if r.target.model == target.model), None)
        if mine is not None:
            return f"{mine.name} runs"
        obstacle = await self._finder.in_the_way(target)
        if obstacle:
            return obstacle
        try:
            earlier = await self._driver.earlier(target)
        except AlreadyStarting:
            return "another window is starting the same"
        if earlier is not None and earlier.run.phase is Phase.UNKNOWN_START:
            await self._give_way(entry, earlier.run)
        return f"{earlier.run.name} runs" if earlier is not None and earlier.run.live else ""

    async def _without_contact(self, entry: _Waiting, error: AnaplanError) -> None:
        """Wait for the next try; give up the run when a command's patience ends."""
        moment = asyncio.get_running_loop().time()
        if not self._failures:
            self._silent_since = moment
        self._failures += 1
        patience_s = self._driver.follower.patience_s
        if patience_s is not None and moment - self._silent_since > patience_s:
            await self._refuse(entry, error)
            return
        pause = self._pace.after_failure(self._failures, error.retry_after_s)
        self._tell(
            f"Starts as soon as there is contact again ({error.said}); nothing was sent, "
            f"next try in {seconds(pause)}"
        )
        await self._pause(pause)

    async def _refuse(self, entry: _Waiting, error: AnaplanError) -> None:
        """Take out a run that cannot be started, and pass the error to its waiter."""
        if entry in self._entries:
            self._remove(entry)
            await self._driver.starter.refused(entry.snapshot, str(error))
            entry.ended.set_exception(error)
            self._after(entry, None, error)

    async def _give_way(self, entry: _Waiting, earlier: RunSnapshot) -> None:
        """Take out a run that may already run; its waiter gets the earlier start's run."""
        if entry in self._entries:
            self._remove(entry)
            reason = "It may run already from an earlier start; look at its task history. Nothing was sent."
            await self._driver.starter.refused(entry.snapshot, reason)
            entry.ended.set_result(earlier)
            self._after(entry, earlier, None)

    async def _pause(self, pause_s: float) -> None:
        """Wait until the time is over or the queue has changed."""
        self._changed.clear()
        await woken(self._changed, pause_s)

    async def _run(self, entry: _Waiting) -> None:
        self._remove(entry)
        ended: RunSnapshot | None = None
        problem: Exception | None = None
        try:
            ended = await self._driver.go(replace(entry.snapshot, note=""), entry.parameters)
        except NO_CONTACT as error:
            # Certainly not sent, and journaled as waiting: its turn comes again.
            self._entries.insert(0, entry)
            await self._without_contact(entry, error)
            return
        except (AnaplanError, AlreadyStarting, ReadOnly, ContactLost) as error:
            problem = error
            entry.ended.set_exception(error)
            log.warning("queued run %s: %s", entry.snapshot.run_id, error)
        except Exception as error:
            # A bug of ours: hold the other runs, and pass the error to this run's waiter.
            entry.ended.set_exception(error)
            self._hold("an internal error; the log has the details")
            raise
        else:
            entry.ended.set_result(ended)
        self._after(entry, ended, problem)

    def _after(self, entry: _Waiting, ended: RunSnapshot | None, problem: Exception | None) -> None:
        """Hold the queue after a refused login, and after a run that did not end well if so configured."""
        well = ended is not None and ended.verdict in _GOOD
        if self._entries and isinstance(problem, NotAuthenticated):
            self._hold("the login was refused")
        elif self._entries and self.stop_on_failure and not well:
            self._hold(f'"{entry.snapshot.name}" did not end well')
        self._tell()

    def _remove(self, entry: _Waiting) -> None:
        self._entries.remove(entry)
        self._waits_for = _WHEN_FREE

    def _hold(self, why: str) -> None:
        self.held = why
        self._tell()

    def _tell(self, waits_for: str | None = None) -> None:
        """Note in every waiting run what it waits for; ``waits_for`` updates the next one's reason."""
        self._waits_for = waits_for or self._waits_for
        for place, entry in enumerate(self._entries):
            if self.held:
                note = f"The queue stands still: {self.held}."
            elif place > 0:
                note = f"Queued, {place} before it."
            else:
                note = f"{self._waits_for}."
            entry.snapshot = replace(entry.snapshot, note=note)
            self._store.put_run(entry.snapshot)
