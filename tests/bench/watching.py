"""Requests that watching and fetching send, counted at the tenant.

python -m tests.bench watching
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

from anaplan_tui.core.runs import watching
from anaplan_tui.core.runs.polling import PollingPace
from anaplan_tui.demo.server import DemoServer
from tests.bench.figures import Figure, Report, at_most
from tests.bench.history import tenant
from tests.support.desks import Desks
from tests.support.stretched_time import HOUR_S, StretchedTime

PROCESS = "118000000042"
MODEL = "Demand plan"


async def an_hour(directory: Path) -> Figure:
    """Measure an hour's run whose progress moves at every poll."""
    with DemoServer() as server:
        server.clock.speed = 1e-6
        model = next(model for model in server.tenant.company.models if model.name == MODEL)
        time = StretchedTime(server, sum(action.seconds for action in model.processes[PROCESS].actions))
        desks = Desks(server.url, directory)
        desk = await desks.ready()
        desk.runs.follower.pace = PollingPace()
        server.log.clear()
        with mock.patch.object(watching, "now", time.now), mock.patch.object(watching, "woken", time.woken):
            await desk.run(await desk.find(PROCESS))
        requests = len(server.log) * HOUR_S / time.passed_s
        await desks.aclose()
    return at_most("requests for a one-hour run", requests, 250, "{:.0f}")


def before_the_chunks(directory: Path) -> Figure:
    """Measure ``dumps`` with both ids, as a script calls it, for a run of the night that left a dump."""
    with tenant(directory, "night") as (log, config, _url):
        environ = os.environ | {"ANAPLAN_TUI_PASSWORD": "demo", "ANAPLAN_TUI_STATE_DIR": str(directory / "s")}
        command = [sys.executable, "-m", "anaplan_tui", "--config", str(config)]
        said = subprocess.run([*command, "history", "--json"], env=environ, check=False, capture_output=True)
        run = next(run for run in json.loads(said.stdout)["items"] if _left_a_dump(run))
        config.write_text(
            config.read_text(encoding="utf-8")
            .replace("Supply Chain", run["workspace_id"])
            .replace(MODEL, run["model_id"]),
            encoding="utf-8",
        )
        log.clear()
        fetch = [*command, "dumps", run["id"], run["task_id"], "--out", str(directory / "out")]
        subprocess.run(fetch, env=environ, check=False, capture_output=True)  # an older dump may be gone
        paths = [request.path for request in log]
    before = next(number for number, path in enumerate(paths) if path.endswith("/chunks"))
    return at_most("requests before the first chunk list, `dumps ID TASK_ID`", before, 2, "{:.0f}")


def _left_a_dump(run: dict[str, Any]) -> bool:
    return any(action["dump"]["available"] for action in run["actions"])


def main(report: Report) -> None:
    """Measure both."""
    with tempfile.TemporaryDirectory() as name:
        report.add(asyncio.run(an_hour(Path(name))), before_the_chunks(Path(name)))
