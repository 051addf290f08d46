"""Files made by exports inside a process, and the parameters of the previous run, by command."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from anaplan_tui.demo.server import DemoServer
from tests.support.command import Place

pytestmark = [pytest.mark.e2e]

EXPORTS = "Daily inventory flash"
"""A process with one export."""
REPORT = "Rejected orders report"
"""A process whose export writes nothing."""
ACTUALS = "Actuals load"
"""A process that asks for a version."""


def is_whole(file: dict[str, Any], folder: Path) -> bool:
    """Say whether the file is in the folder, with the bytes reported."""
    path = Path(file["path"])
    data = path.read_bytes()
    return (
        folder in path.parents
        and len(data) == file["bytes"]
        and hashlib.sha256(data).hexdigest() == file["sha256"]
    )


def test_a_run_brings_the_files_of_its_exports_when_asked(place: Place, tmp_path: Path) -> None:
    asked = place("run", EXPORTS, "--dumps", str(tmp_path / "out"), "--outputs", "--json")
    assert asked.code == 0
    (action,) = asked.document["actions"]
    assert is_whole(action["output"], tmp_path / "out")

    plain = place("run", EXPORTS, "--dumps", str(tmp_path / "plain"), "--json")
    assert plain.document["actions"][0]["output"]["path"] is None
    again = place("attach", EXPORTS, plain.document["task_id"], "--outputs", "--json")
    assert is_whole(again.document["actions"][0]["output"], tmp_path / "dumps")


def test_the_files_of_a_task_that_ended_stand_among_its_dumps_when_asked(
    place: Place, tmp_path: Path
) -> None:
    task_id = place("run", EXPORTS, "--json").document["task_id"]
    assert place("dumps", EXPORTS, task_id, "--json").items == []
    done = place("dumps", EXPORTS, task_id, "--outputs", "--out", str(tmp_path / "out"), "--json")
    (item,) = done.items
    assert (done.code, item["name"], item["error"]) == (0, "Inventory snapshot.csv", None)
    assert is_whole(item, tmp_path / "out")


def test_an_export_that_wrote_nothing_leaves_an_empty_file(place: Place, tmp_path: Path) -> None:
    done = place("run", REPORT, "--dumps", str(tmp_path / "out"), "--outputs", "--json")
    assert done.code == 0
    output = done.document["actions"][0]["output"]
    assert is_whole(output, tmp_path / "out")
    assert output["bytes"] == 0


def test_a_command_names_the_parameters_of_the_run_before_and_does_not_use_them(
    place: Place, server: DemoServer
) -> None:
    first = place("run", ACTUALS, "--param", "Version=Actual")
    assert (first.code, "--param" in first.err) == (3, False)
    second = place("run", ACTUALS)
    assert second.code == 1
    assert (
        "! Without --param nothing is chosen. The last run from here had: --param Version=Actual"
        in second.err
    )
    assert "No item was chosen for Version" in second.out
    third = place("run", ACTUALS, "--param", "Version=Budget")
    assert "Version=Actual" not in third.err


ODD = "Version=Actual=more"


@pytest.mark.parametrize(
    "command",
    [
        ("run", EXPORTS, "--param", ODD),
        ("run", "Weekly plan copy", "--param", ODD, "--detach"),
        ("run", "Month end close", "--only", "Copy forecast to plan", "--param", ODD),
    ],
)
def test_parameters_that_nothing_asks_for_are_refused_before_anything_is_sent(
    place: Place, server: DemoServer, command: tuple[str, ...]
) -> None:
    done = place(*command)
    assert done.code == 2
    assert f'"{command[1]}" does not ask for "Version": only imports ask for parameters' in done.err
    assert server.log.count("POST", "*/tasks") == 0


def test_a_dimension_takes_one_item(place: Place, server: DemoServer) -> None:
    done = place("run", ACTUALS, "--param", "Version=Actual", "--param", " Version = Budget")
    assert (done.code, "'Version' stands twice" in done.err) == (2, True)
    assert server.log.count("POST", "*/tasks") == 0


def test_a_runbook_names_every_step_whose_parameters_nothing_asks_for(
    place: Place, server: DemoServer, tmp_path: Path
) -> None:
    book = tmp_path / "book.toml"
    book.write_text(
        f'[[step]]\nrun = "{ACTUALS}"\nparameters = {{ Version = "Actual" }}\n'
        f'[[step]]\nrun = "{EXPORTS}"\nparameters = {{ Version = "Actual" }}\n'
    )
    done = place("play", str(book))
    assert done.code == 2
    assert f'"{EXPORTS}" does not ask for "Version"' in done.err
    assert ACTUALS not in done.err
    assert server.log.count("POST", "*/tasks") == 0
