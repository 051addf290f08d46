"""The generated references match the code's present declarations."""

import re

import pytest

from anaplan_tui.config.settings import Settings
from anaplan_tui.ui.keymap import all_places
from tests.docs.keys import keys
from tests.docs.references import FOLDER, references
from tests.support.config_fields import fields


@pytest.mark.parametrize("name", list(references()))
def test_a_reference_is_what_make_reference_writes(name: str) -> None:
    assert (FOLDER / name).read_text("utf-8") == references()[name], "run: make reference"


def test_every_key_of_the_configuration_has_its_row() -> None:
    table, found = "", set()
    for line in references()["configuration.md"].splitlines():
        if begins := re.match(r"## `\[(.+)\]`", line):
            table = f"{begins[1].replace('NAME', '*')}."
        elif row := re.match(r"\| `(\w+)` \| .+ \| .* \| \S.+ \|$", line):
            found.add(f"{table}{row[1]}")
        elif line == "## Secrets":
            break
    assert found == set(fields(Settings))


def test_every_command_of_every_screen_has_its_row() -> None:
    everywhere, *sections = re.split(r"(?m)^## ", references()["keys.md"])[1:]
    assert len(sections) == len(all_places()) > 8
    for place, section in zip(all_places(), sections, strict=True):
        for command in place.HERE:
            row = f"| `{keys(command)}` | {command.help} |"
            assert row in section or row in everywhere, (place.NAME, command.id)
