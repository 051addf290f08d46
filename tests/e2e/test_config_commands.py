"""``config show``, ``config validate`` and ``schema config`` as a script calls them."""

import json
from pathlib import Path

import pytest

from tests.support.command import Place

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"


def test_show_says_where_from(place: Place) -> None:
    place.secrets = {"PASSWORD": "hunter2-Zq9", "DOWNLOADS__WINDOW": "2"}
    items = {item["key"]: item for item in place("--model", "Sandbox", "config", "show", "--json").items}
    assert items["profiles.here.auth.password"]["value"] == "set"
    assert items["profiles.here.model"]["option"] == "--model"
    assert (items["downloads.window"]["value"], items["downloads.window"]["source"]) == (2, "environment")
    line = items["downloads.directory"]["line"]
    assert place.config.read_text().splitlines()[line - 1].startswith("directory = ")
    done = place("config", "show")
    assert (done.code, "hunter2" in done.out) == (0, False)
    assert f"{line}" in next(row for row in done.out.splitlines() if row.startswith("downloads.directory"))


def test_validate_ends_with_0_or_2(place: Place) -> None:
    good = place("config", "validate")
    assert (good.code, "here" in good.out, good.err) == (0, True, "")
    place.top = "windo = 1\nbel = true\n"
    bad = place("config", "validate")
    assert (bad.code, bad.out) == (2, "")
    assert "windo" in bad.err
    assert "Did you mean bell" in bad.err
    document = place("config", "validate", "--json")
    assert document.code == 2
    assert [problem["key"] for problem in document.document["problems"]] == ["windo", "bel"]


def test_the_example_comes_byte_by_byte_whatever_the_configuration_is(place: Place) -> None:
    place.settings = "= broken"
    done = place("config", "example")
    assert (done.code, done.err) == (0, "")
    assert done.out == EXAMPLE.read_text("utf-8")


def test_the_schema_is_one_document(place: Place) -> None:
    done = place("schema", "config")
    assert done.code == 0
    assert json.loads(done.out)["$schema"].startswith("https://json-schema.org/")


@pytest.mark.parametrize("command", ["init", "show", "validate"])
def test_the_demo_has_no_configuration(command: str, place: Place) -> None:
    done = place("--demo", "config", command)
    assert (done.code, "--demo" in done.err) == (2, True)
