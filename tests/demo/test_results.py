"""Results in the service's words: service.md §5.4, §5.5."""

from collections.abc import Iterator
from typing import Any

import pytest

from anaplan_tui.demo.content import Blob, Content, read_all
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.file_import import Column, FileImport, in_list, is_number
from anaplan_tui.demo.model import Outcome, Scene, Task
from anaplan_tui.demo.outcomes import (
    Cells,
    Rows,
    cells_processed,
    imported,
    rows_processed,
    users_imported,
    versions_imported,
)
from anaplan_tui.demo.server import DemoServer
from anaplan_tui.demo.words import say, wordings
from tests.support.tenants import LOAD_SALES, NIGHTLY_LOAD, PlainClient, sign_in


@pytest.fixture(scope="module")
def results() -> Iterator[PlainClient]:
    """A tenant with a process for every code."""
    with DemoServer(scenario="results") as server, sign_in(server) as client:
        yield client


def pairs(entry: dict[str, Any]) -> dict[str, str]:
    values = entry["values"]
    return dict(zip(values[::2], values[1::2], strict=True))


def test_the_table_of_codes_is_whole() -> None:
    groups = [wording.group for wording in wordings().values()]
    assert [groups.count(group) for group in ("completion", "failure", "row")] == [23, 48, 70]
    with pytest.raises(KeyError):
        say("missingFields")
    with pytest.raises(KeyError):
        say("noSuchCode")


@pytest.mark.parametrize(
    ("cells", "code", "text"),
    [
        (Cells("Revenue", 4_000), "lineItemRowsProcessed", "Revenue cells: 4000"),
        (
            Cells("Revenue", 3_866, 134),
            "lineItemRowsProcessedWithFailures",
            "Revenue cells: 3866 (134 failed)",
        ),
        (Cells("Revenue", 1, 0, 20), "lineItemRowsProcessedWithIgnored", "Revenue cells: 1 (20 ignored)"),
        (
            Cells("Revenue", 3_866, 134, 20),
            "lineItemRowsProcessedWithFailuresAndIgnored",
            "Revenue cells: 3866 (134 failed, 20 ignored)",
        ),
    ],
)
def test_modules_count_cells(cells: Cells, code: str, text: str) -> None:
    said = cells_processed(cells)
    assert (said["type"], said["localMessageText"]) == (code, text)
    wanted = {"lineItemName": "Revenue", "rowCount": str(cells.loaded)}
    wanted |= {"failureCount": str(cells.failed)} if cells.failed else {}
    wanted |= {"ignoredCount": str(cells.ignored)} if cells.ignored else {}
    assert pairs(said) == wanted


@pytest.mark.parametrize(
    ("rows", "code", "text"),
    [
        (Rows(90, ignored=5), "hierarchyRowsProcessed", "L: 90 (0/90) rows successful, 5 ignored "),
        (
            Rows(31, created=1, warnings=4),
            "hierarchyRowsProcessedWithWarnings",
            "L: 31 (1/30) rows successful, 4 (0/4) rows has warnings, 0 ignored",
        ),
        (
            Rows(13, failed=2),
            "hierarchyRowsProcessedWithFailures",
            "L: 13 (0/13) rows successful, 0 (0/0) rows has warnings, 2 failed, 0 ignored",
        ),
    ],
)
def test_lists_count_rows(rows: Rows, code: str, text: str) -> None:
    said = rows_processed("L", rows)
    assert (said["type"], said["localMessageText"]) == (code, text)
    counts = pairs(said)
    assert counts["renamedCount"] == counts["updatedCount"] == str(rows.ok - rows.created)
    assert imported("L", rows).clean is False


def test_people_and_versions_have_codes_of_their_own() -> None:
    def codes(*outcomes: Outcome) -> list[str]:
        return [outcome.details[0]["type"] for outcome in outcomes if outcome.details]

    assert codes(
        users_imported(0, 0),
        users_imported(3, 12),
        users_imported(3, 12, invalid=1),
        users_imported(3, 12, failed=2),
        users_imported(3, 12, invalid=1, failed=2),
        versions_imported(0, 0),
        versions_imported(1, 2),
        versions_imported(1, 2, failed=1),
    ) == [
        "usersNoChanges",
        "usersRowsProcessed",
        "usersRowsProcessedWithInvalidNames",
        "usersRowsProcessedWithFailures",
        "usersRowsProcessedWithInvalidNamesAndFailures",
        "versionsNoChanges",
        "versionsRowsProcessed",
        "versionsRowsProcessedWithFailures",
    ]
    (said,) = users_imported(3, 12, invalid=1, failed=2).details or ()
    assert said["localMessageText"] == "Users: 3 created (1 invalid), 12 permissions updated (2 failed)"


_REGION = Column("Region", in_list("Region", ("North", "South")), "moduleImportInvalidListIdentifier")
_TWO = FileImport(
    "Plan",
    (
        _REGION,
        Column("Units", is_number, "moduleImportNumberFormat", line_item=True),
        Column("Price", is_number, "moduleImportNumberFormat", line_item=True),
    ),
)


def _import(play: FileImport, data: bytes) -> Outcome:
    task = Task("T", "import", "M", "112000000001", "u", created=100.0)
    return play(Scene(task, 100.0, Blob(data), uploaded=True))


def _said(outcome: Outcome) -> list[str]:
    return [entry["localMessageText"] for entry in outcome.details or ()]


def _lines(content: Content | None) -> int:
    return 0 if content is None else read_all(content).count(b"\r\n")


def test_a_row_without_a_place_loses_all_its_cells_and_a_bad_value_only_its_own() -> None:
    good = b"North,1,2\n" * 20
    outcome = _import(_TWO, b"Region,Units,Price\n" + good + b"East,1,2\nSouth,x,2\n")
    assert _said(outcome)[:2] == ["Units cells: 20 (2 failed)", "Price cells: 21 (1 failed)"]
    assert outcome.successful
    assert _lines(outcome.dump) == 3


def test_an_import_goes_on_without_a_line_item_but_not_without_a_place() -> None:
    incomplete = _import(_TWO, b"Region,Units\nNorth,1\n")
    assert incomplete.successful
    assert not incomplete.clean
    assert _said(incomplete) == [
        "Units cells: 1",
        "Warning: Import is incomplete as the following fields are unavailable: Price",
    ]
    for data in (b"Units,Price\n1,2\n", b"Region,Other\nNorth,1\n"):
        refused = _import(_TWO, data)
        assert not refused.successful
        assert [entry["type"] for entry in refused.details or ()] == ["missingFields"]


def test_every_code_comes_from_a_process(results: PlainClient) -> None:
    """There are as many processes as codes; the last run of each has its code in the result."""
    processes = {p["name"]: p["id"] for p in results.get("/processes")["processes"]}
    for wording in wordings().values():
        (task,) = results.get(f"/processes/{processes[wording.code]}/tasks", limit=1)["tasks"]
        document = results.task(f"/processes/{processes[wording.code]}/tasks/{task['taskId']}")
        (entry,) = document["result"]["nestedResults"]
        (said,) = (d for d in entry["details"] if d["type"] == wording.code)
        assert "${" not in said["localMessageText"]
        assert entry["successful"] is (wording.group != "failure" or wording.code == "missingFields")


def test_a_dump_below_a_success_without_one(results: PlainClient) -> None:
    processes = {p["name"]: p["id"] for p in results.get("/processes")["processes"]}
    result = results.run(processes["Recorded: dump below, none at the top"])
    assert (result["successful"], result["failureDumpAvailable"], result["objectName"]) == (True, False, None)
    names = [entry["objectName"] for entry in result["nestedResults"]]
    assert names[0] is names[2] is None
    assert names[1].startswith("Failures for Import ")


def test_other_ways_to_name_and_to_count(client: PlainClient) -> None:
    path = client.start(NIGHTLY_LOAD)
    client.finish(path)
    client.server.faults.add(
        Fault("GET */tasks/*", "dump-names", count=None), Fault("GET */tasks/*", "cells-all", count=None)
    )
    result = client.task(path)["result"]
    entry = next(e for e in result["nestedResults"] if e["objectId"] == LOAD_SALES)
    assert (result["objectName"], entry["objectName"]) == (None, "Failures for Import 102")
    assert pairs(entry["details"][0])["rowCount"] == "5234"
    assert entry["details"][0]["localMessageText"] == "Menge cells: 5234 (1234 failed)"
