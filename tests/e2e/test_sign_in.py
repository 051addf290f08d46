"""OAuth sign-ins of real processes: at once, one after another, and where nobody can type a code."""

import os
import subprocess
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from anaplan_tui.core.sign_in.token_file import TokenFile
from anaplan_tui.demo.server import DemoServer
from tests.support.command import DEADLINE_S, Place
from tests.support.terminal import Terminal

CLIENT = "c" * 32


@pytest.fixture
def place(server: DemoServer, tmp_path: Path) -> Place:
    return Place(tmp_path, server.url, method="oauth-device", auth=f'client_id = "{CLIENT}"', secrets={})


@pytest.fixture
def kept(place: Place) -> TokenFile:
    return TokenFile(place.state, "here", place.url, CLIENT, pytest.fail)


def signed_in(server: DemoServer) -> SecretStr:
    """A refresh token of the tenant, valid for one use."""
    device = httpx.post(f"{server.url}/oauth/device/code", json={"client_id": CLIENT}).json()
    server.tenant.devices.approve_all()
    grant = {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "device_code": device["device_code"],
    }
    answer = httpx.post(f"{server.url}/oauth/token", json=grant | {"client_id": CLIENT})
    return SecretStr(answer.json()["refresh_token"])


def test_processes_that_renew_at_once_do_not_spend_each_others_token(
    place: Place, kept: TokenFile, server: DemoServer
) -> None:
    place.state.mkdir(mode=0o700)
    kept.save(signed_in(server))
    begin = partial(
        subprocess.Popen[bytes],
        place.arguments("workspaces", "--json"),
        env=place.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    for _ in range(2):
        with ExitStack() as together:
            processes = [together.enter_context(begin()) for _ in range(4)]
            said = [str(process.communicate(timeout=DEADLINE_S)[1]) for process in processes]
        assert [process.returncode for process in processes] == [0] * 4, said
    refused = [entry.status for entry in server.log.matching("POST", "*/oauth/token") if entry.status != 200]
    assert refused == []
    assert kept.load() is not None


@pytest.mark.parametrize("command", [("workspaces",), ("doctor",)])
def test_without_a_terminal_no_code_is_asked_for(
    command: tuple[str, ...], place: Place, server: DemoServer
) -> None:
    done = place(*command)
    assert done.code == 5
    assert "anaplan-tui --profile here workspaces" in done.err + done.out
    assert "terminal" in done.err + done.out
    assert server.log.count("POST", "*/oauth/device/code") == 0


def test_a_token_that_died_under_cron_is_dropped_and_said(
    place: Place, kept: TokenFile, server: DemoServer
) -> None:
    place.state.mkdir(mode=0o700)
    kept.save(SecretStr("spent-long-ago"))
    assert place("workspaces").code == 5
    assert kept.load() is None
    assert server.log.count("POST", "*/oauth/device/code") == 0


def test_a_code_is_shown_in_a_terminal(place: Place, kept: TokenFile, server: DemoServer) -> None:
    server.tenant.devices.interval = 1
    with Terminal(place.arguments("workspaces"), place.env) as terminal:
        terminal.wait_for("type the code")
        server.tenant.devices.approve_all()
        assert terminal.process.wait(DEADLINE_S) == os.EX_OK
    assert kept.load() is not None


def test_the_app_shows_the_code(place: Place, kept: TokenFile, server: DemoServer) -> None:
    server.tenant.devices.interval = 1
    with Terminal(place.arguments(), place.env, rows=24, columns=80) as terminal:
        terminal.wait_for("Sign in to Anaplan")
        terminal.wait_for("/activate")
        terminal.wait_for("type the code")
        server.tenant.devices.approve_all()
        terminal.wait_for("FX rates refresh")
        assert "Sign in to Anaplan" not in terminal.text
    assert kept.load() is not None


def test_a_sign_in_that_ends_while_the_app_is_open_is_on_the_screen(
    place: Place, kept: TokenFile, server: DemoServer
) -> None:
    place.state.mkdir(mode=0o700)
    kept.save(signed_in(server))
    server.tenant.devices.interval = 1
    with Terminal(place.arguments(), place.env, rows=24, columns=80) as terminal:
        terminal.wait_for("FX rates refresh")
        kept.save(SecretStr("ended-by-the-administrator"))
        server.tenant.tokens.revoke_all()
        terminal.press("R")
        terminal.wait_for("Sign in to Anaplan")
        terminal.press("\x1b")
        terminal.wait_for("Sign in: type ")
        server.tenant.devices.scripted.append("access_denied")
        terminal.wait_for("Anaplan refuses the login")
        terminal.press("n")
        terminal.wait_for("Cannot log in")
        codes = server.log.count("POST", "*/oauth/device/code")
        terminal.press("R")
        server.wait_for("POST", "*/oauth/device/code", n=codes + 1, answered=True)
        terminal.wait_for("Sign in to Anaplan")
        server.tenant.devices.approve_all()
        terminal.wait_for("Signed in again")
