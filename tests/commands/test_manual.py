"""The manual lists every command and every option, and a formatter finds no fault in it."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from anaplan_tui.cli import cli
from anaplan_tui.commands.manual import commands, exit_codes, manual, roff
from anaplan_tui.commands.share import COMPLETIONS, MANUAL, make
from anaplan_tui.trouble import Exit

FORMATTED = pytest.mark.skipif(shutil.which("groff") is None, reason="there is no groff here")
ALL = list(commands(cli))


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page as a reader sees it."""
    source = tmp_path_factory.mktemp("man") / "anaplan-tui.1"
    source.write_text(manual(cli), encoding="ascii")
    if shutil.which("groff") is None:
        return re.sub(r"\\e", r"\\", source.read_text().replace("\\-", "-"))
    env = {**os.environ, "GROFF_NO_SGR": "1"}
    command = ["groff", "-man", "-Tutf8", "-ww", "-rLL=100n", str(source)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True, encoding="utf-8")
    assert done.stderr == ""
    return re.sub(".\b", "", done.stdout).replace("−", "-").replace("‐", "-")


def section(page: str, words: tuple[str, ...]) -> str:
    """Return the page's section on a command."""
    begins = f"\n   {' '.join(words)}\n"
    assert begins in page
    return re.split(r"\n {0,3}\S", page.partition(begins)[2])[0]


@FORMATTED
@pytest.mark.parametrize(("words", "command"), ALL, ids=[" ".join(words) for words, _ in ALL])
def test_every_option_stands_with_its_command(
    words: tuple[str, ...], command: click.Command, page: str
) -> None:
    said = section(page, words)
    assert f"anaplan-tui {' '.join(words)}" in said
    first = " ".join((command.help or "").split())[:40]
    assert first in " ".join(said.split())
    for parameter in command.get_params(click.Context(command)):
        if isinstance(parameter, click.Option):
            for option in (*parameter.opts, *parameter.secondary_opts):
                assert re.search(rf"(?m)^ +(-\w, )?{re.escape(option)}\b", said), option
        else:
            assert parameter.make_metavar(click.Context(command)) in said


def test_the_options_before_the_command_and_the_exit_codes(page: str) -> None:
    for parameter in cli.params:
        assert all(option in page for option in parameter.opts)
    assert {int(code) for code, _ in exit_codes()} == {int(code) for code in Exit}


def test_there_are_commands_in_groups_too() -> None:
    names = {" ".join(words) for words, _ in ALL}
    assert {"run", "config init", "config show", "schema config", "completion", "logout"} <= names
    assert len(names) >= 22


@pytest.mark.parametrize("words", [(), ("config",), ("schema",)], ids=" ".join)
def test_the_list_of_commands_has_whole_sentences_on_80_columns(words: tuple[str, ...]) -> None:
    done = CliRunner(env={"COLUMNS": "80"}).invoke(cli, [*words, "--help"], terminal_width=78)
    listed = done.output.partition("\nCommands:\n")[2].splitlines()
    assert listed
    assert all(re.search(r"[^.]\.$", line) and len(line) < 80 for line in listed), done.output


@pytest.mark.parametrize(
    ("text", "source"),
    [
        (".hidden", "\\&.hidden"),
        ("'quoted", "\\&'quoted"),
        ("a\\b -c", "a\\eb \\-c"),
        ("… –", "\\[u2026] \\[u2013]"),
    ],
)
def test_text_that_a_formatter_would_act_on(text: str, source: str) -> None:
    assert roff(text) == source


@pytest.mark.skipif(shutil.which("man") is None, reason="there is no man here")
def test_man_shows_it(tmp_path: Path) -> None:
    make(tmp_path)
    env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "MANPAGER": "cat", "HOME": str(tmp_path)}
    done = subprocess.run(
        ["man", "--warnings", "-l", str(tmp_path / MANUAL)],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    assert "EXIT STATUS" in re.sub(".\b", "", done.stdout)


def test_completions_are_made_beside_it(tmp_path: Path) -> None:
    make(tmp_path)
    for shell, place in COMPLETIONS.items():
        assert f"_ANAPLAN_TUI_COMPLETE={shell}_complete" in (tmp_path / place).read_text()
