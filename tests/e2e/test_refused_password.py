"""A changed password in a command called from cron: sent once, however often the command is called."""

import json
import os
import pty
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from tests.support.command import DEADLINE_S, Place

pytestmark = pytest.mark.e2e
LOGIN = ("POST", "*/token/authenticate")
CALLS = (("guard", "--once"), ("history",), ("tasks", "Nightly load"))


def in_a_terminal(place: Place, *arguments: str) -> int:
    """Return the exit code of a command whose errors somebody sees."""
    ours, theirs = pty.openpty()
    try:
        return subprocess.run(
            place.arguments(*arguments),
            env=place.env,
            stdin=theirs,
            stdout=subprocess.DEVNULL,
            stderr=theirs,
            timeout=DEADLINE_S,
            check=False,
        ).returncode
    finally:
        os.close(ours)
        os.close(theirs)


def test_a_refused_password_is_sent_once_by_all_commands_until_it_is_another(
    night: DemoServer, tmp_path: Path
) -> None:
    place = Place(tmp_path, night.url, secrets={"PASSWORD": "outdated-7"})
    first = place("guard", "--once")
    assert first.code == 5
    for call in CALLS:
        done = place(*call)
        assert done.code == 5
        assert "still the one that was refused on 20" in done.err
        assert "log in once in a terminal" in done.err
    assert night.log.count(*LOGIN) == 1
    place.secrets = {"PASSWORD": "demo"}
    assert place("tasks", "Nightly load").code == 0
    place.secrets = {"PASSWORD": "outdated-7"}
    assert place("history").code == 5
    assert night.log.count(*LOGIN) == 3, "expected the successful login to clear the refusal"


def test_who_sits_before_a_terminal_sends_it_all_the_same(night: DemoServer, tmp_path: Path) -> None:
    place = Place(tmp_path, night.url, secrets={"PASSWORD": "renewed-8"})
    assert [place("workspaces").code for _ in range(2)] == [5, 5]
    assert in_a_terminal(place, "workspaces") == 5
    assert night.log.count(*LOGIN) == 2
    user = night.tenant.user("demo@example.com")
    night.tenant.tokens._users[user.email] = replace(user, password="renewed-8")
    assert place("workspaces").code == 5
    assert in_a_terminal(place, "workspaces") == 0
    assert place("workspaces").code == 0


def test_nothing_on_disk_tells_the_password(night: DemoServer, tmp_path: Path) -> None:
    place = Place(tmp_path, night.url, secrets={"PASSWORD": "outdated-7"})
    assert place("workspaces").code == 5
    (kept,) = place.state.glob("refused-*")
    assert kept.stat().st_mode & 0o777 == 0o600
    assert len(bytes.fromhex(json.loads(kept.read_text())["tag"])) == 3
    for path in (path for path in place.state.rglob("*") if path.is_file()):
        assert b"outdated-7" not in path.read_bytes(), path


@pytest.mark.parametrize("spoilt", ["", "{}", '{"salt": 1, "tag": 2, "at": 3}', '{"salt": "0", "tag": "ü"}'])
def test_a_file_that_makes_no_sense_stops_nobody(night: DemoServer, tmp_path: Path, spoilt: str) -> None:
    place = Place(tmp_path, night.url, secrets={"PASSWORD": "outdated-7"})
    assert place("workspaces").code == 5
    (kept,) = place.state.glob("refused-*")
    kept.write_text(spoilt)
    place.secrets = {"PASSWORD": "demo"}
    assert place("workspaces").code == 0


@pytest.mark.parametrize("status", [403, 429, 503])
def test_what_says_nothing_of_the_password_is_not_remembered(
    night: DemoServer, tmp_path: Path, status: int
) -> None:
    night.faults.add(Fault("POST */authenticate", "status", status=status, count=None))
    place = Place(tmp_path, night.url)
    assert place("workspaces").code != 0
    night.faults.clear()
    assert place("workspaces").code == 0
