"""A tenant that outlives its server, and the server in a process of its own."""

import os
import select
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from anaplan_tui.demo.__main__ import main
from anaplan_tui.demo.ledger import KEPT, Ledger
from anaplan_tui.demo.server import DemoProcess, DemoServer
from tests.support.tenants import LOAD_SALES, MODEL, NIGHTLY_LOAD, WEEKLY_CSV, WEEKLY_TARGETS_LOAD, sign_in


def test_a_run_goes_on_while_nobody_serves(tmp_path: Path) -> None:
    with DemoServer(state_dir=tmp_path) as first:
        client = sign_in(first)
        path = client.start(NIGHTLY_LOAD)
        first.clock.advance(10)
        client.http.post(f"{MODEL}/processes/{NIGHTLY_LOAD}/tasks", json={"localeName": "en_US"})
        client.http.close()
    with DemoServer(state_dir=tmp_path) as second, sign_in(second).http as http:
        task = http.get(MODEL + path).json()["task"]
        assert task["taskState"] == "IN_PROGRESS"
        assert task["progress"] > 0.2
        second.clock.advance(60)
        assert http.get(MODEL + path).json()["task"]["taskState"] == "COMPLETE"


def test_two_servers_share_one_tenant(tmp_path: Path) -> None:
    with DemoServer(state_dir=tmp_path) as here, DemoServer(state_dir=tmp_path) as there:
        mine, yours = sign_in(here), sign_in(there)
        with mine.http, yours.http:
            path = mine.start(NIGHTLY_LOAD)
            assert yours.task(path)["taskState"] == "NOT_STARTED"
            yours.http.delete(MODEL + path)
            assert mine.task(path)["taskState"] in ("CANCELLING", "CANCELLED")
            mine.upload(WEEKLY_CSV, b"Region,Target\n", b"North,1\n")
            assert yours.run(WEEKLY_TARGETS_LOAD)["successful"] is True
            seen = [t["taskId"] for t in mine.get(f"/processes/{WEEKLY_TARGETS_LOAD}/tasks")["tasks"]]
            assert len(seen) == len(set(seen))
            ended = yours.start(NIGHTLY_LOAD)
            yours.finish(ended)
            here.clock.advance(600)
            dump = f"{ended}/dumps/{LOAD_SALES}"
            assert mine.joined(dump) == yours.joined(dump)


def test_state_is_private(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with DemoServer(state_dir=state) as server:
        client = sign_in(server)
        with client.http:
            client.upload(WEEKLY_CSV, b"Region,Target\n")
    for path in state.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_a_torn_or_foreign_line_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "tenant.jsonl"
    ledger = Ledger(path)
    ledger.append({"at": 1.0, "wall": 1e12, "n": 1})
    with path.open("ab") as file:
        file.write(b'{"at": 2.0, "wa\n[1]\n{"at": 3.0, "wall": 1e12, "n": 3}\n{"at": 4.0, "wall": ')
    assert [event["n"] for event in ledger.fresh()] == [1, 3]
    assert ledger.fresh() == []
    with path.open("ab") as file:
        file.write(b'1e12, "n": 4}\n')
    assert [event["n"] for event in ledger.fresh()] == [4]
    ledger.close()


def test_what_is_old_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "tenant.jsonl"
    ledger = Ledger(path)
    ledger.append({"at": 1.0, "wall": time.time() - KEPT - 60, "n": "old"})
    ledger.append({"at": 2.0, "wall": 1e12, "n": "new"})
    ledger.close()
    again = Ledger(path)
    assert [event["n"] for event in again.fresh()] == ["new"]
    again.close()


def test_the_child_process_serves_and_ends_with_us(tmp_path: Path) -> None:
    with DemoProcess(speed=50, state_dir=tmp_path) as tenant:
        answer = httpx.post(f"{tenant.url}/token/authenticate", auth=("demo@example.com", "demo"))
        assert answer.status_code == 201
        pid = tenant.pid
        assert pid is not None
        assert os.getsid(pid) == pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_the_child_process_says_why_it_does_not_start() -> None:
    tenant = DemoProcess(scenario="compny")
    with pytest.raises(RuntimeError, match="unknown scenario 'compny'"):
        tenant.start()
    assert tenant.pid is None


_PARENT = """
import sys
from anaplan_tui.demo.server import DemoProcess
tenant = DemoProcess()
tenant.start()
print(tenant.pid, flush=True)
sys.stdin.read()
"""


def test_the_child_process_does_not_outlive_a_killed_parent() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        watch = os.pidfd_open(pid)
        parent.send_signal(signal.SIGKILL)
    readable, _, _ = select.select([watch], [], [], 30)  # readable when the process has ended
    os.close(watch)
    assert readable


def test_the_command_prints_one_line() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "anaplan_tui.demo", "--speed", "10"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as command:
        assert command.stdout is not None
        line = command.stdout.readline().decode()
        url, user, password = line.rstrip("\n").split("  ")
        assert httpx.get(f"{url}/2/0/users/me").status_code == 401
        assert (user, password) == ("user: demo@example.com", "password: demo")
        command.send_signal(signal.SIGINT)
        out, err = command.communicate(timeout=60)
    assert (out, err, command.returncode) == (b"", b"", 0)


def test_the_command_lists_and_refuses(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    assert "lost-start" in capsys.readouterr().out
    assert main(["--scenario", "compny"]) == 2
    assert "there are company" in capsys.readouterr().err
