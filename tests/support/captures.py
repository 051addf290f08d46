"""One life of the app after another over a chunk server: what each captures and remembers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from anaplan_tui.config.settings import Downloads as DownloadSettings
from anaplan_tui.core.dumps.capture import Capture
from anaplan_tui.core.journal.journal import Journal, RunIntent
from anaplan_tui.core.snapshots import (
    Action,
    DownloadSnapshot,
    Dump,
    Phase,
    RunSnapshot,
    Verdict,
)
from anaplan_tui.core.store import Store
from tests.support.downloads_server import TASK, ChunkServer, client_of

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ACTIONS = ("112000000001", "112000000002")
RUN = RunSnapshot(
    "r1",
    TASK.target,
    "Nightly load",
    model_name="Demand plan",
    phase=Phase.ENDED,
    task_id=TASK.task_id,
    state="COMPLETE",
    verdict=Verdict.WARNINGS,
    started_at=NOON,
    actions=tuple(Action(number, f"Import {number}", "import", dump=Dump(True)) for number in ACTIONS),
)


@dataclass
class World:
    server: ChunkServer
    store: Store
    journal: Journal
    capture: Capture

    async def fetched(self) -> tuple[DownloadSnapshot, ...]:
        """Clear the server's log, ask for all dumps of the run, and return the outcome."""
        self.server.requests.clear()
        return await self.capture.settled(self.capture.fetch_dumps("r1"))

    @property
    def run(self) -> RunSnapshot:
        run = self.store.run("r1")
        assert run is not None
        return run


@asynccontextmanager
async def session(server: ChunkServer, folder: Path, run: RunSnapshot = RUN) -> AsyncIterator[World]:
    """One life of the app on the state directory in ``folder``, in which ``run`` was watched."""
    store = Store()
    store.put_run(run)
    async with client_of(server.url) as client:
        with Journal.open(folder / "journal.db") as journal:
            if journal.run("r1") is None:
                journal.intend(RunIntent("r1", "prod", server.url, RUN.target, RUN.name))
                journal.started("r1", TASK.task_id, adopted=False)
            journal.observed(run)
            capture = Capture(
                client,
                journal,
                store,
                DownloadSettings(),
                service=server.url,
                parts_dir=folder / "parts",
                directory=folder / "dumps",
            )
            try:
                yield World(server, store, journal, capture)
            finally:
                await capture.aclose()
