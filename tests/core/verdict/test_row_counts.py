"""Counts by unit: what an action counts, from its figures or its text, and what is never added up."""

from typing import Any

import pytest

from anaplan_tui.api.schemas import Task, TaskResult
from anaplan_tui.core.run_document import action_document
from anaplan_tui.core.snapshots import Action, Counts, Unit, Verdict
from anaplan_tui.core.verdict.judge import Judgement, judge, judge_action
from anaplan_tui.core.verdict.row_counts import Balance, balance, balances, tallies, unread_counts
from tests.support.details import PLAN, entry
from tests.support.details import detail as detail_with

CELLS = "lineItemRowsProcessedWithFailuresAndIgnored"


def detail(code: str, text: str | None = None, *values: Any) -> dict[str, Any]:
    return {"type": code, "localMessageText": text, "occurrences": 0, "values": list(values)}


def line_item(name: str, rows: Any, failed: Any = None, ignored: Any = None) -> dict[str, Any]:
    values = ["lineItemName", name, "rowCount", rows, "failureCount", failed, "ignoredCount", ignored]
    return detail(CELLS, f"{name} cells: {rows} ({failed} failed, {ignored} ignored)", *values)


def result(*details: Any, successful: bool | None = True, dump: bool = False) -> TaskResult:
    return TaskResult.model_validate(
        {
            "objectId": "112",
            "successful": successful,
            "failureDumpAvailable": dump,
            "details": list(details),
        }
    )


def counts_of(*details: Any) -> tuple[Counts, ...]:
    return tallies(result(*details).details)


ITEMS = ("createdCount", "12", "renamedCount", "5", "updatedCount", "5", "failedCount", "2")


@pytest.mark.parametrize(
    ("found", "counts", "reason"),
    [
        (
            line_item("Revenue", "3866", "134", "20"),
            Counts(ok=3866, failed=134, ignored=20, unit=Unit.CELLS),
            "134 cells rejected, 20 ignored",
        ),
        (
            detail("lineItemRowsProcessed", "Units cells: 1", "lineItemName", "Units", "rowCount", 1),
            Counts(ok=1, unit=Unit.CELLS),
            "1 cell loaded",
        ),
        (
            detail("usersRowsProcessed", "", "createdCount", "12", "updatedCount", "5"),
            Counts(ok=17, unit=Unit.USERS),
            "12 users created, 5 updated",
        ),
        (
            detail("usersRowsProcessedWithInvalidNames", "", "createdCount", "1", "invalidCount", "3"),
            Counts(ok=1, invalid=3, unit=Unit.USERS),
            "3 users invalid",
        ),
        (
            detail("versionsRowsProcessedWithFailures", "", "createdCount", "0", "failedCount", "1"),
            Counts(ok=0, failed=1, unit=Unit.VERSIONS),
            "1 version rejected",
        ),
        (
            detail("hierarchyRowsProcessedWithFailuresFromLineItem", "", *ITEMS),
            Counts(ok=17, failed=2, unit=Unit.ITEMS),
            "2 items rejected",
        ),
        (
            detail("deleteFromSelectionSucceeded", "", "affectedItems", "1,204", "targetName", "Items"),
            Counts(ok=1204, unit=Unit.ITEMS),
            "1,204 items deleted",
        ),
        (detail("usersNoChanges", "Users: no changes required"), Counts(), ""),
        (detail("lineItemRowsProcessedWithIgnored", "?"), Counts(), "?"),
        (detail("somethingNew", "", "failedCount", "3"), Counts(failed=3), "3 rows rejected"),
    ],
)
def test_an_action_counts_in_its_own_unit(found: dict[str, Any], counts: Counts, reason: str) -> None:
    assert (counts_of(found) or (Counts(),)) == (counts,)
    verdict, said = judge_action(result(found))
    assert said == reason
    well = not any((counts.failed, counts.invalid, counts.ignored)) and reason != "?"
    assert verdict is (Verdict.COMPLETED if well else Verdict.WARNINGS)


@pytest.mark.parametrize(
    ("code", "text", "counts"),
    [
        (
            "hierarchyRowsProcessedWithFailures",
            "test 7: 1,013 (0/1,013) rows successful, 4 (0/4) rows has warnings, 2 failed, 1 ignored",
            Counts(ok=1013, warnings=4, failed=2, ignored=1),
        ),
        (
            CELLS,
            "Revenue 2026 cells: 3866 (134 failed, 20 ignored)",
            Counts(ok=3866, failed=134, ignored=20, unit=Unit.CELLS),
        ),
        (
            "usersRowsProcessedWithInvalidNamesAndFailures",
            "Users: 12 created (3 invalid), 5 permissions updated (2 failed)",
            Counts(ok=17, failed=2, invalid=3, unit=Unit.USERS),
        ),
        (
            "versionsRowsProcessed",
            "Versions: 2 created, 0 properties updated",
            Counts(ok=2, unit=Unit.VERSIONS),
        ),
        (
            "hierarchyRowsProcessedWithInvalidNames",
            "Items: 12 created / 5 renamed (3 invalid), 5 properties updated",
            Counts(ok=17, invalid=3, unit=Unit.ITEMS),
        ),
        (
            "deleteFromSelectionSucceeded",
            "40 items were deleted from the list A: 7 failed using B",
            Counts(ok=40, unit=Unit.ITEMS),
        ),
        # Another language: the code tells which number is which, and the text must have as many.
        (
            CELLS,
            "Umsatz 2026 Zellen: 3.866 (134 fehlgeschlagen, 20 übergangen)",
            Counts(ok=3866, failed=134, ignored=20, unit=Unit.CELLS),
        ),
        (
            "hierarchyRowsProcessed",
            "Employés : 1\u202f290 (0/1\u202f290) lignes réussies, 5 ignorées",
            Counts(ok=1290, ignored=5),
        ),
        (CELLS, "Umsatz Zellen: 3866 (134 von 150 fehlgeschlagen, 20 übergangen)", Counts()),
        # Not counts: a negative, a fraction, part of a word, an endless number.
        ("somethingNew", "Level-3 failed over; 1.5 failed, x2 failed", Counts()),
        ("somethingNew", f"{'9' * 30} failed", Counts()),
        # Causes and failures may mention any number.
        ("hierarchyImportInvalidName", "Invalid name: 12 failed", Counts()),
    ],
)
def test_counts_in_the_words_alone(code: str, text: str, counts: Counts) -> None:
    assert (counts_of(detail(code, text)) or (Counts(),)) == (counts,)


@pytest.mark.parametrize(
    ("said", "number"),
    [
        (5, 5),
        ("5", 5),
        (" 5 ", 5),
        (5.0, 5),
        ("5,234", 5234),
        ("1.005.234", 1_005_234),
        ("5\u00a0234", 5234),
        ("5'234", 5234),
        (None, None),
        (-5, None),
        ("5,23", None),
        ("1,005.234", None),
        ("many", None),
        (True, None),
        ("9" * 16, None),
        ("٣", None),
    ],
)
def test_how_a_number_may_be_written(said: Any, number: int | None) -> None:
    found = counts_of(detail("somethingNew", None, "failedCount", said))
    assert found == (() if number is None else (Counts(failed=number),))


@pytest.mark.parametrize(
    ("values", "text", "verdict"),
    [
        (("rowCount", "7", "failureCount", "0", "ignoredCount", None), None, Verdict.COMPLETED),
        (("ignoredCount", "1"), None, Verdict.WARNINGS),
        (("invalidCount", "1"), None, Verdict.WARNINGS),
        (("warningsRowCount", 1), None, Verdict.WARNINGS),
        (("failureCount", "9" * 40), None, Verdict.WARNINGS),
        (("rejectedRowCount", "3"), None, Verdict.WARNINGS),
        (("rowsRejected", "4"), None, Verdict.WARNINGS),
        (("failedLines", "1", "errorCode", "7"), None, Verdict.WARNINGS),
        (("errorCode", "7", "failureMode", "2"), None, Verdict.COMPLETED),
        (("rejectedRowCount", "0", "skippedCount", "none", "errorCount", -1), None, Verdict.COMPLETED),
        ((), "Subset: 3 failed", Verdict.WARNINGS),
        ((), "Subset: 0 failed, 0 ignored", Verdict.COMPLETED),
        ((), "Subset: 3 loaded", Verdict.COMPLETED),
        (("failedCount", "0"), "Subset: 3 failed", Verdict.WARNINGS),
        (None, None, Verdict.COMPLETED),
    ],
)
def test_a_code_that_nobody_knows_is_safe(values: Any, text: str | None, verdict: Verdict) -> None:
    found = {"type": "subsetRowsProcessed", "localMessageText": text, "values": values and list(values)}
    assert judge_action(result(found))[0] is verdict
    # Where the service reports failure, its word counts.
    assert judge_action(result(found, successful=False))[0] is Verdict.FAILED


def test_line_items_are_added_up_and_units_are_not() -> None:
    made = detail("hierarchyRowsProcessedFromLineItem", "", "createdCount", "4", "updatedCount", "0")
    revenue, units = line_item("Revenue", "3,866", "134", "20"), line_item("Units", "10", "0", "0")
    assert counts_of(made, revenue, units) == (
        Counts(ok=3876, failed=134, ignored=20, unit=Unit.CELLS),
        Counts(ok=4, unit=Unit.ITEMS),
    )
    verdict, reason = judge_action(result(made, revenue, units))
    assert (verdict, reason) == (Verdict.WARNINGS, "134 cells rejected, 20 ignored")
    broken = detail("hierarchyRowsProcessedWithFailuresFromLineItem", "", *ITEMS)
    assert judge_action(result(broken, revenue))[1] == "134 cells rejected, 20 ignored and 2 items rejected"
    well = detail("lineItemRowsProcessed", "", "rowCount", "7")
    assert judge_action(result(made, well))[1] == "7 cells loaded and 4 items created"


def test_rows_count_once_though_the_list_reports_what_they_created() -> None:
    rows = ("successRowCount", "90", "totalRowCount", "95", "ignoredCount", "5", "invalidCount", "0")
    found = detail("hierarchyRowsProcessed", "", *rows, "createdCount", "0", "updatedCount", "90")
    assert counts_of(found) == (Counts(ok=90, ignored=5, total=95, invalid=0),)


def test_invalid_names_within_the_rejected_are_not_counted_twice() -> None:
    rows = ("successRowCount", "53", "failedCount", "1", "ignoredCount", "3", "totalRowCount", "57")
    found = detail("hierarchyRowsProcessedWithFailures", "", *rows, "invalidCount", "1")
    assert judge_action(result(found))[1] == "1 of 57 rows rejected, 3 ignored"


def judged(*actions: tuple[str, list[dict[str, Any]]]) -> Judgement:
    plan = tuple(Action(f"11200000000{at}", name, "import") for at, (name, _) in enumerate(actions))
    nested = [
        {"objectId": a.id, "successful": True, "details": details}
        for a, (_, details) in zip(plan, actions, strict=True)
    ]
    task = Task.of({"taskId": "A", "taskState": "COMPLETE", "result": {"nestedResults": nested}})
    return judge(task, plan, single=False)


def test_a_process_says_each_unit() -> None:
    rows = detail("hierarchyRowsProcessedWithFailures", "", "failedCount", "77")
    people = detail("usersRowsProcessedWithFailures", "", "createdCount", "3", "failedCount", "2")
    assert judged(
        ("Regions", [rows]),
        ("Revenue", [line_item("Revenue", "3866", "134", "0"), line_item("Units", "9", "1", "0")]),
        ("People", [people]),
    ).reason == (
        "77 rows, 135 cells and 2 users rejected in 3 of 3 actions: "
        "Regions (77 rows), Revenue (135 cells), People (2 users)"
    )


def test_what_nobody_counted_is_said_in_its_own_words() -> None:
    fields = "Warning: Import is incomplete as the following fields are unavailable: Region"
    lost = "3 Region identifier(s) (A, B, C) were not mapped and ignored"
    unmapped = detail("moduleImportDimensionIdentifiersUnmapped", lost, "count", "3", "dimension", "Region")
    found = judged(("Costs", [detail("missingFields", fields)]), ("Prices", [unmapped]))
    assert found.verdict is Verdict.WARNINGS
    assert [action.counts for action in found.actions] == [Counts(), Counts()]
    assert [action.reason for action in found.actions] == [fields, lost]
    assert found.reason.startswith("2 of 2 actions have warnings: Costs (")
    assert judged(("Prices", [unmapped])).reason == f"Prices has warnings: {lost}"


def test_the_document_has_the_unit_and_every_other_count() -> None:
    made = detail("hierarchyRowsProcessedFromLineItem", "", "createdCount", "4", "updatedCount", "0")
    (action,) = judged(("Revenue", [made, line_item("Revenue", "3866", "134", "20")])).actions
    told = action_document(action)
    assert told["counts"] == {
        "ok": 3866,
        "warnings": None,
        "failed": 134,
        "ignored": 20,
        "total": None,
        "invalid": None,
        "unit": "cells",
    }
    assert [(more["unit"], more["ok"]) for more in told["more_counts"]] == [("items", 4)]
    assert set(action_document(Action("1", "x", "import"))["counts"].values()) == {None}
    assert [found.words for found in balances(action)] == [
        "Cells: 3,866 ok, 134 rejected, 20 ignored",
        "Items: 4 ok",
    ]


def test_counts_are_summed_over_details_and_what_is_no_number_is_left_out() -> None:
    details = [
        detail_with("a", successRowCount="10", failedCount="many", ignoredCount=None),
        detail_with("b", successRowCount=" 5 ", totalRowCount="-1", warningsRowCount="1" * 40),
    ]
    task = Task.of({"taskId": "A", "taskState": "COMPLETE", "result": entry(0, details=details)})
    assert task.result is not None
    assert tallies(task.result.details) == (Counts(ok=15),)


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        (Counts(), ""),
        (Counts(ok=90, ignored=5, total=95), "Rows 95 = 90 ok + 5 ignored"),
        (Counts(ok=0, total=0), "Rows 0"),
        (Counts(ok=4000, failed=1234, total=5234), "Rows 5,234 = 4,000 ok + 1,234 rejected"),
        (Counts(ok=1, total=3), "Rows do not add up: 1 ok is not 3"),
        (Counts(ok=0, total=3), "Rows do not add up: 0 is not 3"),
        (Counts(total=3), "Rows 3; what became of them is not said"),
    ],
)
def test_counts_add_up_or_it_is_said_that_they_do_not(counts: Counts, said: str) -> None:
    assert balance(counts) == Balance(said, odd="not add up" in said)


@pytest.mark.parametrize("odd", ["abc", "1.5", "-3"])
def test_a_count_that_is_none_is_named_instead_of_added_up(odd: str) -> None:
    details = [detail_with("a", successRowCount=odd, failedCount=None, totalRowCount="5", hierarchyName="x")]
    task = Task.of({"taskId": "A", "taskState": "COMPLETE", "result": entry(0, details=details)})
    messages = judge(task, PLAN[:1], single=True).actions[0].messages
    assert unread_counts(messages) == (("successRowCount", odd),)
    said = balance(Counts(total=5), unread_counts(messages))
    assert said.odd
    assert said.words == f"Rows do not add up: successRowCount is '{odd}', which is no count"
