"""``guard``: the real command over a night of other people's runs."""

import json
import os
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from anaplan_tui.api.refs import Kind, ModelRef, TargetRef
from anaplan_tui.commands.guard import matching
from anaplan_tui.core.catalog import CatalogItem
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from tests.support.command import DEADLINE_S, Place
from tests.support.desks import demand_plan

pytestmark = pytest.mark.e2e
ENDED = 26


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
    assert len(seen) <= ENDED + 1, "only the one being reported when it died may be reported again"
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


@pytest.mark.parametrize(
    ("pattern", "looked"),
    [
        ("Nächt*", True),
        ("NA\u0308CHT*", True),
        ("nächtliche last*", True),
        ("Nächtliche Last [eu]", True),
        ("Na\u0308chtliche\u200d\u00a0Last [[]EU]", True),
        ("Nächt", False),
        ("Nacht*", False),
    ],
)
def test_a_pattern_finds_a_name_however_it_is_spelled(pattern: str, looked: bool) -> None:
    name = "Na\u0308chtliche\u00a0Last [EU]"
    item = CatalogItem(TargetRef(ModelRef("w", "m"), Kind.PROCESS, "118000000001"), name)
    assert matching([pattern])(item) is looked


def test_a_look_that_finds_nothing_is_silent(night: DemoServer, tmp_path: Path) -> None:
    place = Place(tmp_path, night.url)
    assert place("guard", "--once", "--only", "Nightly*").err == ""
    done = place("guard", "--once", "--only", "Nightly*")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_a_disk_that_does_not_take_what_is_told_does_not_end_it(night: DemoServer, tmp_path: Path) -> None:
    place = Place(tmp_path, night.url, top="[history]\nrequests_per_minute = 300\n")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            place.arguments("guard", "--once", "--json"),
            env=place.env,
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=DEADLINE_S,
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, b"")
    assert len([item for item in place("history", "--json").items if item["verdict"]]) == ENDED


def test_a_new_password_is_found_and_the_refused_one_is_not_sent_again(
    night: DemoServer, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("demo\n")
    place = Place(tmp_path, night.url, secrets={}, auth=f'password_command = ["cat", "{secret}"]')
    logins = ("POST", "*/token/authenticate")
    with guarding(place, "--only", "Nightly*", "--every", "0.1s") as guard:
        until(guard, "look")
        user = night.tenant.user("demo@example.com")
        night.tenant.tokens._users[user.email] = replace(user, password="changed")
        night.faults.add(Fault("* *", "expire-all"))
        lost = until(guard, "contact_lost")
        assert "password" in lost["problem"].lower()
        secret.write_text("changed\n")
        until(guard, "contact_back")
        assert night.log.count(*logins) == 3, "expected the first, the refused one and the new one"
        guard.send_signal(signal.SIGTERM)
        assert guard.wait(DEADLINE_S) == 0


def test_a_password_that_is_refused_at_the_start_ends_it(night: DemoServer, tmp_path: Path) -> None:
    done = Place(tmp_path, night.url, secrets={"PASSWORD": "wrong"})("guard", "--json")
    assert (done.code, done.out) == (5, "")
    assert night.log.count("POST", "*/token/authenticate") == 1


@pytest.mark.parametrize("request_", ["GET */users/me", "GET */models/*/status", "GET */tasks"])
def test_sigterm_ends_it_also_while_an_answer_does_not_come(
    night: DemoServer, tmp_path: Path, request_: str
) -> None:
    night.faults.add(Fault(request_, "delay", seconds=600.0, count=None))
    verb, path = request_.split(" ")
    with guarding(Place(tmp_path, night.url), "--only", "Nightly*") as guard:
        night.wait_for(verb, path, timeout=DEADLINE_S)
        guard.send_signal(signal.SIGTERM)
        assert guard.wait(DEADLINE_S) == 0
        assert guard.stderr is not None
        assert "Traceback" not in guard.stderr.read()


def test_sigterm_ends_it_also_while_somebody_is_told(night: DemoServer, tmp_path: Path) -> None:
    fifo = tmp_path / "begun"
    os.mkfifo(fifo)
    place = Place(tmp_path, night.url)
    place.top = f'notify_command = ["/bin/sh", "-c", "echo here >{fifo}; exec sleep 600"]\n'
    with guarding(place, "--only", "Store*") as guard:
        assert fifo.read_text() == "here\n"
        guard.send_signal(signal.SIGTERM)
        assert guard.wait(DEADLINE_S) == 0


def test_several_models_are_guarded_and_each_event_names_its_own(night: DemoServer, tmp_path: Path) -> None:
    model = next(model for model in night.tenant.company.models if model.name == "Cash forecast")
    (process,) = model.processes.values()
    night.tenant.start(night.tenant.user("demo@example.com"), model, "process", process.id)
    night.clock.advance(60.0)
    place = Place(tmp_path, night.url)
    place.top = '[guard]\nmodels = ["Supply Chain/Demand plan", "Finance/Cash forecast"]\n'
    done = place("guard", "--once", "--json")
    told = [json.loads(line) for line in done.out.splitlines()]
    looks = {event["model"]: event["lists"] for event in told if event["event"] == "look"}
    assert looks == {"Demand plan": 46, "Cash forecast": 1}
    ended = Counter(event["model"] for event in told if event["event"] == "ended")
    assert ended["Cash forecast"] == 1
    assert ended["Demand plan"] >= ENDED


def test_whoever_is_told_gets_names_as_data(tmp_path: Path) -> None:
    with DemoServer(scenario="hostile") as server:
        server.clock.speed = 0.001
        model = demand_plan(server)
        for process in model.processes:
            server.tenant.start(server.tenant.user("demo@example.com"), model, "process", process)
        server.clock.advance(36_000.0)
        out = tmp_path / "told"
        place = Place(tmp_path, server.url)
        place.top = f'notify_command = ["/bin/sh", "-c", "cat >$(mktemp {out}.XXXXXX)"]\n'
        told = [json.loads(line) for line in place("guard", "--once", "--json").out.splitlines()]
    bad = [e["task_id"] for e in told if e["event"] == "ended" and e["verdict"] != "completed"]
    heard = [json.loads(path.read_text()) for path in tmp_path.glob("told.*")]
    assert bad
    assert sorted(run["task_id"] for run in heard) == sorted(bad)
    assert not any(ord(sign) < 32 for run in heard for sign in run["name"])


def test_doctor_knows_the_guard_and_the_program_that_is_told(night: DemoServer, tmp_path: Path) -> None:
    place = Place(tmp_path, night.url)
    place.top = 'notify_command = ["/no/such/program"]\n'
    with guarding(place, "--only", "Nightly*") as guard:
        until(guard, "look")
        checks = {item["name"]: item for item in place("doctor", "--json").items}
        assert checks["guard"]["finding"] == "ok"
        assert f"process {guard.pid}" in checks["guard"]["said"]
        assert "looked" in checks["guard"]["said"]
        assert checks["notify_command"]["finding"] == "warning"
    assert "none runs" in next(i for i in place("doctor", "--json").items if i["name"] == "guard")["said"]


def test_test_notify_says_whether_the_command_worked(night: DemoServer, tmp_path: Path) -> None:
    place = Place(tmp_path, night.url)
    assert place("guard", "--test-notify").code == 2
    place.top = 'notify_command = ["/bin/false"]\n'
    assert place("guard", "--test-notify").code == 1
    heard = tmp_path / "heard"
    place.top = f'notify_command = ["/bin/sh", "-c", "cat >{heard}"]\n'
    assert place("guard", "--test-notify").code == 0
    assert json.loads(heard.read_text())["verdict"] == "failed"
    assert len(night.log) == 0
