"""Hundreds of runs through random sequences of faults at every request, each sequence made from its seed.

Whatever happens: at most one task in the tenant, and the report on it is true or says that it is unknown.
"""

import asyncio
import random
from pathlib import Path

import pytest

from anaplan_tui.api.errors import AnaplanError, NotAuthenticated
from anaplan_tui.core.desk import Desk
from anaplan_tui.core.runs.watching import ContactLost
from anaplan_tui.core.snapshots import Phase, RunSnapshot, Verdict
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from tests.reliability.faults import DELAYED, ENDPOINTS, NOT_TAKEN, UNCLEAR
from tests.support.desks import QUICK, TIMEOUT_S, Desks, tenant_runs

TRUTH = {
    "118000000033": Verdict.COMPLETED,
    "118000000036": Verdict.COMPLETED,
    "118000000001": Verdict.WARNINGS,
    "118000000028": Verdict.WARNINGS,
    "118000000022": Verdict.FAILED,
    "118000000009": Verdict.FAILED,
    "118000000026": Verdict.UNKNOWN,
}
"""Verdicts of the demo tenant's short processes, by the verdict rules applied to their scripts."""

GROUPS = 20
SEQUENCES = 20
"""Runs in each group: 400 in all."""

LOGIN = "POST /token/*"


def mishaps(dice: random.Random) -> list[Fault]:
    """Return one to six faults: anything, anywhere, once or for a while."""
    found = []
    for _ in range(dice.randint(1, 6)):
        endpoint = dice.choice([*ENDPOINTS, "start", "poll", "task list", "login"])
        mishap = dice.choice([*UNCLEAR, *NOT_TAKEN, DELAYED])
        fault = mishap.on("start" if endpoint == "login" else endpoint, nth=dice.randint(1, 4))
        settings = {name: getattr(fault, name) for name in fault.__dataclass_fields__}
        settings["count"] = dice.choice([1, 1, 2, 3, 5, 9])
        if endpoint == "login":
            settings["match"] = LOGIN
        if fault.kind == "delay":
            # Both sides of our timeout.
            settings |= {"seconds": dice.uniform(0.0, TIMEOUT_S * 1.5), "count": 1}
        found.append(Fault(**settings))
    return found


async def attempt(desk: Desk, process_id: str) -> tuple[RunSnapshot | None, BaseException | None]:
    """Run it; return what the screen would show at the end, and the error that ended it, if any."""
    error: BaseException | None = None
    try:
        await desk.connect()
        await desk.chosen.choose()
        await desk.run(await desk.find(process_id))
    except (AnaplanError, ContactLost) as met:
        error = met
    runs = desk.store.runs
    assert len(runs) <= 1
    return (runs[0] if runs else None), error


def check_what_is_said(
    shown: RunSnapshot | None, error: BaseException | None, created: int, process_id: str
) -> None:
    """Check that the words match the tenant's truth, or say that it is not known."""
    if shown is None or shown.phase is Phase.NOT_STARTED:
        assert error is not None, "nothing was started and nothing said so"
        assert created == 0, f"said not to be started: {error}"
    elif shown.phase is Phase.UNKNOWN_START:
        assert error is None
        assert shown.verdict is Verdict.UNKNOWN
        assert "Nothing was sent again" in shown.reason
    elif shown.phase is Phase.ENDED:
        assert created == 1
        assert shown.verdict is TRUTH[process_id], shown.reason
    else:
        assert shown.phase is Phase.RUNNING, shown.phase
        assert isinstance(error, NotAuthenticated | ContactLost), error
        assert created == 1


@pytest.mark.parametrize("group", range(GROUPS))
async def test_random_faults_never_double_or_misread_a_run(
    server: DemoServer, tmp_path: Path, group: int
) -> None:
    desks = Desks(server.url, tmp_path / "state")
    for number in range(SEQUENCES):
        seed = group * SEQUENCES + number
        dice = random.Random(seed)
        process_id = dice.choice(list(TRUTH))
        before = len(tenant_runs(server, process_id))
        server.log.clear()
        faults = mishaps(dice)
        server.faults.add(*faults)
        told = f"seed {seed}: {faults}"
        desk = desks.open(options=QUICK, interval=0.02, patience_s=3.0)

        shown, error = await attempt(desk, process_id)

        # A start may be taken long after its sender gave it up.
        await asyncio.to_thread(server.log.wait_until_over)
        server.faults.clear()
        created = tenant_runs(server, process_id)[before:]
        assert len(created) <= 1, told
        assert server.log.count("DELETE") == 0, told
        try:
            check_what_is_said(shown, error, len(created), process_id)
        except AssertionError as wrong:
            raise AssertionError(f"{wrong}\n{told}\n{shown}\n{error!r}") from wrong
        if shown is not None and shown.task_id is not None:
            assert shown.task_id == created[0].task.id, told
        unfinished = bool(desk.journal.live("demo"))
        await desks.close(desk)

        for left in await resumed(desks) if unfinished else ():
            assert left.phase is not Phase.ENDED or left.verdict is TRUTH[process_id], told
            assert left.task_id in (None, *(run.task.id for run in created)), told
        assert len(tenant_runs(server, process_id)) == before + len(created), told


async def resumed(desks: Desks) -> list[RunSnapshot]:
    """Return what the next session makes of the runs left open, once the service answers again."""
    desk = desks.open(interval=0.02)
    ended = [await desk.runs.resume(run.run_id) for run in await desk.unfinished()]
    assert await desk.unfinished() == ()
    await desks.close(desk)
    return ended
