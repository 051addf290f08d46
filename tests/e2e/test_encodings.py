"""Locales and pipes other than UTF-8: the exit code is the run's, JSON stays valid, nothing crashes."""

import json
import subprocess
from pathlib import Path

import pytest

from anaplan_tui.demo.server import DemoServer
from tests.support.command import DEADLINE_S, PROGRAM, Place
from tests.support.desks import tenant_runs
from tests.support.terminal import Terminal

pytestmark = [pytest.mark.e2e]

SHORT = "118000000033"
ODD = ["latin-1", "ascii", "cp1252", "iso8859-15", "shift_jis"]


def done(place: Place, *arguments: str, **changes: str) -> tuple[int, bytes, bytes]:
    ended = subprocess.run(
        place.arguments(*arguments),
        env={**place.env, **changes},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=DEADLINE_S,
        check=False,
    )
    return ended.returncode, ended.stdout, ended.stderr


@pytest.mark.parametrize("encoding", ODD)
def test_a_completed_run_exits_0_whatever_the_stream_can_carry(place: Place, encoding: str) -> None:
    code, out, err = done(place, "run", SHORT, PYTHONIOENCODING=encoding)

    assert code == 0, err
    assert "+ completed  Region order" in out.decode(encoding)
    assert "~ starting" in err.decode(encoding) or "… starting" in err.decode(encoding)


@pytest.mark.parametrize("encoding", ODD)
def test_json_is_valid_utf_8_whatever_the_stream_can_carry(place: Place, encoding: str) -> None:
    code, out, _ = done(place, "processes", "--json", PYTHONIOENCODING=encoding)
    _, plain, _ = done(place, "processes", "--json")

    assert code == 0
    assert out.isascii()
    assert json.loads(out.decode("utf-8")) == json.loads(plain)


@pytest.mark.parametrize("variable", ["LC_ALL", "LANG"])
def test_a_locale_that_is_not_utf_8(place: Place, variable: str) -> None:
    changes = {"LANG": "C", variable: "en_US.ISO-8859-1", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    code, out, err = done(place, "run", SHORT, **changes)
    assert (code, out[:11]) == (0, b"+ completed"), err


def test_the_app_shows_an_ascii_face_on_a_terminal_that_is_not_utf_8(place: Place) -> None:
    env = {**place.env, "PYTHONIOENCODING": "latin-1"}
    with Terminal(place.arguments(), env, rows=24, columns=80) as terminal:
        terminal.wait_for("> Employees refresh")
        assert "\\u" not in terminal.text
        terminal.wait_for("enter open")
        terminal.press("q")


@pytest.mark.parametrize("locale", [["LANG=C"], ["LC_ALL=POSIX"], []], ids=["C", "POSIX", "none"])
def test_a_locale_without_utf_8_gets_ascii_by_itself(place: Place, locale: list[str]) -> None:
    # Through env, right before the command: a Python in between would turn it into C.UTF-8.
    without = ["/usr/bin/env", *(f"--unset={name}" for name in ("LANG", "LC_ALL", "LC_CTYPE")), *locale]
    with Terminal([*without, *place.arguments()], place.env, rows=24, columns=80) as terminal:
        walk_through(terminal)
    assert terminal.raw.isascii()


@pytest.mark.parametrize("demo", [True, False], ids=["demo", "profile"])
def test_the_app_draws_nothing_but_ascii_when_asked_to(place: Place, demo: bool) -> None:
    place.top = "ascii = true"
    with Terminal(place.arguments(*["--demo"][:demo]), place.env, rows=24, columns=80) as terminal:
        walk_through(terminal)
    assert terminal.raw.isascii()


def walk_through(terminal: Terminal) -> None:
    """Open lists, help, palette and a question."""
    terminal.wait_for("enter open")
    for key, shown in (
        ("?", "Move by a line"), ("\x1b", "enter open"), (":", "Search"), ("\x1b", "enter open"),
        ("r", "Don't run"), ("\x1b", "enter open"), ("t", "STARTED"), ("w", "Nothing was downloaded"),
    ):  # fmt: skip
        terminal.press(key)
        terminal.wait_for(shown)
    terminal.press("q")


def test_ascii_can_be_asked_for(place: Place) -> None:
    place.top = "ascii = true"
    code, out, _ = done(place, "run", SHORT)
    assert (code, out.isascii(), out[:11]) == (0, True, b"+ completed")


def test_completion_for_a_shell_exits_0(place: Place) -> None:
    ended = subprocess.run(
        [PROGRAM],
        env={**place.env, "_ANAPLAN_TUI_COMPLETE": "bash_source"},
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert ended.returncode == 0, ended
    assert "complete" in ended.stdout


def test_a_cancel_of_a_task_that_ended_says_that_nothing_was_cancelled(
    server: DemoServer, place: Place
) -> None:
    place("run", SHORT)
    task_id = tenant_runs(server, SHORT)[-1].task.id

    told = place("cancel", SHORT, task_id)

    assert (told.code, "nothing was cancelled" in told.out) == (0, True)
    assert server.log.count("DELETE", "*") == 0


def test_upload_json_says_what_was_sent(place: Place, tmp_path: Path) -> None:
    source = tmp_path / "fx.csv"
    listed = place("upload", "sales.csv", str(source), "--json")
    assert (listed.code, listed.out) == (2, "")  # no such file: reported on stderr

    source.write_text("Product,Region,Month,Revenue,Units\nP1,North,Jan 26,1,2\n")
    sent = place("upload", "sales.csv", str(source), "--json", "--force")
    assert sent.code == 0, sent
    assert sent.document["uploaded"] is True
    assert sent.document["bytes"] == source.stat().st_size
    assert sent.document["error"] is None


def test_a_bundle_takes_no_other_name(server: DemoServer, place: Place, tmp_path: Path) -> None:
    taken = tmp_path / "for the owner.zip"
    taken.write_text("mine")

    refused = place("run", SHORT, "--bundle", str(taken))

    assert refused.code == 9
    assert "is there already. Name another file, or replace it with --overwrite." in refused.err
    assert tenant_runs(server, SHORT) == []
    assert taken.read_text() == "mine"
    replaced = place("run", SHORT, "--bundle", str(taken), "--overwrite")
    assert (replaced.code, taken.read_bytes()[:2]) == (0, b"PK")


def test_a_parameter_that_was_typed_wrong_is_not_blamed_on_the_model(place: Place) -> None:
    failed = place("run", "118000000024", "--param", "Version=Actaul", "--json")
    assert failed.code == 1
    assert '"Actaul", chosen for Version' in failed.document["note"]


def test_the_result_stands_on_a_line_of_its_own_after_the_meter(place: Place) -> None:
    with Terminal(place.arguments("run", SHORT), place.env) as terminal:
        assert terminal.ended() == 0
        lines = [line for line in terminal.text.splitlines() if "completed  Region order" in line]
    assert lines
    assert all(line.startswith("✓ completed  Region order") for line in lines)
