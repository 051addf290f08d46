"""Where it cannot be shown, the app says so and quits instead of painting for ever; commands still work."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.command import Place
from tests.support.terminal import Terminal, wait_until_gone

pytestmark = [pytest.mark.e2e]

CATALOG = "Employees refresh"


def in_a_terminal(place: Place, kind: str | None, *before: str, **size: int) -> Terminal:
    """Run the demo in a terminal of that kind, started by the words ``before``."""
    env = {**place.env, "TERM": kind or ""}
    if kind is None:
        del env["TERM"]
    return Terminal([*before, *place.arguments("--demo")], env, **size)


def refused(terminal: Terminal) -> str:
    """Return the message shown instead of the app; it contains no escape sequence."""
    with terminal:
        assert terminal.ended() == 2
        terminal.assert_restored()
    said = terminal.raw.decode()
    assert "\x1b" not in said
    assert len(said.splitlines()) == 2, said
    assert "--help" in said
    return said


@pytest.mark.parametrize(
    ("redirected", "name"),
    [("</dev/null", "standard input"), (">/dev/null", "standard output")],
    ids=["stdin", "stdout"],
)
def test_one_stream_that_is_no_terminal(place: Place, redirected: str, name: str) -> None:
    shell = ("/bin/sh", "-c", f'exec "$0" "$@" {redirected}')
    assert name in refused(in_a_terminal(place, "xterm", *shell))


def test_stderr_that_is_no_terminal(place: Place, tmp_path: Path) -> None:
    shell = ("/bin/sh", "-c", f'exec "$0" "$@" 2>{tmp_path / "said"}')
    with in_a_terminal(place, "xterm", *shell) as terminal:
        assert terminal.ended() == 2
    assert terminal.raw == b""
    assert "standard error" in (tmp_path / "said").read_text()


@pytest.mark.parametrize("options", [["--demo"], []], ids=["demo", "profile"])
def test_no_terminal_at_all(place: Place, options: list[str]) -> None:
    done = place(*options)
    assert (done.code, done.out) == (2, "")
    assert "anaplan-tui run TARGET" in done.err
    assert len(done.err.splitlines()) == 2


@pytest.mark.parametrize("kind", ["dumb", "unknown", "", None])
def test_a_terminal_that_cannot_place_text(place: Place, kind: str | None) -> None:
    assert (f"'{kind}'" if kind else "not set") in refused(in_a_terminal(place, kind))


@pytest.mark.skipif(shutil.which("tic") is None, reason="tic makes the terminal's description")
@pytest.mark.parametrize("address", ["", r"cup=\EY%p1%' '%+%c%p2%' '%+%c,"], ids=["printer", "not ANSI"])
def test_a_terminal_that_is_known_not_to_understand_us(place: Place, tmp_path: Path, address: str) -> None:
    (tmp_path / "old.ti").write_text(f"old-terminal|made up,\n\tcols#80, lines#24, {address}\n")
    subprocess.run(["tic", "-o", tmp_path / "terminfo", tmp_path / "old.ti"], check=True)
    shell = ("/usr/bin/env", f"TERMINFO={tmp_path / 'terminfo'}")
    assert "'old-terminal'" in refused(in_a_terminal(place, "old-terminal", *shell))


def test_a_terminal_that_this_machine_never_heard_of_is_trusted(place: Place) -> None:
    with in_a_terminal(place, "xterm-of-tomorrow") as terminal:
        terminal.wait_for(CATALOG)
        terminal.press("q")
        assert terminal.ended() == 0
        terminal.assert_restored()


def test_a_terminal_that_does_not_say_how_large_it_is(place: Place) -> None:
    with in_a_terminal(place, "vt100", rows=0, columns=0) as terminal:
        terminal.wait_for(CATALOG)
        assert terminal.size == (24, 80)
        terminal.press("q")
        assert terminal.ended() == 0
        terminal.assert_restored()


def test_a_terminal_that_goes_away_without_a_signal(place: Place) -> None:
    with in_a_terminal(place, "xterm", "/usr/bin/env", "setsid", "--wait") as terminal:
        terminal.wait_for(CATALOG)
        terminal.hang_up()
        wait_until_gone(place.state)


def test_a_bad_configuration_is_told_before_the_terminal(place: Place) -> None:
    place.settings = "windows = 4"
    done = place()
    assert done.code == 2
    assert "windows is not a key" in done.err


@pytest.mark.parametrize("asked", [True, False])
def test_the_mouse_is_the_terminals_unless_it_is_asked_for(place: Place, asked: bool) -> None:
    place.top = "mouse = true" if asked else ""
    with in_a_terminal(place, "xterm-256color") as terminal:
        terminal.wait_for(CATALOG)
        assert (b"\x1b[?1000h" in terminal.raw) is asked
        terminal.press("q")
        assert terminal.ended() == 0
        terminal.assert_restored()


@pytest.mark.parametrize("ending", ["q", "ctrl+z"])
def test_title_and_progress_are_taken_back(place: Place, ending: str) -> None:
    place.top = "terminal_title = true\nterminal_progress = true"
    with in_a_terminal(place, "xterm-256color") as terminal:
        terminal.wait_for(CATALOG)
        terminal.press("r")
        terminal.wait_for("Don't run")
        terminal.press("y")
        terminal.wait_for(lambda: b"\x1b]9;4;1;" in terminal.raw or b"\x1b]9;4;3;" in terminal.raw)
        assert b" - Demand plan - anaplan-tui\x1b\\" in terminal.raw
        if ending == "q":
            terminal.press("q")
            terminal.wait_for("goes on")
            terminal.press("y")
            assert terminal.ended() == 0
        else:  # nobody stops us here, so we take the terminal again at once
            terminal.press("\x1a")
            terminal.wait_for(lambda: b"\x1b]2;" in terminal.raw.partition(b"\x1b[23;2t")[2])
        raw = bytes(terminal.raw)
        restored = raw.index(b"\x1b[23;2t")
        assert raw.index(b"\x1b[22;2t") < raw.index(b"\x1b]9;4;0;0\x1b\\") < restored
        assert (b"\x1b]2;" in raw[restored:]) is (ending != "q")
