"""Real desks over a demo tenant: quick to retry and to poll, otherwise as the app makes them."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from anaplan_tui.api.auth import BasicAuth
from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.hosts import Hosts
from anaplan_tui.api.options import RetryPolicy, TransportOptions
from anaplan_tui.config.settings import Profile, Settings, demo_settings
from anaplan_tui.core.desk import Desk
from anaplan_tui.core.journal.journal import Journal
from anaplan_tui.demo.model import Model
from anaplan_tui.demo.scripts import Run
from anaplan_tui.demo.server import DemoServer

TRIES = 3
"""How often these desks try a repeatable request."""
TIMEOUT_S = 0.4
"""Seconds they wait for an answer; 60 with a real host."""

QUICK = TransportOptions(
    rate_limit=None,
    connect_timeout_s=5,
    read_timeout_s=TIMEOUT_S,
    quick_read_timeout_s=TIMEOUT_S,
    retry=RetryPolicy(tries=TRIES, first_pause_s=0.001, longest_pause_s=0.002, unsaid_rate_pause_s=0.01),
)
PATIENT = TransportOptions(rate_limit=None, retry=QUICK.retry)
"""As quick to retry, but patient with a busy machine."""


def desk_in(
    directory: Path,
    settings: Settings,
    profile: Profile,
    url: str,
    auth: BasicAuth,
    options: TransportOptions,
    *,
    downloads_dir: Path,
    **more: Any,
) -> Desk:
    """Return a desk on the tenant at ``url`` with journal and parts in ``directory``, which must exist.

    ``more`` goes to :class:`Desk`.
    """
    return Desk(
        settings,
        profile,
        AnaplanClient(Hosts(url, url, url), auth, options=options),
        Journal.open(directory / "journal.db"),
        parts_dir=directory / "parts",
        uploads_dir=directory / "uploads",
        work_dir=directory / "work",
        downloads_dir=downloads_dir,
        **more,
    )


@dataclass
class Desks:
    """Makes desks on one tenant and one state directory, and closes them all."""

    url: str
    state: Path
    user: str = "demo@example.com"
    made: list[Desk] = field(default_factory=list)

    def open(
        self,
        *,
        options: TransportOptions = PATIENT,
        interval: float = 0.05,
        patience_s: float | None = None,
        requests_per_minute: int = 100_000,
        **profile_changes: Any,
    ) -> Desk:
        """Return a desk that has not sent anything yet."""
        settings = demo_settings(self.url, workspace="Supply Chain", model="Demand plan")
        polling = settings.polling.model_copy(update={"interval": interval, "max_interval": interval})
        profile = settings.profile().model_copy(update=profile_changes)
        history = settings.history.model_copy(update={"requests_per_minute": requests_per_minute})
        self.state.mkdir(exist_ok=True)
        desk = desk_in(
            self.state,
            settings.model_copy(update={"polling": polling, "history": history}),
            profile,
            self.url,
            BasicAuth(self.user, SecretStr("demo"), self.url),
            options,
            downloads_dir=self.state.parent / "dumps",
            patience_s=patience_s,
            auto_capture=False,
        )
        self.made.append(desk)
        return desk

    async def ready(self, **options: Any) -> Desk:
        """Return a desk that is logged in and works in the demand plan."""
        desk = self.open(**options)
        await desk.connect()
        await desk.chosen.choose()
        return desk

    async def close(self, desk: Desk) -> None:
        """Close one of them early."""
        self.made.remove(desk)
        await desk.aclose()

    async def aclose(self) -> None:
        """Close them all."""
        for desk in self.made[:]:
            await self.close(desk)


def demand_plan(server: DemoServer) -> Model:
    """Return the tenant's main model."""
    return next(model for model in server.tenant.company.models if model.name == "Demand plan")


def tenant_runs(server: DemoServer, process_id: str) -> list[Run]:
    """Return the tasks of a process that exist in the tenant, whatever a client was told."""
    return server.tenant.runs(demand_plan(server), "process", process_id)


SHOWPIECE = "118000000042"
"""Nightly load: two of its imports leave a dump."""


def start_elsewhere(server: DemoServer, user: str = "demo@example.com", target: str = SHOWPIECE) -> str:
    """Start a run as another tool would; it has ended when this returns."""
    users = {known.email: known for known in server.tenant.company.users}
    task = server.tenant.start(users[user], demand_plan(server), "process", target)
    run = next(run for run in tenant_runs(server, target) if run.task.id == task.id)
    server.clock.advance(run.end - server.clock.now() + 1)
    return task.id
