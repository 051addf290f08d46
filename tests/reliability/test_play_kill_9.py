"""Random runbooks through random faults and ``kill -9`` of the command at random requests, then ``--resume``.

Whatever happens: every process is started at most once, no step is left out, and the journal has the tenant's
truth of every step, or says that it is not known.
"""

import random
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from anaplan_tui.core.journal.journal import Journal, PlayRecord
from anaplan_tui.core.play import Course, PlayStep, Stage
from anaplan_tui.core.snapshots import Verdict
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from tests.reliability.forked_command import Commands, arrives, commands
from tests.reliability.test_random_faults import TRUTH
from tests.support.command import Place
from tests.support.desks import tenant_runs

GROUPS = 6
KILLS = 9
"""Kills in each group: 54 in all."""
LAST_REQUEST = 34
"""The login, the lists, a start and its polls, the next steps; some plays end earlier."""
LIVES = 8
PROCESSES = [process for process, verdict in TRUTH.items() if verdict is not Verdict.UNKNOWN]
START = "POST */processes/*/tasks"
FAULTS = (
    Fault(START, "lost"),
    Fault(START, "reset"),
    Fault(START, "status", status=503),
    Fault(START, "status", status=503, work=True),
    Fault("GET */tasks/*", "status", status=502, count=2),
    Fault("GET */tasks/*", "broken-json"),
    Fault("PUT */chunks/*", "reset"),
    Fault("GET */chunks/*", "cut"),
)


@pytest.fixture
def runner() -> Iterator[Commands]:
    with commands() as begun:
        yield begun


def runbook_of(dice: random.Random, place: Place) -> Path:
    """Return two to four processes, each once, with steps that move files and wait between them."""
    (place.root / "in.csv").write_text("Region,Month,Target\nNorth,Jan 26,1\n")
    others = [
        '[[step]]\nupload = "targets.csv"\nfrom = "in.csv"\n',
        '[[step]]\ndownload = "Sales - Revenue.csv"\nto = "out/sales.csv"\noverwrite = true\n',
        '[[step]]\nwait = "idle"\n',
    ]
    steps = [f'[[step]]\nrun = "{process}"\n' for process in dice.sample(PROCESSES, dice.randint(2, 4))]
    for other in dice.sample(others, dice.randint(0, 3)):
        steps.insert(dice.randint(0, len(steps)), other)
    path = place.root / "book.toml"
    path.write_text('on_failure = "continue"\n' + "\n".join(steps))
    return path


def last_play(place: Place, runbook: Path) -> PlayRecord | None:
    with Journal.open(place.state / "journal.db") as journal:
        return journal.plays.last("here", place.url, str(runbook.resolve()))


def check(server: DemoServer, before: dict[str, int], play: PlayRecord, runbook: Path, told: str) -> None:
    """Compare the record of each step with the tenant."""
    over = True
    wanted = [line.split('"')[1] for line in runbook.read_text().splitlines() if line.startswith("run =")]
    runs = [step for step in play.play.steps if step.does == "run"]
    for process, step in zip(wanted, runs, strict=True):
        created = len(tenant_runs(server, process)) - before[process]
        _check_run(process, step, created, told)
    for step in play.play.steps:
        assert over or step.stage is Stage.WAITING, f"{told}: step {step.number} was played out of turn"
        over = over and step.stage is Stage.ENDED and not step.stops
    if over:
        assert play.play.course is Course.ENDED, told
    else:
        stopped = play.play.stopped_at
        assert stopped is not None, told
        assert stopped.verdict is Verdict.UNKNOWN, f"{told}: {stopped.reason}"


def _check_run(process: str, step: PlayStep, created: int, told: str) -> None:
    assert created <= 1, f"{told}: step {step.number} was started {created} times"
    if step.stage is not Stage.ENDED:
        assert created == 0, told
    elif step.verdict is not Verdict.UNKNOWN and step.code != 6 and created:
        assert step.verdict is TRUTH[process], f"{told}: {step.reason}"
    elif step.verdict in (Verdict.COMPLETED, Verdict.WARNINGS):
        assert created == 1, told


@pytest.mark.parametrize("group", range(GROUPS))
def test_after_kill_9_a_play_is_resumed_and_no_step_is_doubled_or_left_out(
    runner: Commands, tmp_path: Path, group: int
) -> None:
    dice = random.Random(f"kill -9 of play, group {group}")
    kills = number = 0
    while kills < KILLS:
        number += 1
        root = tmp_path / str(number)
        root.mkdir()
        with DemoServer(speed=100) as server:
            place = Place(root, server.url)
            runbook = runbook_of(dice, place)
            before = {process: len(tenant_runs(server, process)) for process in PROCESSES}
            server.faults.add(*dice.sample(FAULTS, dice.randint(0, 2)))
            argv = place.arguments("play", str(runbook))[1:]
            told = f"group {group}, play {number}"
            for life in range(LIVES):
                server.log.clear()
                known = last_play(place, runbook) if life else None
                if known is not None and known.play.stopped_at is None:
                    break
                extra = ["--resume"] if known is not None else []
                output = root / f"life-{life}"
                runner.begin([*argv, *extra], place.env, output)
                nth, answered = dice.randint(1, LAST_REQUEST), dice.random() < 0.5
                dies = life == 0 or (life < LIVES - 1 and dice.random() < 0.4)
                if dies and arrives(server, runner, nth, answered=answered):
                    code = runner.kill()
                    kills += code == -signal.SIGKILL
                else:
                    code = runner.wait()
                assert code in (-signal.SIGKILL, 0, 1, 3, 6, 8), f"{told}: {output.read_text()}"
                assert code < 0 or "Traceback" not in output.read_text(), told
            play = last_play(place, runbook)
            assert play is not None, told
            check(server, before, play, runbook, told)
