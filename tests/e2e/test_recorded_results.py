"""The commands on the service's real answers: documents, exit codes, file names."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.command import Place
from tests.support.recorded import NAMES, check, recorded
from tests.support.recorded_server import DUMP, serving

EXITS = {"completed": 0, "failed": 1, "completed_with_warnings": 3}
IMPORT_31 = "112000000031"


@pytest.mark.parametrize("name", NAMES)
def test_attach_says_what_is_right(name: str, tmp_path: Path) -> None:
    found = recorded(name)
    with serving(found.told) as url:
        done = Place(tmp_path, url)(
            "attach", "--kind", found.told["kind"], found.told["target"]["id"], task_id(found.told), "--json"
        )
    check(done.document, found.expected)
    assert done.code == EXITS[found.expected["verdict"]]


def test_a_dump_is_named_for_its_action(tmp_path: Path) -> None:
    found = recorded("r11")
    with serving(found.told) as url:
        done = Place(tmp_path, url)("run", "Build items", "--dumps", str(tmp_path / "out"), "--json")
    assert done.code == 3
    assert "Failures for" not in done.out
    dump = done.document["actions"][1]["dump"]
    assert Path(dump["path"]).name == f"Items from item file_{IMPORT_31}.csv"
    assert Path(dump["path"]).read_bytes() == DUMP


def test_an_action_that_the_plan_lacks_has_its_name_from_the_lists(tmp_path: Path) -> None:
    told = recorded("r11").told
    less = {**told, "plan": [action for action in told["plan"] if action["id"] != IMPORT_31]}
    with serving(less, imports=[{"id": IMPORT_31, "name": "Items as listed"}]) as url:
        done = Place(tmp_path, url)("run", "Build items", "--json")
    names = {action["id"]: action["name"] for action in done.document["actions"]}
    assert names[IMPORT_31] == "Items as listed"
    assert done.document["reason"] == "1 row rejected in Items as listed"


def test_cells_of_a_module_on_the_command_line(tmp_path: Path) -> None:
    told = module_import()
    with serving(told) as url:
        place = Place(tmp_path, url)
        done = place("run", "--kind", "import", "Prices", "--json")
        said = place("run", "--kind", "import", "Prices").out
    assert done.code == 3
    counts = done.document["actions"][0]["counts"]
    assert (counts["ok"], counts["failed"], counts["ignored"], counts["unit"]) == (3876, 134, 20, "cells")
    assert done.document["reason"] == "134 cells rejected, 20 ignored: Invalid number (134)"
    assert "134 cells rejected, 20 ignored" in said


def module_import() -> dict[str, Any]:
    def line_item(name: str, *numbers: str) -> dict[str, Any]:
        keys = ("lineItemName", "rowCount", "failureCount", "ignoredCount")
        flat = [part for pair in zip(keys, (name, *numbers), strict=False) for part in pair]
        return {"type": "lineItemRowsProcessedWithFailuresAndIgnored", "occurrences": 0, "values": flat}

    number = {"type": "moduleImportNumberFormat", "localMessageText": "Invalid number", "occurrences": 134}
    details = [line_item("Revenue", "3866", "134", "20"), line_item("Units", "10"), number]
    result = {"objectId": "112", "successful": True, "failureDumpAvailable": False, "details": details}
    return {
        "kind": "import",
        "target": {"id": "112000000050", "name": "Prices"},
        "plan": [],
        "task": {"taskId": "A" * 32, "taskState": "COMPLETE", "result": result},
    }


def task_id(told: dict[str, Any]) -> str:
    found: str = told["task"]["taskId"]
    return found
