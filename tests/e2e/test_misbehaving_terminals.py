"""Terminals that stop reading, go away, send noise or return to a shell, with the real command."""

import os
import re
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from anaplan_tui.demo.server import DemoServer
from tests.support.command import Place
from tests.support.terminal import ALTERNATE_SCREEN, Terminal, wait_until_gone
from tests.support.watched import wait_until_watched

pytestmark = [pytest.mark.e2e]

PROCESS = "118000000042"
"""Nightly load: far longer at this speed than any test."""
MUCH = "?\x1b" * 30
"""Keys that repaint the whole screen again and again: far more output than a terminal buffers."""
LISTED = ("GET", "*/processes")
ENTERS = b"\x1b[?1049h"


SETSID = shutil.which("setsid")
UNANNOUNCED = (SETSID or "", "--wait")
"""A terminal that controls no process: no signal reports its end."""
needs_setsid = pytest.mark.skipif(SETSID is None, reason="there is no setsid here (util-linux)")


@pytest.fixture
def server() -> Iterator[DemoServer]:
    """A tenant whose run outlasts the test."""
    with DemoServer(speed=0.5) as served:
        yield served


@pytest.fixture
def app(place: Place) -> Iterator[Terminal]:
    """The app, showing its list."""
    with Terminal(place.arguments(), place.env) as terminal:
        terminal.wait_for("Employees refresh")
        yield terminal


@contextmanager
def stalled(server: DemoServer, place: Place, *before: str) -> Iterator[Terminal]:
    """A run is watched and keys are handled, though the terminal's buffer is full."""
    with Terminal([*before, *place.arguments()], place.env) as terminal:
        terminal.wait_for("Employees refresh")
        terminal.press("/Nightly load\rr")
        terminal.wait_for("Don't run")
        terminal.press("y")
        wait_until_watched(server, PROCESS)
        terminal.wait_for("running")
        terminal.stop_reading()
        lists = server.log.count(*LISTED)
        terminal.press(f"{MUCH}1R")
        server.wait_for(*LISTED, n=lists + 1, timeout=60)
        wait_until_watched(server, PROCESS, looks_more=2)
        yield terminal


def test_a_run_is_watched_while_the_terminal_does_not_read(server: DemoServer, place: Place) -> None:
    with stalled(server, place) as terminal:
        terminal.read_on()
        terminal.wait_for(
            lambda: (
                all(shown in terminal.text for shown in ("Processes", "▶"))
                and not any(covered in terminal.text for covered in ("Keys:", "Importing"))
            )
        )
        terminal.press("q")
        terminal.wait_for("goes on")
        terminal.press("\x03")
        assert terminal.ended() == 0
        terminal.assert_restored()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_ends_the_app_though_the_terminal_does_not_read(
    server: DemoServer, place: Place, number: signal.Signals
) -> None:
    with stalled(server, place) as terminal:
        terminal.signal(number)
        assert terminal.ended() == (131 if number is signal.SIGQUIT else 0)


@pytest.mark.parametrize(
    "before", [(), pytest.param(UNANNOUNCED, marks=needs_setsid)], ids=["announced", "unannounced"]
)
def test_a_terminal_that_goes_away_while_it_does_not_read_ends_the_app(
    server: DemoServer, place: Place, before: tuple[str, ...]
) -> None:
    with stalled(server, place, *before) as terminal:
        terminal.read_on()
        terminal.hang_up()
        terminal.ended()
    wait_until_gone(place.state)


@needs_setsid
def test_a_terminal_that_goes_away_unannounced_ends_the_app(place: Place) -> None:
    with Terminal([*UNANNOUNCED, *place.arguments()], place.env) as terminal:
        terminal.wait_for("Employees refresh")
        terminal.hang_up()
        terminal.ended()
    wait_until_gone(place.state)


@pytest.mark.parametrize(
    "noise", [b"\xff", b"\xc3\x28", b"\xe9\xfc", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80"]
)
def test_bytes_that_are_no_utf8_are_no_keys(app: Terminal, noise: bytes) -> None:
    app.press(noise)
    app.press(b"/Nightly" + noise.replace(b"\x28", b"") + b" load")
    app.wait_for("Nightly load▏")
    app.wait_for(lambda: "Employees" not in app.text)
    app.press("\x1b\x03")
    assert app.ended() == 0
    app.assert_restored()


def test_a_latin1_paste_leaves_its_other_letters(app: Terminal) -> None:
    app.press("/")
    app.press(b"\x1b[200~Nightly\xfc load\x1b[201~")
    app.wait_for("Nightly� load")


def test_esc_and_a_key_in_one_packet_are_both(app: Terminal) -> None:
    app.press("/Nightly")
    app.wait_for("Nightly▏")
    app.press("\x1bt")
    app.wait_for("▸ runs")
    app.press("\x1b2")
    app.wait_for("Imports")


def test_escape_sequences_are_still_keys(app: Terminal) -> None:
    def cursor() -> str:
        """Return its line; none while it is being painted."""
        return next((line for line in app.text.splitlines() if line.startswith("▸")), "")

    app.wait_for(
        lambda: re.search(r"\d+ runs, [^·]*$", app.text.splitlines()[1].split("[")[0].strip()) is not None
    )
    first = cursor()
    assert first
    app.press("\x1b[B")
    app.wait_for(lambda: cursor() not in ("", first))
    app.press("\x1bOA")
    app.wait_for(lambda: cursor() == first)
    app.press("\x1b[1;5B\x1b[>77q\x1b]11;rgb:7272/7979/7171\x07?")
    app.wait_for("catalog")


def entered_more_often(app: Terminal, before: int) -> bool:
    """Say whether the app has taken the terminal again and painted all of it."""
    return app.raw.count(ENTERS) > before and "Employees refresh" in app.text


def test_a_process_that_was_stopped_and_goes_on_has_one_reader_and_gives_the_terminal_back(
    app: Terminal,
) -> None:
    for _ in range(2):
        before = app.raw.count(ENTERS)
        app.signal(signal.SIGSTOP)
        app.stopped()
        app.signal(signal.SIGCONT)
        app.wait_for(partial(entered_more_often, app, before))
    app.press("/Nightly load")
    app.wait_for("Nightly load▏")
    app.press("\x1b\x1b")
    app.press("q")
    assert app.ended() == 0
    app.assert_restored()


@pytest.mark.parametrize(
    "number", [signal.SIGQUIT, signal.SIGUSR1, signal.SIGALRM, signal.SIGXCPU, signal.SIGABRT]
)
def test_signals_that_end_it_give_the_terminal_back(app: Terminal, number: signal.Signals) -> None:
    app.signal(number)
    assert app.ended() == 128 + number
    app.assert_restored()


def test_without_a_shell_ctrl_z_stops_nothing_and_paints_the_screen(app: Terminal) -> None:
    app.press("\x1a")
    app.wait_for(lambda: app.raw.count(ENTERS) == 2 and "Employees refresh" in app.text)
    app.press("q")
    assert app.ended() == 0
    app.assert_restored()


BASH = shutil.which("bash")


@pytest.fixture
def shell(place: Place) -> Iterator[Terminal]:
    """An interactive shell with the app as its foreground job."""
    if BASH is None:
        pytest.skip("there is no bash here to control jobs")
    command = " ".join(f"'{word}'" for word in place.arguments())
    env = {**place.env, "PS1": "ready$ ", "PS2": ""}
    with Terminal([BASH, "--norc", "--noprofile", "-i"], env) as terminal:
        terminal.wait_for("ready$")
        terminal.press(f"{command}\r")
        terminal.wait_for("Employees refresh")
        yield terminal


def prompted(shell: Terminal) -> None:
    """Wait until the shell asks for a line: keys typed while the app ends go to the app and are dropped."""
    shell.wait_for(lambda: ALTERNATE_SCREEN not in shell.modes and shell.before_cursor.endswith("ready$ "))


@pytest.mark.parametrize("way", ["key", "signal"])
def test_ctrl_z_gives_the_terminal_to_the_shell_and_fg_takes_it_again(
    shell: Terminal, place: Place, way: str
) -> None:
    if way == "key":
        shell.press("\x1a")
    else:
        os.kill(shell.foreground, signal.SIGTSTP)
    shell.wait_for("Stopped")
    prompted(shell)
    shell.press("echo $((40 + 2)) lines\r")
    shell.wait_for("42 lines")
    shell.press("fg\r")
    shell.wait_for(
        lambda: (
            ALTERNATE_SCREEN in shell.modes
            and "Employees refresh" in shell.text
            and "42 lines" not in shell.text
        )
    )
    shell.press("q")
    prompted(shell)
    shell.press("echo it said $?; stty -a | tr ';' '\\n' | grep -w echo\r")
    shell.wait_for("it said 0")


def test_in_the_background_nothing_is_painted(shell: Terminal) -> None:
    shell.press("\x1a")
    shell.wait_for("Stopped")
    prompted(shell)
    shell.press("bg\r")
    shell.press("wait; jobs\r")
    shell.wait_for(lambda: shell.text.count("Stopped") >= 2)
    assert ALTERNATE_SCREEN not in shell.modes
    shell.press("fg\r")
    shell.wait_for(lambda: ALTERNATE_SCREEN in shell.modes and "Employees refresh" in shell.text)
    shell.press("q")
    shell.wait_for(lambda: ALTERNATE_SCREEN not in shell.modes)


PANICS = """
import asyncio, sys
from anaplan_tui.ui.app import AnaplanApp

async def never():
    await asyncio.Event().wait()

class Broken(AnaplanApp):
    def on_mount(self):
        super().on_mount()
        self.call_later(self.panic, "broken")

sys.exit(asyncio.run(Broken(never).run_to_the_end()))
"""


def test_an_app_that_ends_by_itself_has_failed(place: Place) -> None:
    with Terminal([sys.executable, "-c", PANICS], place.env) as terminal:
        assert terminal.ended() == 1
        terminal.assert_restored()
