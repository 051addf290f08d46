"""The operator's own keys: common spellings work, impossible keys are refused, the app follows."""

from pathlib import Path

import pytest

from anaplan_tui.config.errors import ConfigError
from anaplan_tui.config.settings import load
from anaplan_tui.ui import commands as c
from anaplan_tui.ui.habits import Habits
from anaplan_tui.ui.keymap import all_places, chosen_keys
from tests.support.apps import Open
from tests.support.config_fields import MINIMAL

CHOSEN = Habits(keys={"run": "f9,ctrl+r", "runs": "r", "doctor": "f5", "help": "h", "filter": "f"})


def given(tmp_path: Path, keys: str) -> dict[str, str]:
    """Return the keys chosen by these lines of the table ``[keys]``."""
    file = tmp_path / "config.toml"
    file.write_text(f"{MINIMAL}[keys]\n{keys}\n", encoding="utf-8")
    file.chmod(0o600)
    return chosen_keys(load(file))


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("ctrl+e", "ctrl+e"), ("Ctrl-E", "ctrl+e"), ("^e", "ctrl+e"), ("^E", "ctrl+e"), ("C-e", "ctrl+e"),
        ("Q", "Q"), ("shift+q", "Q"), ("@", "at"), ("at", "at"), (",", "comma"), (".", "full_stop"),
        ("+", "plus"), ("_", "underscore"), ("F9", "f9"), ("shift+f9", "shift+f9"), ("alt+r", "alt+r"),
        ("M-r", "alt+r"), ("Del", "delete"), ("Insert", "insert"), ("ctrl+\\", "ctrl+backslash"),
        ("ä", "ä"), ("F9 ctrl+e", "f9,ctrl+e"), ("F9,ctrl+e", "f9,ctrl+e"), ("Q Q", "Q"), ("Q ,", "Q,comma"),
    ],
)  # fmt: skip
def test_keys_are_written_as_people_type_them(tmp_path: Path, written: str, key: str) -> None:
    assert given(tmp_path, f"run = '{written}'") == {"run": key}


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("rum = 'Q'", "keys.rum names no command.\nDid you mean run?"),
        ("run = 'hyperspace'", "keys.run names hyperspace, which is no key."),
        ("run = 'super+q'", "keys.run names super+q, which is no key."),
        ("run = ' '", "keys.run names no key."),
        ("run = ''", "keys.run is empty"),
        ("run = 7", "keys.run has the wrong type"),
        ("run = 'j'", "keys.run cannot have j, which moves in every list."),
        ("run = 'PgDn'", "keys.run cannot have pgdn, which moves in every list."),
        ("run = '^C'", "keys.run cannot have ctrl+c, which leaves the app."),
        ("run = 't'", "'run' (run) and 'runs' (runs).\nGive one of them another key: keys.run or keys.runs."),
        ("runs = 'f9'\nrun = 'f9'", "'run' (run) and 'runs' (runs)"),
        ("dump = 'ctrl+m'", "'open' (details) and 'dump' (download)"),  # to a terminal it is Enter
    ],
)
def test_what_cannot_be_is_refused_with_the_way_out(tmp_path: Path, keys: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        given(tmp_path, keys)
    text = str(refused.value)
    assert said in text


def test_two_commands_may_change_places(tmp_path: Path) -> None:
    assert given(tmp_path, "run = 't'\nruns = 'r'\nretry = 'f9'\nplay = 'f9'") == {
        "run": "t", "runs": "r", "retry": "f9", "play": "f9",
    }  # fmt: skip


def test_a_variable_is_named_when_it_is_at_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANAPLAN_TUI_KEYS__RUNS", "r")
    with pytest.raises(ConfigError, match=r"^ANAPLAN_TUI_KEYS__RUNS makes r mean two commands"):
        given(tmp_path, "")


def test_no_screen_has_two_commands_with_one_key_or_one_name() -> None:
    for place in all_places():
        keys = [key for command in place.HERE for key in command.key_names if command.id != "all_rows"]
        assert len(keys) == len(set(keys)), place.NAME
        names = [command.id for command in place.HERE]
        assert len(names) == len(set(names)), place.NAME


async def test_keys_footer_help_palette_and_hints_follow(open_app: Open) -> None:
    async with open_app(habits=CHOSEN) as opened:
        await opened.shows("model idle")
        await opened.shows("f9 run")
        assert "h help" in opened.text
        assert "/ filter" not in opened.text
        await opened.press("x")  # messages name the key in force
        await opened.press("question_mark")
        await opened.shows("h shows every key of this screen")
        await opened.press("h")
        await opened.shows("f9 ctrl+r")
        await opened.press("h")
        await opened.press("f")
        await opened.type("rollover")
        await opened.shows("filter: rollover")
        await opened.press("enter", "escape")
        await opened.press("ctrl+r")
        await opened.shows("Don't run")
        await opened.press("escape", "escape")
        await opened.press("r")
        await opened.shows("Runs since")
        await opened.press("f5")
        await opened.shows("doctor")
    assert c.RUN.key == "f9"
    async with open_app() as opened:
        await opened.shows(" r run")
