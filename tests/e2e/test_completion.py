"""Completion: what it offers, what it loads, and how real shells use it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import pytest

from anaplan_tui.api.refs import Kind, ModelRef, TargetRef
from anaplan_tui.core.journal.journal import Journal, RunIntent
from tests.support.command import PROGRAM
from tests.support.terminal import Terminal

MODEL = ModelRef("8a81", "AB12")
OTHER = ModelRef("8a81", "CD34")
ODD = 'Sales, "A": $x & Süd'
RUNS = (
    ("here", MODEL, Kind.PROCESS, "1181", "Nightly load"),
    ("here", MODEL, Kind.PROCESS, "1182", ODD),
    ("here", MODEL, Kind.PROCESS, "1183", "1.2 Load: actuals"),
    ("here", MODEL, Kind.IMPORT, "1121", "Sales from sales.csv"),
    ("here", MODEL, Kind.EXPORT, "1161", "Grid - Revenue.csv"),
    ("here", OTHER, Kind.PROCESS, "1184", "Nightly sandbox"),
    ("there", MODEL, Kind.PROCESS, "1185", "Nightly of others"),
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a configuration and a journal."""
    config = tmp_path / "config.toml"
    config.write_text(
        'default_profile = "here"\n[profiles.here.auth]\nusername = "x"\n'
        '[profiles."the other"]\n[profiles.there]\n'
    )
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    with Journal.open(state / "journal.db") as journal:
        for number, (profile, model, kind, identity, name) in enumerate(RUNS):
            target = TargetRef(model, kind, identity)
            intent = RunIntent(
                f"r{number}",
                profile,
                "https://api",
                target,
                name,
                workspace_name="Supply Chain",
                model_name="Demand plan" if model is MODEL else "Sandbox",
            )
            journal.intend(intent)
            journal.started(intent.run_id, f"TASK{number}", False)
    return tmp_path


def environment(home: Path, **more: str) -> dict[str, str]:
    return {
        "PATH": f"{Path(PROGRAM).parent}:{os.environ['PATH']}",
        "HOME": str(home),
        "TERM": "xterm",
        "LANG": "C.UTF-8",
        "ANAPLAN_TUI_STATE_DIR": str(home / "state"),
        "ANAPLAN_TUI_CONFIG": str(home / "config.toml"),
        **more,
    }


def replies(home: Path, line: str, *, breaks: str = " \t\n\"'><=;|&(:") -> list[str]:
    """Return bash's replies for a command line that ends at the cursor."""
    asked = environment(
        home,
        _ANAPLAN_TUI_COMPLETE="bash_complete",
        COMP_LINE=line,
        COMP_POINT=str(len(line.encode())),
        COMP_WORDBREAKS=breaks,
    )
    done = subprocess.run([PROGRAM], env=asked, capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr == ""
    return [reply.partition(",")[2] for reply in done.stdout.splitlines() if reply.startswith("plain,")]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("anaplan-tui run Night", ["Nightly\\ sandbox", "Nightly\\ load"]),
        ("anaplan-tui run night", ["Nightly\\ sandbox", "Nightly\\ load"]),
        ("anaplan-tui --model 'Demand plan' run Night", ["Nightly\\ load"]),
        ("anaplan-tui --model AB12 tasks Night", ["Nightly\\ load"]),
        ("anaplan-tui --profile there run N", ["Nightly\\ of\\ others"]),
        ("anaplan-tui --demo run N", []),
        ("anaplan-tui run Nightly\\ l", ["Nightly\\ load"]),
        ('anaplan-tui run "Nightly l', ["Nightly load"]),
        ("anaplan-tui run 'Nightly l", ["Nightly load"]),
        ("anaplan-tui run Sales", ['Sales,\\ \\"A\\":\\ \\$x\\ \\&\\ Süd']),
        ('anaplan-tui run "Sales', ['Sales, \\"A\\": \\$x & Süd']),
        ("anaplan-tui run 1.2\\ Load:", ["\\ actuals"]),
        ("anaplan-tui run --kind import S", ["Sales\\ from\\ sales.csv"]),
        ("anaplan-tui run --kind=import S", ["Sales\\ from\\ sales.csv"]),
        ("anaplan-tui run --kind=im", ["import"]),
        ("anaplan-tui run --kind ex", ["export"]),
        ("anaplan-tui export G", ["Grid\\ -\\ Revenue.csv"]),
        ("anaplan-tui triage d.csv --import S", ["Sales\\ from\\ sales.csv"]),
        ("anaplan-tui attach 'Nightly load' ", ["TASK0"]),
        ("anaplan-tui dumps 1184 T", ["TASK5"]),
        ("anaplan-tui --profile th", ["the\\ other", "there"]),
        ("anaplan-tui --model S", ["Sandbox"]),
        ("anaplan-tui simulator --scenario nigh", ["night"]),
        ("anaplan-tui config sh", ["show"]),
        ("anaplan-tui completion z", ["zsh"]),
    ],
)
def test_what_is_offered(line: str, offered: list[str], home: Path) -> None:
    assert sorted(replies(home, line)) == sorted(offered)


def test_the_newest_comes_first(home: Path) -> None:
    assert replies(home, "anaplan-tui run N")[0] == "Nightly\\ sandbox"


@pytest.mark.parametrize("what", ["no journal", "no journal at all", "a broken journal", "a broken config"])
def test_what_cannot_be_read_offers_nothing_and_makes_nothing(what: str, home: Path) -> None:
    journal = home / "state" / "journal.db"
    match what:
        case "no journal":
            journal.unlink()
        case "no journal at all":
            shutil.rmtree(home / "state")
        case "a broken journal":
            journal.write_bytes(b"nothing of that kind" * 1000)
        case _:
            (home / "config.toml").write_text("= [")
    assert (replies(home, "anaplan-tui run N") == []) == (what != "a broken config")
    assert journal.exists() == (not what.startswith("no journal"))
    assert (home / "state").exists() == (what != "no journal at all")


def test_nothing_slow_is_imported_for_it(home: Path) -> None:
    code = (
        "import sys, atexit\n"
        "slow = {'textual', 'rich', 'httpx', 'httpcore', 'pydantic', 'pydantic_settings', 'duckdb', "
        "'cryptography', 'starlette', 'uvicorn', 'anaplan_tui.core.journal.journal'}\n"
        "atexit.register(lambda: print(sorted(slow & set(sys.modules)), file=sys.stderr))\n"
        "from anaplan_tui.__main__ import main\n"
        "main()\n"
    )
    line = "anaplan-tui run Night"
    asked = environment(
        home,
        _ANAPLAN_TUI_COMPLETE="bash_complete",
        COMP_LINE=line,
        COMP_POINT=str(len(line)),
        COMP_WORDBREAKS=" ",
    )
    # click asks for the name of the program that it completes
    command = [sys.executable, "-c", f"import sys; sys.argv = ['anaplan-tui']\n{code}"]
    done = subprocess.run(command, env=asked, capture_output=True, text=True, check=True, timeout=60)
    assert "Nightly\\ load" in done.stdout
    assert done.stderr.strip() == "[]"


def needs(shell: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(shell) is None, reason=f"there is no {shell} here")


SHELLS = [
    pytest.param(
        "bash", ["--norc", "--noprofile", "-i"], 'eval "$(anaplan-tui completion bash)"', marks=needs("bash")
    ),
    pytest.param(
        "zsh",
        ["-f", "-i"],
        'autoload -U compinit && compinit -D && eval "$(anaplan-tui completion zsh)"',
        marks=needs("zsh"),
    ),
    pytest.param("fish", ["--no-config", "-i"], "anaplan-tui completion fish | source", marks=needs("fish")),
]
WORDS = [
    ("Sales", ODD),
    ("1.2\\ Load:\\ act", "1.2 Load: actuals"),
    ("'Nightly lo", "Nightly load"),
    ('"Nightly lo', "Nightly load"),
]
SHOWS_ITS_WORDS = f"""#!/bin/sh
[ -n "$_ANAPLAN_TUI_COMPLETE" ] || [ "$1" = completion ] && exec {PROGRAM} "$@"
printf '<%s>' "$@" end
echo
"""


@pytest.mark.parametrize(("shell", "options", "setup"), SHELLS)
def test_a_real_shell_makes_one_word_of_a_name(
    shell: str, options: Iterable[str], setup: str, home: Path
) -> None:
    program = shutil.which(shell)
    assert program is not None
    shown = home / "bin" / "anaplan-tui"
    shown.parent.mkdir()
    shown.write_text(SHOWS_ITS_WORDS)
    shown.chmod(0o700)
    more = {key: os.environ[key] for key in ("FPATH", "MODULE_PATH") if key in os.environ}
    env = environment(home, PS1="$ ", **more)
    env["PATH"] = f"{shown.parent}:{env['PATH']}"
    with Terminal([program, *options], env, rows=40, columns=150) as terminal:
        terminal.press(f"{setup}; echo re''ady\r")
        terminal.wait_for("ready")
        for begun, word in WORDS:
            terminal.press(f"anaplan-tui run {begun}\t")
            terminal.wait_for(partial(_ends_with, terminal, word.split()[-1]))
            terminal.press("\r")
            terminal.wait_for(f"<run><{word}><end>")


def _ends_with(terminal: Terminal, text: str) -> bool:
    lines = terminal.text.rstrip().splitlines()
    return bool(lines) and lines[-1].rstrip("'\" ").endswith(text)
