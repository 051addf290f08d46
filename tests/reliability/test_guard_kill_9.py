"""kill -9 of the real command ``guard`` at random requests of a night in progress, then a restart.

Afterwards every run of the night is in the journal once and was reported, every dump is complete, and no life
asked for what an earlier one had already fetched. ``GUARD_KILLS`` sets the number of kills in a group.
"""

import hashlib
import json
import os
import random
import re
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from anaplan_tui.core.journal.journal import Journal, JournalRun
from anaplan_tui.demo.company_night import STORE_TARGETS
from anaplan_tui.demo.server import DemoServer
from tests.reliability.forked_command import Commands, arrives, commands
from tests.support.command import Place
from tests.support.nights import CLEAN, WARNED, WHO, Dump, Night

GROUPS = 5
KILLS = int(os.environ.get("GUARD_KILLS", "3"))
LAST_REQUEST = {"once": 80, "stays": 45}
"""The login, the names, the lists, the runs' results, the dumps; a guard that stays reads fewer lists."""
LATER_S = 0.02
"""A kill may come this long after its request, while something is written."""
_CHUNK = re.compile(r"/tasks/(\w+)/dumps/(\d+)/chunks/(\d+)$")
_TASK = re.compile(r"/tasks/(\w+)$")


@pytest.fixture
def night(night: DemoServer) -> Night:
    return Night(night)


@pytest.fixture
def runner() -> Iterator[Commands]:
    with commands() as begun:
        yield begun


@dataclass
class Home:
    """What the lives of a guard leave in one place."""

    place: Place
    lives: int = 0
    told: list[dict[str, object]] = field(default_factory=list)

    def begin(self, runner: Commands, *options: str) -> Path:
        self.lives += 1
        output = self.place.root / f"life-{self.lives}"
        argv = self.place.arguments("guard", "--json", *options)[1:]
        runner.begin(argv, self.place.env, output)
        return output

    def hear(self, output: Path) -> None:
        """Read what a life reported; its last line may be incomplete."""
        *lines, rest = output.read_text().split("\n")
        assert "Traceback" not in rest
        self.told += [json.loads(line) for line in lines if line.startswith("{")]

    def runs(self) -> list[JournalRun]:
        path = self.place.state / "journal.db"
        if not path.exists():
            return []
        with Journal.open(path) as journal:
            found = [journal.run(run.run_id) for run in journal.recent("here", 1000)]
        return [run for run in found if run is not None]

    def dumps(self) -> dict[Dump, Path]:
        """Return the dumps in the journal, with their files."""
        files = [file for run in self.runs() for file in run.files]
        return {(f.task_id, f.object_id): f.path for f in files if f.task_id is not None and f.object_id}

    def chunks(self) -> set[tuple[str, str, int]]:
        """Return the chunks that the ledgers of unfinished dumps name."""
        found = set()
        for ledger in (self.place.state / "parts").glob("*/ledger"):
            first, *lines = ledger.read_bytes().split(b"\n")
            for line in lines:
                if line.endswith(b"}"):
                    task, dump = re.findall(r"/(?:tasks|dumps)/(\w+)", json.loads(first)["source"])
                    found.add((task, dump, int(json.loads(line)["chunk"])))
        return found


def check_nothing_is_asked_twice(
    server: DemoServer, known: set[str], saved: set[Dump], kept: set[tuple[str, str, int]], told: str
) -> None:
    """Compare a life's requests with what was there when it began."""
    paths = [entry.path for entry in server.log.matching("GET")]
    tasks = Counter(match[1] for path in paths if (match := _TASK.search(path)))
    assert not known & tasks.keys(), f"{told}: asked again what a run came to"
    assert set(tasks.values()) <= {1}, told
    chunks = Counter(match.groups() for path in paths if (match := _CHUNK.search(path)))
    assert not saved & {(task, dump) for task, dump, _ in chunks}, f"{told}: asked again for a dump"
    assert not kept & {(task, dump, int(number)) for task, dump, number in chunks}, told
    again = Counter((task, dump) for (task, dump, _), times in chunks.items() if times > 1)
    assert set(chunks.values()) <= {1, 2}, told
    assert set(again.values()) <= {1, 2}, f"{told}: the engine asks again for two of odd sizes at most"


def go_on(night: Night, home: Home, dice: random.Random) -> None:
    """Let others run something; a process that leaves a dump runs again only once that dump is fetched."""
    saved = home.dumps()
    safe = [name for name in (*WARNED, STORE_TARGETS.name) if _may_run(night, saved, name)]
    for name in dice.sample(CLEAN, 2) + dice.sample(safe, min(1, len(safe))):
        night.run(name)


def _may_run(night: Night, saved: dict[Dump, Path], name: str) -> bool:
    tasks = {id_ for id_, run in night.ended.items() if night.model.processes[run.task.target].name == name}
    return all(dump in saved for dump in night.truth if dump[0] in tasks)


@pytest.mark.timeout(300 + 30 * KILLS)
@pytest.mark.parametrize("group", range(GROUPS))
def test_after_kill_9_nothing_of_the_night_is_lost_doubled_or_asked_for_again(
    night: Night, runner: Commands, tmp_path: Path, group: int
) -> None:
    dice = random.Random(f"kill -9 of guard, group {group}")
    server = night.server
    home = Home(Place(tmp_path, server.url, username=WHO, top="[history]\nrequests_per_minute = 300\n"))
    only = [
        f"--only={name}" for name in {night.model.processes[r.task.target].name for r in night.ended.values()}
    ]
    kills = 0
    while kills < KILLS:
        mode, answered = dice.choice(["once", "stays"]), dice.random() < 0.5
        nth, later_s = dice.randint(1, LAST_REQUEST[mode]), dice.choice([0.0, dice.random() * LATER_S])
        told = f"group {group}, life {home.lives + 1} ({mode}), at request {nth}"
        known = {run.summary.task_id for run in home.runs() if run.summary.task_id}
        saved, kept = set(home.dumps()), home.chunks()
        server.log.clear()
        output = home.begin(runner, *(["--once"] if mode == "once" else ["--every=1s", *only]))
        if arrives(server, runner, nth, answered=answered):
            time.sleep(later_s)
            code = runner.kill()
            kills += code == -signal.SIGKILL
        else:
            code = runner.wait()
        assert code in (-signal.SIGKILL, 0, 1, 3), f"{told}: {code}: {output.read_text()}"
        home.hear(output)
        check_nothing_is_asked_twice(server, known, saved, kept, told)
        go_on(night, home, dice)
    output = home.begin(runner, "--once")
    assert runner.wait() in (0, 1, 3), output.read_text()
    home.hear(output)
    check_all_is_at_home(night, home, kills)
    output = home.begin(runner, "--once")
    assert runner.wait() == 0, output.read_text()


def check_all_is_at_home(night: Night, home: Home, kills: int) -> None:
    """Compare journal, disk and reports with the tenant's truth."""
    runs = [run.summary for run in home.runs()]
    assert Counter(run.task_id for run in runs) == Counter(list(night.ended))
    for run in runs:
        assert run.task_id is not None
        assert run.verdict is night.verdict(night.ended[run.task_id]), run
    saved = home.dumps()
    on_disk = {key: hashlib.sha256(path.read_bytes()).hexdigest() for key, path in saved.items()}
    assert on_disk == night.truth
    assert sorted(saved.values()) == sorted((home.place.root / "dumps").rglob("*.csv"))
    assert list((home.place.state / "parts").glob("*/ledger")) == []
    ended = Counter(event["task_id"] for event in home.told if event["event"] == "ended")
    assert ended.keys() == night.ended.keys()
    assert ended.total() <= len(night.ended) + kills, "one may be told again that was being told"
    dumps = {(e["task_id"], e["sha256"]) for e in home.told if e["event"] == "dump" and e["sha256"]}
    assert dumps == {(task, sha256) for (task, _), sha256 in night.truth.items()}
