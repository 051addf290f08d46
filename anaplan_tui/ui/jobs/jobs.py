"""The jobs of one desk, by subject: they live on the app, outlive every screen, and report how they ended."""

from typing import TYPE_CHECKING

from anaplan_tui.core.runs.step_times import StepTimes
from anaplan_tui.core.snapshots import RunSnapshot
from anaplan_tui.ui.jobs.alerts import Alerts
from anaplan_tui.ui.jobs.bundle import BundleJobs
from anaplan_tui.ui.jobs.dumps import DumpJobs
from anaplan_tui.ui.jobs.lookup import RunLookup
from anaplan_tui.ui.jobs.model import ModelJobs
from anaplan_tui.ui.jobs.picked_up import picked_up
from anaplan_tui.ui.jobs.plays import PlayJobs
from anaplan_tui.ui.jobs.queue import QueueJobs
from anaplan_tui.ui.jobs.runs import RunJobs
from anaplan_tui.ui.jobs.several import SeveralJobs
from anaplan_tui.ui.jobs.spawning import Spawner
from anaplan_tui.ui.jobs.uploads import UploadJobs

if TYPE_CHECKING:
    from anaplan_tui.core.desk import Desk
    from anaplan_tui.ui.shell import Shell


class Jobs:
    """The jobs of one desk by subject, and its reaction to changes that no key asked for."""

    def __init__(self, app: "Shell", desk: "Desk") -> None:
        self._app = app
        self._desk = desk
        self._live: set[str] = set()
        self._alerts = Alerts(app, desk)
        self.spawner = Spawner(app)
        self.lookup = lookup = RunLookup(app, desk, self.spawner)
        self.steps = StepTimes()
        self.model = ModelJobs(app, desk, self.spawner, self._alerts)
        self.runs = RunJobs(app, desk, self.spawner, lookup)
        self.dumps = DumpJobs(app, desk, self.spawner, lookup, self.runs)
        self.bundles = BundleJobs(app, desk, self.spawner, lookup)
        self.several = SeveralJobs(app, desk, self.spawner, self.runs, self.dumps, self.bundles)
        self.uploads = UploadJobs(app, desk, self.spawner, self.runs)
        self.queue = QueueJobs(app, desk, self.spawner)
        self.plays = PlayJobs(app, desk, self.spawner)

    def resume_unfinished(self) -> None:
        """Resume everything unfinished in the journal: watch runs, fetch downloads, offer plays."""
        self.spawner.spawn(self._resume_unfinished, "unfinished")

    async def _resume_unfinished(self) -> None:
        runs = await self._desk.unfinished()
        for run in runs:
            self.runs.resume(run)
        said = picked_up(runs, await self._desk.resume_downloads())
        if said:
            self._app.say(said)
        await self._desk.in_force.show()
        self.spawner.spawn(self.queue.remember, "queue")
        self.spawner.spawn(self.plays.offer, "plays")
        self._alerts.tell_journal_notice()

    def noticed(self, run: RunSnapshot) -> None:
        """Take in a new snapshot of a run; report a watched run that ended."""
        self.steps.see(run, self._app.now())
        self.queue.noticed(run)
        self._alerts.tell_journal_notice()
        if run.live:
            self._live.add(run.run_id)
            return
        if run.run_id not in self._live:
            return
        self._live.discard(run.run_id)
        self._alerts.tell_ended(run)
        self.model.look()
