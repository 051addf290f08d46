"""``config init`` at a real terminal, on a tenant over real HTTP."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from anaplan_tui.config.settings import Settings, load
from anaplan_tui.demo.server import DemoServer
from tests.support.command import PROGRAM, Place
from tests.support.terminal import Terminal


class Asked:
    """A ``config init`` answered line by line."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal

    def answer(self, question: str, text: str = "", *, hidden: bool = False) -> None:
        """Wait for the question and type; an empty answer takes the default in brackets."""
        self.terminal.wait_for(lambda: self._stands_at(question))
        self.terminal.wait_for_line(question, hidden=hidden)
        self.terminal.press(f"{text}\r")

    def _stands_at(self, question: str) -> bool:
        lines = self.terminal.text.rstrip().splitlines()
        return bool(lines) and question in "".join(lines[-2:]) and lines[-1].rstrip().endswith(":")


@pytest.fixture
def place(server: DemoServer, tmp_path: Path) -> Place:
    return Place(tmp_path, server.url, secrets={})


@contextmanager
def init(place: Place, *options: str) -> Iterator[Asked]:
    command = [PROGRAM, "--config", str(place.config), "config", "init", *options]
    with Terminal(command, place.env, rows=60, columns=100) as terminal:
        yield Asked(terminal)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def written(place: Place) -> Settings:
    assert mode(place.config) == 0o600
    return load(place.config)


def test_a_newcomer_gets_from_nothing_to_a_list_of_processes(place: Place, server: DemoServer) -> None:
    with init(place) as asked:
        asked.answer("Name of the profile", "night")
        asked.answer("Region, or the address", "us77")
        asked.answer("Region, or the address", server.url)
        asked.answer("Log in by", "basic")
        asked.answer("User", "demo@example.com")
        asked.answer("Where the password comes from", "ask")
        asked.answer("password for profile night", "demo", hidden=True)
        asked.answer("Workspace to begin in", "supply")
        asked.answer("Model to begin in", "Demand plan")
        asked.terminal.wait_for("Wrote ")
        assert asked.terminal.ended() == os.EX_OK
        assert "logged in as demo@example.com" in asked.terminal.text
    profile = written(place).profile()
    assert (profile.name, profile.workspace, profile.model) == ("night", "Supply Chain", "Demand plan")
    assert '"demo"' not in place.config.read_text(), "no secret is in it"
    assert [path.name for path in place.root.iterdir() if path.name.startswith(".")] == []
    place.secrets = {"PASSWORD": "demo"}
    place.write_config = lambda: place.config  # type: ignore[method-assign]  # the one that was made
    listed = place("processes")
    assert (listed.code, "Nightly hierarchy refresh" in listed.out) == (0, True), listed.err


def test_a_refused_login_can_be_asked_again_with_the_answers_kept(place: Place, server: DemoServer) -> None:
    with init(place) as asked:
        asked.answer("Name of the profile")
        asked.answer("Region, or the address", server.url)
        asked.answer("Log in by")
        asked.answer("User", "demo@example.com")
        asked.answer("Where the password comes from", "file")
        asked.answer("File with the password", "the.password")
        asked.answer("Password", "wrong", hidden=True)
        asked.answer("Repeat for confirmation", "wrong", hidden=True)
        asked.answer("Now what", "again")
        for question in ("Name of the profile", "Region, or", "Log in by", "User"):
            asked.answer(question)
        asked.answer("Where the password comes from: ask, command, file [file]")
        asked.answer("File with the password; it is made if it is missing [the.password]")
        asked.answer("Enter keeps what it holds", "demo", hidden=True)
        asked.answer("Workspace to begin in")
        asked.terminal.wait_for("Wrote ")
        assert asked.terminal.ended() == os.EX_OK
    secret = place.root / "the.password"
    assert (mode(secret), secret.read_text()) == (0o600, "demo\n")
    profile = written(place).profile()
    assert profile.auth.password_file == secret
    assert (profile.workspace, profile.proxy) == (None, None)


def test_what_is_between_here_and_there_is_asked_only_when_nothing_answers(
    place: Place, server: DemoServer
) -> None:
    with init(place) as asked:
        asked.answer("Name of the profile")
        asked.answer("Region, or the address", "http://127.0.0.1:9")
        asked.answer("Log in by")
        asked.answer("User", "demo@example.com")
        asked.answer("Where the password comes from", "command")
        asked.answer("Command", "echo demo")
        asked.answer("Now what", "again")
        asked.answer("Proxy")
        asked.answer("File with the CA")
        asked.answer("Name of the profile")
        asked.answer("Region, or the address", server.url)
        asked.answer("Log in by")
        asked.answer("User")
        asked.answer("Where the password comes from: ask, command, file [command]")
        asked.answer("[echo demo]")
        asked.answer("Workspace to begin in")
        assert asked.terminal.ended() == os.EX_OK


def test_what_is_no_region_is_refused_with_what_may_stand_there(place: Place) -> None:
    with init(place) as asked:
        asked.answer("Name of the profile")
        asked.answer("Region, or the address", "us77")
        asked.terminal.wait_for("one of these regions")
        asked.terminal.press("\x03")
        assert asked.terminal.ended() == 130


def test_leaving_after_a_refusal_writes_nothing_and_tells_its_code(place: Place, server: DemoServer) -> None:
    with init(place) as asked:
        asked.answer("Name of the profile")
        asked.answer("Region, or the address", server.url)
        asked.answer("Log in by")
        asked.answer("User", "demo@example.com")
        asked.answer("Where the password comes from", "command")
        asked.answer("Command", "echo wrong")
        asked.answer("Now what", "leave")
        assert asked.terminal.ended() == 5
    assert not place.config.exists()


def test_ctrl_c_leaves_without_a_trace(place: Place) -> None:
    with init(place) as asked:
        asked.answer("Name of the profile")
        asked.terminal.wait_for_line("Region, or the address")
        asked.terminal.press("\x03")
        assert asked.terminal.ended() == 130
    assert not place.config.exists()


@pytest.mark.parametrize("link", [False, True])
def test_a_file_that_is_there_stays_without_being_told_otherwise(place: Place, link: bool) -> None:
    kept = place.root / "kept.toml" if link else place.config
    kept.write_text("# mine\n")
    kept.chmod(0o640)
    if link:
        place.config.symlink_to(kept)
    with init(place) as asked:
        asked.terminal.wait_for(
            lambda: asked.terminal.process.poll() == 2 or "--overwrite" in asked.terminal.text
        )
        assert asked.terminal.ended() == 2
    assert (kept.read_text(), mode(kept)) == ("# mine\n", 0o640)
    with init(place, "--overwrite", "--no-login") as asked:
        asked.answer("Name of the profile")
        asked.answer("Region, or the address", "eu3")
        asked.answer("Log in by", "oauth")
        asked.answer("OAuth client id", "c" * 32)
        asked.terminal.wait_for("Wrote ")
        assert asked.terminal.ended() == os.EX_OK
    assert place.config.is_symlink() == link
    assert (written(place).profile().region, mode(kept)) == ("eu3", 0o600)


def test_without_a_terminal_nothing_is_asked(place: Place) -> None:
    place.write_config = lambda: place.config  # type: ignore[method-assign]  # no file to write
    done = place("config", "init")
    assert (done.code, "terminal" in done.err) == (2, True)
    assert not place.config.exists()
