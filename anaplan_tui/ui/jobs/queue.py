"""The queue of runs for the screens: what waits, and what to do when the queue is held or a run fails."""

import asyncio
from typing import TYPE_CHECKING

from anaplan_tui.core import text
from anaplan_tui.core.snapshots import Phase, RunSnapshot
from anaplan_tui.ui import commands as c

if TYPE_CHECKING:
    from anaplan_tui.core.desk import Desk
    from anaplan_tui.ui.jobs.spawning import Spawner
    from anaplan_tui.ui.shell import Shell

_CHOICE = "queue_stops_on_failure"


class QueueJobs:
    """Asks about and reports on the queue of one desk."""

    def __init__(self, app: "Shell", desk: "Desk", spawner: "Spawner") -> None:
        self._app, self._desk, self._spawner = app, desk, spawner
        self._told = ""

    @property
    def waiting(self) -> tuple[RunSnapshot, ...]:
        """The waiting runs, the next one first."""
        runs = (self._desk.store.run(run_id) for run_id in self._desk.queue.run_ids)
        return tuple(run for run in runs if run is not None)

    def place(self, run_id: str) -> str:
        """Return ``2 of 3``; empty for a run that does not wait here."""
        ids = self._desk.queue.run_ids
        return f"{ids.index(run_id) + 1} of {len(ids)}" if run_id in ids else ""

    def words(self) -> str:
        """Return the queue's state for a title line; empty if nothing waits."""
        queue = self._desk.queue
        if not queue.run_ids:
            return ""
        if queue.held:
            return f"queue of {len(queue.run_ids)}: stands still, {c.QUEUE.key} goes on"
        then = "stops after a failure" if queue.stop_on_failure else "goes on after a failure"
        return f"queue of {len(queue.run_ids)}: {then}"

    def noticed(self, run: RunSnapshot) -> None:
        """Say once that the queue is held."""
        held = self._desk.queue.held
        if run.phase is Phase.WAITING and held and held != self._told:
            self._app.say(f"The queue stands still: {held}. t, then p, goes on or drops it.", "warning")
        self._told = held

    async def remember(self) -> None:
        """Restore the choice of an earlier session, and ask about the runs it left in the queue."""
        name = self._desk.profile.name
        stops = await asyncio.to_thread(self._desk.journal.choice, name, _CHOICE)
        self._desk.queue.stop_on_failure = stops is not False
        if self._desk.queue.held:
            await self._ask()

    def ask(self) -> None:
        """Ask whether to go on with the waiting runs or to drop them."""
        self._spawner.spawn(self._ask, "queue")

    async def _ask(self) -> None:
        from anaplan_tui.ui.screens.queue_held import Held, queue_held

        queue = self._desk.queue
        if not self.waiting:
            return
        answer = await (await self._app.navigation.ask(queue_held(self.waiting, queue.held)))
        if answer is Held.GO_ON:
            self._desk.runs.refuse_when_read_only("go on with the queue")
            queue.release()
            self._app.say("The queue goes on: each run starts as soon as the model is free.")
        elif answer is Held.DROP:
            dropped = queue.run_ids
            for run_id in dropped:
                await queue.leave(run_id)
            self._app.say(f"{text.plural(len(dropped), 'run')} left the queue; nothing was sent.")

    def toggle_on_failure(self) -> None:
        """Toggle whether the queue stops after a run that did not end well; the choice is kept."""
        self._spawner.spawn(self._toggle, "queue-choice")

    async def _toggle(self) -> None:
        queue = self._desk.queue
        queue.stop_on_failure = not queue.stop_on_failure
        await asyncio.to_thread(
            self._desk.journal.remember, self._desk.profile.name, _CHOICE, queue.stop_on_failure
        )
        if queue.stop_on_failure:
            self._app.say("The queue stops after a run that fails or is cancelled, and asks how to go on.")
        else:
            self._app.say("The queue goes on with the next run whatever the one before came to.")
