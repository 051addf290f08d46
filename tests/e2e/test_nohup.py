"""Runs started to outlive their terminal do, and those that lose contact say what is still running."""

import signal
import subprocess
from collections.abc import Iterator

import pytest

from anaplan_tui.demo.server import DemoServer
from tests.support.command import Place
from tests.support.watched import wait_until_watched

pytestmark = [pytest.mark.e2e]

LONG = "118000000042"


@pytest.fixture
def server() -> Iterator[DemoServer]:
    with DemoServer(speed=1) as served:
        yield served


def test_nohup_is_respected(server: DemoServer, place: Place) -> None:
    command = ["nohup", *place.arguments("run", LONG, "--json")]
    with subprocess.Popen(
        command, env=place.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        wait_until_watched(server, LONG)
        process.send_signal(signal.SIGHUP)
        wait_until_watched(server, LONG, looks_more=2)
        server.clock.speed = 50
        out, err = process.communicate(timeout=60)

    assert process.returncode == 1, err
    assert b'"verdict": "failed"' in out


def test_a_closed_stderr_does_not_end_the_watching(server: DemoServer, place: Place) -> None:
    with subprocess.Popen(
        place.arguments("run", LONG),
        env=place.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        wait_until_watched(server, LONG)
        assert process.stderr is not None
        process.stderr.close()
        process.stderr = None
        server.clock.speed = 50
        out, _ = process.communicate(timeout=60)

    assert process.returncode == 1
    assert out.decode().startswith("✗ failed  Nightly load")


def test_a_login_that_dies_in_the_middle_says_that_the_run_goes_on(server: DemoServer, place: Place) -> None:
    place.secrets, place.method = {"TOKEN": server.token()}, "token"
    with subprocess.Popen(
        place.arguments("run", LONG),
        env=place.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        wait_until_watched(server, LONG)
        server.tenant.tokens.revoke_all()
        _, err = process.communicate(timeout=60)

    assert process.returncode == 5
    again = f"anaplan-tui --config {place.config} attach 'Nightly load'"
    assert f"goes on without us; watch it again with: {again}" in err
