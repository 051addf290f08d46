"""``guard``: the real command over a night of others."""

import json
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from anaplan_tui.demo.server import DemoServer
from tests.e2e.command import DEADLINE_S, Place

pytestmark = pytest.mark.e2e
ENDED = 26


@pytest.fixture
def night() -> Iterator[DemoServer]:
    with DemoServer(scenario="night") as server:
        server.clock.speed = 0.001
        yield server


@contextmanager
def guarding(place: Place, *options: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        place.arguments("guard", "--json", *options),
        env=place.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=DEADLINE_S)


def events(process: "subprocess.Popen[str]") -> Iterator[dict[str, Any]]:
    assert process.stdout is not None
    for line in process.stdout:
        yield json.loads(line)


def until(process: "subprocess.Popen[str]", kind: str) -> dict[str, Any]:
    return next(event for event in events(process) if event["event"] == kind)


def test_a_look_tells_each_run_once_and_its_code_is_that_of_the_worst(
    night: DemoServer, tmp_path: Path
) -> None:
    place = Place(tmp_path, night.url)
    done = place("guard", "--once", "--json")
    assert done.code == 1
    told = [json.loads(line) for line in done.out.splitlines()]
    kinds = Counter(event["event"] for event in told)
    assert (kinds["ended"], kinds["started"], kinds["look"]) == (ENDED, 1, 1)
    ended = [event for event in told if event["event"] == "ended"]
    assert len({event["task_id"] for event in ended}) == ENDED
    assert Counter(event["verdict"] for event in ended) == {
        "completed": 22,
        "completed_with_warnings": 3,
        "failed": 1,
    }
    again = place("guard", "--once", "--json")
    assert again.code == 0
    assert [json.loads(line)["event"] for line in again.out.splitlines()] == ["look"]


def test_what_was_judged_before_the_first_guard_is_no_event(night: DemoServer, tmp_path: Path) -> None:
    place = Place(tmp_path, night.url)
    assert place("history").code == 1
    done = place("guard", "--once", "--json")
    assert done.code == 0
    assert "ended" not in {json.loads(line)["event"] for line in done.out.splitlines()}


def test_a_second_guard_says_who_runs_and_sigterm_ends_the_first_with_0(
    night: DemoServer, tmp_path: Path
) -> None:
    place = Place(tmp_path, night.url)
    with guarding(place, "--only", "Nightly*", "--every", "1s") as first:
        until(first, "look")
        second = place("guard", "--once")
        assert second.code == 2
        assert str(first.pid) in second.err
        assert "since" in second.err
        first.send_signal(signal.SIGTERM)
        assert first.wait(DEADLINE_S) == 0
    assert place("guard", "--once", "--only", "Nightly*").code in (0, 1, 3)


@pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGHUP])
def test_other_signals_end_it_as_interrupted(
    night: DemoServer, tmp_path: Path, which: signal.Signals
) -> None:
    with guarding(Place(tmp_path, night.url), "--only", "Nightly*") as guard:
        until(guard, "look")
        guard.send_signal(which)
        assert guard.wait(DEADLINE_S) == 130


def test_killed_and_started_again_it_tells_the_rest_once(night: DemoServer, tmp_path: Path) -> None:
    place = Place(tmp_path, night.url)
    seen: list[str] = []
    with guarding(place) as first:
        for event in events(first):
            if event["event"] == "ended":
                seen.append(event["task_id"])
            if len(seen) == 5:
                break
        first.kill()
        seen += [event["task_id"] for event in events(first) if event["event"] == "ended"]
    done = place("guard", "--once", "--json")
    rest = [json.loads(line) for line in done.out.splitlines()]
    seen += [event["task_id"] for event in rest if event["event"] == "ended"]
    assert len(set(seen)) == ENDED
    assert len(seen) <= ENDED + 1, "one may be told again that was being told when it died"
    journal = [item["task_id"] for item in place("history", "--json").items if item["verdict"]]
    assert len(journal) == len(set(journal)) == ENDED


def test_for_ends_it_with_0(night: DemoServer, tmp_path: Path) -> None:
    done = Place(tmp_path, night.url)("guard", "--only", "Nightly*", "--for", "1s")
    assert done.code == 0


def test_models_and_processes_of_the_configuration(night: DemoServer, tmp_path: Path) -> None:
    place = Place(tmp_path, night.url)
    place.top = '[guard]\nmodels = ["Supply Chain/Demand plan"]\nonly = ["nightly*"]\n'
    done = place("guard", "--once", "--json")
    told = [json.loads(line) for line in done.out.splitlines()]
    names = {event["name"] for event in told if event["event"] == "ended"}
    assert names
    assert all(name.startswith("Nightly") for name in names)
    (look,) = [event for event in told if event["event"] == "look"]
    assert look["lists"] < 46
