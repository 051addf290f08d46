"""The first second of a command: signals during imports, closed streams, broken modules."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from anaplan_tui import __version__
from anaplan_tui.cli import cli
from tests.support.command import DEADLINE_S, PROGRAM, Done, Place
from tests.support.terminal import ALTERNATE_SCREEN, Terminal, wait_until_gone

pytestmark = [pytest.mark.e2e]

_WHEN_IMPORTED = """
import os, signal, sys

class Hook:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            {statement}

sys.meta_path.insert(0, Hook())
"""


def when_imported(place: Place, module: str, statement: str) -> dict[str, str]:
    """Return an environment in which that statement runs when the command imports that module."""
    (place.root / "sitecustomize.py").write_text(_WHEN_IMPORTED.format(module=module, statement=statement))
    return {**place.env, "PYTHONPATH": str(place.root)}


def done(command: list[str], env: dict[str, str]) -> Done:
    ended = subprocess.run(
        command,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert "Traceback" not in ended.stderr, ended.stderr
    return Done(ended.returncode, ended.stdout, ended.stderr)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize(
    "module",
    [
        "anaplan_tui.commands.exits",
        "click",
        "anaplan_tui.cli",
        "anaplan_tui.config.settings",
        "anaplan_tui.core.opening",
    ],
)
def test_a_signal_while_a_command_imports(place: Place, module: str, name: str) -> None:
    env = when_imported(place, module, f"os.kill(os.getpid(), signal.{name})")

    ended = done(place.arguments("processes"), env)

    assert (ended.code, ended.out) == (130, "")
    assert ended.err in ("", "interrupted\n", "\ninterrupted\n")


def test_a_signal_that_is_to_be_ignored_is_ignored_from_the_beginning(place: Place) -> None:
    env = when_imported(place, "anaplan_tui.cli", "os.kill(os.getpid(), signal.SIGHUP)")
    assert done(["nohup", *place.arguments("processes")], env).code == 0


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_in_a_callback_in_which_python_drops_exceptions(place: Place, name: str) -> None:
    kill = f"os.kill(os.getpid(), signal.{name})"
    drop = f"import weakref; gone = set(); kept = weakref.ref(gone, lambda _: {kill}); del gone"
    env = when_imported(place, "anaplan_tui.config.settings", f"{drop}; import time; time.sleep(60)")
    ended = done(place.arguments("processes"), env)
    assert (ended.code, ended.out) == (130, "")
    assert "ignored" not in ended.err


_FORGETS = """
import asyncio.runners

def cancel_without_a_count(self, signum, frame, main_task):
    main_task.cancel()

asyncio.runners.Runner._on_sigint = cancel_without_a_count
"""


def forgetful(place: Place) -> dict[str, str]:
    """Return an environment in which asyncio forgets interrupts, as it does just before its loop runs."""
    customized = place.root / "sitecustomize.py"
    before = customized.read_text() if customized.exists() else ""
    customized.write_text(_FORGETS + before)
    return {**place.env, "PYTHONPATH": str(place.root)}


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_that_asyncio_forgets_still_interrupts_a_command(place: Place, name: str) -> None:
    when_imported(place, "anaplan_tui.core.opening", f"os.kill(os.getpid(), signal.{name})")
    ended = done(place.arguments("processes"), forgetful(place))
    assert (ended.code, ended.out) == (130, "")


def test_a_signal_that_asyncio_forgets_still_ends_the_simulator(place: Place) -> None:
    arguments = place.arguments("simulator")
    with subprocess.Popen(arguments, env=forgetful(place), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[0]
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2].rstrip("/")))) as client:
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            assert client.recv(1)  # it serves: its own handlers of signals are in place
        process.send_signal(signal.SIGHUP)
        assert process.wait(DEADLINE_S) == 0


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
@pytest.mark.parametrize(
    "module", ["anaplan_tui.ui.app", "textual.drivers.linux_driver", "textual._xterm_parser"]
)
def test_a_signal_while_the_app_imports(place: Place, module: str, name: str) -> None:
    env = when_imported(place, module, f"os.kill(os.getpid(), signal.{name})")

    with Terminal(place.arguments("--demo"), env) as terminal:
        assert terminal.ended() == 130
        terminal.assert_restored()

    wait_until_gone(place.state)


def test_a_signal_at_the_app_s_first_sign_of_life(place: Place) -> None:
    with Terminal(place.arguments("--demo"), place.env) as terminal:
        terminal.wait_for(lambda: ALTERNATE_SCREEN in terminal.modes)
        terminal.signal(15)
        assert terminal.ended() in (0, 130)
        terminal.assert_restored()

    wait_until_gone(place.state)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("ImportError('no module of that name')", ("no module of that name", "not whole")),
        (
            "RuntimeError('s3cret')",
            ("unexpected error: RuntimeError", "a report without any values", "crash-"),
        ),
    ],
    ids=["ImportError", "RuntimeError"],
)
@pytest.mark.parametrize(
    "module", ["anaplan_tui.cli", "anaplan_tui.core.catalog", "anaplan_tui.core.desk", "httpx"]
)
def test_a_module_that_cannot_be_imported(
    place: Place, module: str, error: str, words: tuple[str, ...]
) -> None:
    ended = done(place.arguments("processes"), when_imported(place, module, f"raise {error}"))

    assert (ended.code, ended.out) == (70, "")
    assert len(ended.err.splitlines()) == 2
    for word in words:
        assert word in ended.err
    assert "s3cret" not in ended.err


@pytest.mark.parametrize("command", [["processes"], ["triage", "dump.csv"]], ids=["session", "triage"])
def test_debug_names_the_file_that_has_the_traceback(place: Place, command: list[str]) -> None:
    module = "anaplan_tui.core.report" if command[0] == "triage" else "anaplan_tui.core.opening"
    env = when_imported(place, module, "raise RuntimeError('here')")

    ended = done(place.arguments("--log-level", "debug", *command), env)

    log = place.state / "anaplan-tui.log"
    assert ended.code == 70
    assert f"Its traceback is in {log}" in ended.err
    assert "RuntimeError: here" in log.read_text()


def closed(place: Place, streams: str, *arguments: str) -> Done:
    return done(["/bin/sh", "-c", f'exec "$0" "$@" {streams}', *place.arguments(*arguments)], place.env)


def test_a_closed_stdout_is_as_bad_as_a_full_one(place: Place) -> None:
    gone, full = closed(place, ">&-", "processes"), closed(place, ">/dev/full", "processes")
    assert (gone.code, full.code) == (9, 9)
    assert gone.err.startswith("anaplan-tui: Cannot write the output: ")
    assert len(gone.err.splitlines()) == 1
    assert closed(place, ">&- 2>&-", "processes") == Done(9, "", "")
    assert closed(place, ">/dev/full 2>/dev/full", "processes") == Done(9, "", "")
    assert closed(place, "2>/dev/full", "processes", "--nonsense").code == 2


def test_a_closed_stdin_or_stderr_does_no_harm(place: Place) -> None:
    with_both = place("processes")
    assert closed(place, "<&-", "processes") == with_both
    assert closed(place, "2>&-", "run", "Region order", "--json").code == 0
    place.secrets = {}
    assert closed(place, "<&-", "processes").code == 5


@pytest.mark.parametrize("name", [None, *sorted(cli.commands)])
def test_the_version_is_told_everywhere(name: str | None) -> None:
    result = CliRunner().invoke(cli, [*([name] if name else []), "--version"])
    assert (result.exit_code, result.output) == (0, f"anaplan-tui {__version__}\n")


def test_the_version_needs_no_arguments_and_no_configuration(tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path), "PATH": ""}
    assert done([PROGRAM, "run", "--version"], env).out == f"anaplan-tui {__version__}\n"
    assert done([sys.executable, "-m", "anaplan_tui", "--version"], env).out == f"anaplan-tui {__version__}\n"


def test_an_app_that_stops_on_an_error_names_the_file_that_has_the_traceback(place: Place) -> None:
    env = when_imported(place, "anaplan_tui.ui.screens.help", "raise RuntimeError('here')")
    with Terminal(place.arguments(), env, columns=200) as terminal:
        terminal.wait_for("Employees refresh")
        terminal.press("?")
        assert terminal.ended() == 70
        terminal.assert_restored()
        said = terminal.text
    log = place.state / "anaplan-tui.log"
    assert "Nothing in Anaplan was cancelled" in said
    (report,) = place.state.glob("crash-*.txt")
    assert str(report) in said
    assert "Traceback" not in said
    assert "RuntimeError: here" in log.read_text()
