"""Secrets entered in a real terminal: at our prompt, and at that of the operator's command."""

import shlex
import sys
from pathlib import Path

import pytest

from anaplan_tui.demo.server import DemoServer
from tests.support.command import Place
from tests.support.terminal import Terminal

LOGIN = ("POST", "*/token/authenticate")
READERS = {
    "the terminal": "printf 'PIN please: ' >/dev/tty; read pin </dev/tty; echo $pin",
    "its standard input": "printf 'PIN please: ' >&2; read pin; echo $pin",
    "without echo": f"{sys.executable} -S -c 'import getpass; print(getpass.getpass(\"PIN please: \"))'",
    "in a helper": "sh -c 'exec <>/dev/tty; stty -echo; printf \"PIN please: \" >&0; read p; echo $p'",
}

HIDDEN = ("without echo", "in a helper")


@pytest.fixture
def place(server: DemoServer, tmp_path: Path) -> Place:
    return Place(tmp_path, server.url, secrets={})


def command(script: str) -> str:
    escaped = script.replace("\\", "\\\\").replace('"', '\\"')
    return f'password_command = ["sh", "-c", "{escaped}"]'


@pytest.mark.parametrize("reader", READERS)
def test_a_command_that_reads_the_terminal_gets_it(reader: str, place: Place, server: DemoServer) -> None:
    place.auth = command(READERS[reader])
    with Terminal(place.arguments("workspaces"), place.env) as terminal:
        modes = terminal.modes_of_line
        terminal.wait_for_line("PIN please:", hidden=reader in HIDDEN)
        terminal.press("demo\r")
        assert terminal.process.wait(60) == 0
        assert terminal.modes_of_line == modes
    assert server.log.count(*LOGIN) == 1


@pytest.mark.parametrize("reader", READERS)
def test_inside_the_app_too(reader: str, place: Place, server: DemoServer, tmp_path: Path) -> None:
    first = tmp_path / "asked-before"
    once = f"test -e {shlex.quote(str(first))} || {{ touch {shlex.quote(str(first))}; echo wrong; exit; }}; "
    place.auth = command(once + READERS[reader])
    with Terminal(place.arguments(), place.env, rows=24, columns=80) as terminal:
        terminal.wait_for("Not connected")
        terminal.press("R")
        terminal.wait_for_line("PIN please:", hidden=reader in HIDDEN)
        terminal.press("demo\r")
        terminal.wait_for("FX rates refresh")
        terminal.press("q")
        assert terminal.process.wait(60) == 0
    assert server.log.count(*LOGIN) == 2


def test_a_password_that_was_refused_is_asked_for_again(place: Place, server: DemoServer) -> None:
    with Terminal(place.arguments(), place.env, rows=24, columns=80) as terminal:
        for said in ("is incorrect", "the one that was refused"):
            terminal.wait_for_line("password for profile here:", hidden=True)
            terminal.press("typo\r")
            terminal.wait_for(said)
            terminal.press("R")
        terminal.wait_for_line("password for profile here:", hidden=True)
        assert server.log.count(*LOGIN) == 1
        terminal.press("demo\r")
        terminal.wait_for("FX rates refresh")
        assert "demo\n" not in terminal.text
    assert server.log.count(*LOGIN) == 2


def test_a_password_that_cannot_change_is_sent_again_only_by_who_was_told(
    place: Place, server: DemoServer
) -> None:
    place.secrets = {"PASSWORD": "wrong"}
    with Terminal(place.arguments(), place.env, rows=24, columns=80) as terminal:
        terminal.wait_for("Not connected")
        terminal.press("R")
        terminal.wait_for("the one that was refused")
        assert server.log.count(*LOGIN) == 1
        # The answer repeats this text, and the line above still shows it until it is repainted.
        terminal.press("R")
        terminal.wait_for(
            lambda: "is incorrect" in terminal.text and "the one that was refused" not in terminal.text
        )
    assert server.log.count(*LOGIN) == 2


def test_a_token_that_ends_is_fetched_again(place: Place, server: DemoServer, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(server.tenant.tokens.token_for("demo@example.com"))
    place.method, place.auth = "token", f'token_command = ["cat", "{token}"]'
    with Terminal(place.arguments(), place.env, rows=24, columns=80) as terminal:
        terminal.wait_for("FX rates refresh")
        server.tenant.tokens.revoke_all()
        token.write_text(server.tenant.tokens.token_for("demo@example.com"))
        terminal.press("2")
        terminal.wait_for("Imports ")
        terminal.wait_for("no run known")
        assert "refuse" not in terminal.text
        server.tenant.tokens.revoke_all()
        terminal.press("R")
        terminal.wait_for("Anaplan refuses the login")
        token.write_text(server.tenant.tokens.token_for("demo@example.com"))
        terminal.press("y")
        terminal.wait_for("Signed in again")
