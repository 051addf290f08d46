"""A night of the demo tenant in progress, and its truth: the runs, and the bytes of their dumps."""

import hashlib
from dataclasses import dataclass, field

from anaplan_tui.core.snapshots import Verdict
from anaplan_tui.demo.company_night import SCHEDULER, STORE_TARGETS
from anaplan_tui.demo.content import read_all
from anaplan_tui.demo.model import Model, Task
from anaplan_tui.demo.rows import ledger_dump
from anaplan_tui.demo.scripts import Run
from anaplan_tui.demo.server import DemoServer
from tests.support.desks import demand_plan

WHO = SCHEDULER.email
"""The user who starts these runs; a guard that logs in as this user may read their dumps."""
WARNED = ("Employees refresh", "Supplier load", "Inventory sync")
CLEAN = ("FX rates refresh", "Daily sales flash", "Treasury sync", "Clean closed orders")
LARGE = ledger_dump(12, status=True, chunk_size=100_000)

Dump = tuple[str, str]
"""Task id and object id."""


@dataclass
class Night:
    """The tenant's runs; ``truth`` holds the SHA-256 of every dump that was readable at any time."""

    server: DemoServer
    truth: dict[Dump, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.server.tenant.plant_dump(LARGE, self.model.id, STORE_TARGETS.id, STORE_TARGETS.actions[0].id)
        self.see()

    @property
    def model(self) -> Model:
        return demand_plan(self.server)

    @property
    def ended(self) -> dict[str, Run]:
        """The ended runs of processes, by task id."""
        now = self.server.clock.now()
        runs = self.server.tenant.runs(self.model)
        return {run.task.id: run for run in runs if run.task.kind == "process" and run.ended(now)}

    def see(self) -> None:
        """Record the dumps that are readable now."""
        tenant = self.server.tenant
        for task_id, run in self.ended.items():
            for step in run.steps:
                key = (task_id, step.action.id)
                content = tenant.dump(tenant.user(WHO), self.model, run, step.action.id)
                if content is not None and key not in self.truth:
                    self.truth[key] = hashlib.sha256(read_all(content)).hexdigest()

    def start(self, name: str, who: str = WHO) -> Task:
        """Start a process as ``who``."""
        tenant = self.server.tenant
        process = next(p for p in self.model.processes.values() if p.name == name)
        return tenant.start(tenant.user(who), self.model, "process", process.id)

    def run(self, name: str, who: str = WHO) -> Run:
        """Run a process as ``who``, to its end."""
        tenant, task = self.server.tenant, self.start(name, who)
        run = next(r for r in tenant.runs(self.model) if r.task.id == task.id)
        self.server.clock.advance(max(run.end - self.server.clock.now(), 0.0) + 1.0)
        self.see()
        return next(r for r in tenant.runs(self.model) if r.task.id == task.id)

    def verdict(self, run: Run) -> Verdict:
        """Return the verdict of a run of the night."""
        name = self.model.processes[run.task.target].name
        if name == STORE_TARGETS.name:
            return Verdict.FAILED
        return Verdict.WARNINGS if name in WARNED else Verdict.COMPLETED
