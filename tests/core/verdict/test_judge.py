"""The verdict rules, one by one, and the official samples (service.md §5.7)."""

from typing import Any

import pytest

from anaplan_tui.api.schemas import Task
from anaplan_tui.core.snapshots import Action, Counts, Step, Verdict
from anaplan_tui.core.verdict.judge import judge, judge_action, kind_of, progress
from tests.support.details import PLAN, detail, entry, process

ROWS = detail(
    "hierarchyRowsProcessed", "Regions: 90 rows", successRowCount="90", ignoredCount="0", totalRowCount="90"
)
IGNORED = detail("hierarchyRowsProcessed", successRowCount="90", ignoredCount="5", totalRowCount="95")
WITH_FAILURES = detail("lineItemRowsProcessedWithFailures", successRowCount="10")
BAD_ITEM = detail("moduleImportInvalidListIdentifier", "Item not located in Region list", 1204)
GONE = detail("importFailedGeneralError", "The uploaded file is no longer available")
CANCELLED = detail("msgImportCancelled")


@pytest.mark.parametrize(
    ("successful", "dump", "details", "verdict"),
    [
        (True, False, None, Verdict.COMPLETED),
        (True, False, [], Verdict.COMPLETED),
        (True, False, [ROWS], Verdict.COMPLETED),
        (True, False, [detail("somethingNew", "hello")], Verdict.COMPLETED),
        (False, False, [GONE], Verdict.FAILED),
        (False, False, [detail("exportSucceeded", fileSize="0")], Verdict.FAILED),
        (False, False, [detail("somethingNew")], Verdict.FAILED),
        (False, True, None, Verdict.FAILED),
        (False, False, None, Verdict.FAILED),
        (False, False, [], Verdict.FAILED),
        (False, False, [ROWS], Verdict.FAILED),
        (True, True, None, Verdict.WARNINGS),
        (True, False, [BAD_ITEM], Verdict.WARNINGS),
        (True, False, [WITH_FAILURES], Verdict.WARNINGS),
        (True, False, [detail("newRowsProcessedWithFailures")], Verdict.WARNINGS),
        (True, False, [IGNORED], Verdict.WARNINGS),
        (True, False, [detail("usersRowsProcessed", warningsRowCount="1")], Verdict.WARNINGS),
        (True, False, [detail("usersRowsProcessed", failedCount="1")], Verdict.WARNINGS),
        (True, False, [CANCELLED], Verdict.CANCELLED),
        (False, False, [CANCELLED], Verdict.CANCELLED),
        (None, False, [GONE], Verdict.FAILED),
        (None, True, None, Verdict.WARNINGS),
        (None, False, [ROWS], Verdict.COMPLETED),
        (None, False, None, Verdict.UNKNOWN),
    ],
)
def test_an_action_is_judged_by_flag_dump_and_details(
    successful: bool | None, dump: bool, details: Any, verdict: Verdict
) -> None:
    task = Task.of(
        {"taskId": "A", "taskState": "COMPLETE", "result": entry(0, successful, dump=dump, details=details)}
    )
    assert task.result is not None
    assert judge_action(task.result)[0] is verdict


def test_all_well_is_completed() -> None:
    judged = process(entry(0, details=[ROWS]), entry(1), entry(2))
    assert judged.verdict is Verdict.COMPLETED
    assert judged.reason == "all 3 actions completed"


def test_one_failed_action_fails_the_task_even_if_the_top_says_success() -> None:
    judged = process(entry(0), entry(1, False, details=[GONE]), entry(2), successful=True)
    assert judged.verdict is Verdict.FAILED
    assert judged.reason == "Sales from sales.csv failed: The uploaded file is no longer available"


def test_unsuccessful_with_details_at_the_top_is_failed() -> None:
    judged = process(entry(0), successful=False, details=[detail("internalError", "The file is gone")])
    assert judged.verdict is Verdict.FAILED
    assert "The file is gone" in judged.reason


def test_unsuccessful_without_any_evidence_is_a_warning() -> None:
    judged = process(entry(0), entry(1), entry(2), successful=False, details=[])
    assert judged.verdict is Verdict.WARNINGS
    assert "no evidence" in judged.reason


def test_a_nested_dump_counts_although_the_top_flag_is_false() -> None:
    judged = process(entry(0), entry(1, dump=True), entry(2), dump=False)
    assert judged.verdict is Verdict.WARNINGS
    assert judged.reason == "rows rejected in Sales from sales.csv"
    assert [a.dump.available for a in judged.actions] == [False, True, False]


def test_only_ignored_rows_is_a_warning_and_says_so() -> None:
    judged = process(entry(0, details=[IGNORED]), entry(1), entry(2), successful=False)
    assert judged.verdict is Verdict.WARNINGS
    assert judged.reason == "5 rows ignored in Regions from regions.csv"
    assert judged.actions[0].reason == "5 of 95 rows ignored"


def test_different_mishaps_are_counted_apart() -> None:
    judged = process(entry(0, False, details=[GONE]), entry(1, dump=True), entry(2, details=[IGNORED]))
    assert judged.reason == (
        "Regions from regions.csv failed: The uploaded file is no longer available; "
        "rows rejected in Sales from sales.csv; 5 rows ignored in Sales out"
    )


def test_several_of_a_kind_are_counted_and_named() -> None:
    rejected = detail("hierarchyRowsProcessedWithFailures", failedCount="1234")
    fewer = detail("hierarchyRowsProcessedWithFailures", failedCount="77")
    judged = process(entry(0, dump=True, details=[rejected]), entry(1, dump=True, details=[fewer]), entry(2))
    assert judged.reason == (
        "1,311 rows rejected in 2 of 3 actions: Regions from regions.csv (1,234), Sales from sales.csv (77)"
    )


@pytest.mark.parametrize("number", [1, 3, 5])
def test_no_more_than_three_actions_are_named(number: int) -> None:
    plan = tuple(Action(f"11200000000{at}", f"Load {at}", "import") for at in range(number))
    nested = [{"objectId": a.id, "successful": False, "details": [GONE]} for a in plan]
    task = Task.of({"taskId": "A", "taskState": "COMPLETE", "result": {"nestedResults": nested}})
    reason = judge(task, plan, single=False).reason
    assert "The uploaded file is no longer available" in reason
    assert reason.startswith(
        "Load 0 failed: " if number == 1 else f"{number} of {number} actions failed: Load 0"
    )
    assert reason.endswith(" and 2 more") is (number == 5)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"fileSize": "48213"}, "made a file of 48 KB"),
        ({"fileSize": "0"}, "made an empty file"),
        ({"fileSize": None}, "made a file"),
        ({}, "made a file"),
    ],
)
def test_an_export_says_what_it_made(values: dict[str, Any], said: str) -> None:
    result = entry(2, details=[detail("exportSucceeded", **values)])
    task = Task.of({"taskId": "A", "taskState": "COMPLETE", "result": result})
    assert judge(task, PLAN[2:], single=True).reason == said


@pytest.mark.parametrize("odd", ["it broke", {"why": "it broke"}, [7, "it broke"], ["it broke"]])
def test_details_of_another_shape_are_evidence_as_they_came(odd: Any) -> None:
    judged = process(entry(0, False, details=odd))
    assert judged.verdict is Verdict.FAILED
    assert any("it broke" in message.text for message in judged.actions[0].messages)


@pytest.mark.parametrize("nothing", [None, [], "", [None], [""]])
def test_details_that_say_nothing_are_none(nothing: Any) -> None:
    judged = process(entry(0, False, details=nothing))
    assert judged.actions[0].messages == ()
    assert judged.verdict is Verdict.FAILED
    assert "gave no evidence" in judged.reason


def test_a_dump_of_warnings_only_is_not_called_rejected() -> None:
    loaded = detail("hierarchyRowsProcessedWithFailures", warningsRowCount="7", failedCount="0")
    judged = process(entry(0, dump=True, details=[loaded]))
    assert judged.reason == "7 rows loaded with a warning in Regions from regions.csv"


def test_a_cancelled_state_wins_and_names_who() -> None:
    judged = process(entry(0), state="CANCELLED", cancelledBy="Jo Smith")
    assert judged.verdict is Verdict.CANCELLED
    assert "Jo Smith" in judged.reason
    assert "stay applied" in judged.reason


@pytest.mark.parametrize("state", ["COMPLETE", "CANCELLED"])
def test_an_end_without_a_result(state: str) -> None:
    judged = judge(Task.of({"taskId": "A", "taskState": state}), PLAN, single=False)
    assert judged.verdict is (Verdict.UNKNOWN if state == "COMPLETE" else Verdict.CANCELLED)
    assert all(a.step is Step.NO_RESULT and a.verdict is Verdict.UNKNOWN for a in judged.actions)


def test_actions_without_an_entry_are_shown_and_do_not_change_the_verdict() -> None:
    judged = process(entry(0))
    assert judged.verdict is Verdict.COMPLETED
    assert [a.verdict for a in judged.actions] == [Verdict.COMPLETED, Verdict.UNKNOWN, Verdict.UNKNOWN]
    assert judged.reason == "1 action completed"


def test_entries_that_the_plan_lacks_are_added_and_named() -> None:
    stranger = {"objectId": "112999999999", "successful": False, "failureDumpAvailable": True}
    task = Task.of({"taskId": "A", "taskState": "COMPLETE", "result": {"nestedResults": [stranger]}})
    judged = judge(task, PLAN[:1], single=False, names={"112999999999": "Costs"})
    assert [(a.name, a.kind, a.verdict) for a in judged.actions] == [
        ("Regions from regions.csv", "import", Verdict.UNKNOWN),
        ("Costs", "import", Verdict.FAILED),
    ]


@pytest.mark.parametrize(
    ("planned", "listed", "said", "name"),
    [
        ("Items", "Items in the list", "Items in the answer", "Items"),
        ("", "Items in the list", "Items in the answer", "Items in the list"),
        ("112000000022", "Items in the list", "Failures for Import 22", "Items in the list"),
        ("Failures for Import 22", "Items in the list", None, "Items in the list"),
        ("Failures for March", "", "Failures for Import 22", "Failures for March"),
        ("", "", "Items in the answer", "Items in the answer"),
        ("", "", "Failures for Import 22", "112000000022"),
        ("", "", None, "112000000022"),
    ],
)
def test_names_come_from_the_plan_then_the_lists_then_the_answer(
    planned: str, listed: str, said: str | None, name: str
) -> None:
    bad = detail("hierarchyRowsProcessedWithFailures", failedCount="3")
    nested = {"objectId": "112000000022", "objectName": said, "successful": True, "details": [bad]}
    task = Task.of({"taskId": "A", "taskState": "COMPLETE", "result": {"nestedResults": [nested]}})
    plan = (Action("112000000022", planned, "import"),)
    names = {"112000000022": listed} if listed else {}
    for known in (plan,) if planned else (plan, ()):
        judged = judge(task, known, single=False, names=names)
        assert [a.name for a in judged.actions] == [name]
        assert judged.reason == f"3 rows rejected in {name}"


def test_an_entry_of_an_action_that_has_one_already_is_named_by_the_plan() -> None:
    again = entry(0, False, details=[GONE]) | {"objectName": "Failures for Import 1"}
    judged = process(entry(0) | {"nestedResults": [again]})
    assert [a.name for a in judged.actions if a.step is Step.ENDED] == [PLAN[0].name] * 2
    assert judged.reason.startswith(f"{PLAN[0].name} failed")


def test_a_running_task_is_not_named_by_its_answer() -> None:
    nested = {"objectId": "112000000022", "objectName": "Failures for Import 22", "successful": True}
    task = Task.of({"taskId": "A", "taskState": "IN_PROGRESS", "result": {"nestedResults": [nested]}})
    assert [a.name for a in progress(task, ())] == ["112000000022"]


def test_the_same_action_twice_keeps_its_two_results() -> None:
    plan = (PLAN[0], PLAN[0])
    result = {"nestedResults": [entry(0), entry(0, False, details=[GONE])]}
    judged = judge(Task.of({"taskId": "A", "taskState": "COMPLETE", "result": result}), plan, single=False)
    assert [a.verdict for a in judged.actions] == [Verdict.COMPLETED, Verdict.FAILED]


def test_entries_inside_entries_are_not_hidden() -> None:
    outer = entry(0) | {"nestedResults": [entry(1, False, details=[GONE])]}
    assert process(outer).verdict is Verdict.FAILED


def test_entries_inside_a_single_import_are_not_hidden() -> None:
    inner = entry(1, False, details=[GONE])
    task = Task.of({"taskId": "A", "taskState": "COMPLETE", "result": entry(0) | {"nestedResults": [inner]}})
    judged = judge(task, PLAN[:1], single=True)
    assert judged.verdict is Verdict.FAILED
    assert "The uploaded file is no longer available" in judged.reason


@pytest.mark.parametrize("at", [0, 2])
def test_a_single_action_that_failed_without_evidence_says_so(at: int) -> None:
    task = Task.of({"taskId": "A", "taskState": "COMPLETE", "result": entry(at, False)})
    judged = judge(task, PLAN[at : at + 1], single=True)
    assert judged.verdict is Verdict.FAILED
    assert judged.reason == "Anaplan says it failed, but gave no evidence"


def test_what_was_loaded_is_no_evidence_for_a_failure() -> None:
    judged = process(entry(0, False, details=[ROWS]), entry(1), entry(2))
    assert judged.verdict is Verdict.FAILED
    assert judged.actions[0].reason == ("Anaplan says it failed (90 rows loaded), but gave no evidence")


@pytest.mark.parametrize(
    ("code", "verdict", "said"),
    [
        ("missingFields", Verdict.WARNINGS, "Import is incomplete"),
        ("internalError", Verdict.WARNINGS, "Import is incomplete"),
        ("taskElementSucceeded", Verdict.COMPLETED, "completed"),
    ],
)
def test_what_a_process_itself_says_counts_though_it_was_successful(
    code: str, verdict: Verdict, said: str
) -> None:
    judged = process(entry(0), entry(1), entry(2), details=[detail(code, "Import is incomplete")])
    assert judged.verdict is verdict
    assert said in judged.reason


def test_a_process_that_says_nothing_of_success_is_unknown() -> None:
    assert process(entry(0, None), successful=None).verdict is Verdict.UNKNOWN
    assert process(entry(0, None), successful=True).verdict is Verdict.COMPLETED


def test_a_single_import_is_its_own_action() -> None:
    task = Task.of(
        {"taskId": "A", "taskState": "COMPLETE", "result": entry(0, dump=True) | {"objectId": "?"}}
    )
    judged = judge(task, PLAN[:1], single=True)
    assert judged.verdict is Verdict.WARNINGS
    assert [(a.id, a.dump.available) for a in judged.actions] == [(PLAN[0].id, True)]


def test_reasons_name_the_rows_and_the_causes_largest_first() -> None:
    counts = detail(
        "hierarchyRowsProcessedWithFailures", successRowCount="4000", failedCount="1234", totalRowCount="5234"
    )
    number = detail("moduleImportNumberFormat", "Invalid number", 134)
    place = detail("moduleImportInvalidListIdentifier", "Item not located in Region list", 1100)
    task = Task.of(
        {
            "taskId": "A",
            "taskState": "COMPLETE",
            "result": entry(0, dump=True, details=[counts, number, place]),
        }
    )
    assert task.result is not None
    assert judge_action(task.result)[1] == (
        "1,234 of 5,234 rows rejected: Item not located in Region list (1,100), Invalid number (134)"
    )


@pytest.mark.parametrize(
    ("action_type", "object_id", "kind"),
    [
        ("IMPORT", "112000000001", "import"),
        ("DELETE_BY_SELECTION", "117000000001", "delete"),
        ("BULK_DELETE_ENTITIES", "117000000001", "delete"),
        ("ORDER_HIERARCHY", "117000000001", "order hierarchy"),
        ("", "112000000001", "import"),
        ("", "999", "action"),
    ],
)
def test_the_kind_of_an_action_comes_from_its_type_or_else_its_id(
    action_type: str, object_id: str, kind: str
) -> None:
    assert kind_of(action_type, object_id) == kind


def test_the_official_failed_process() -> None:
    """service.md §5.7: the uploaded file is gone, and a later export is listed as unsuccessful."""
    text = "The uploaded file is no longer available; please upload the file again"
    export: dict[str, Any] = {"fileSize": "0", "serverAlert": None, "exportName": None}
    judged = process(
        entry(0, False, details=[detail("importFailedGeneralError", text, errorMessage=text)]),
        entry(2, False, details=[detail("exportSucceeded", None, **export)]),
        successful=False,
        details=[detail("internalError", text)],
        progress=0.0,
    )
    assert judged.verdict is Verdict.FAILED
    assert judged.reason == (
        "2 of 2 actions failed: Regions from regions.csv (The uploaded file is no longer available), "
        "Sales out (Anaplan lists it as not successful)"
    )
    assert judged.actions[0].reason == text
    assert judged.actions[1].verdict is Verdict.UNKNOWN
    assert judged.actions[2].verdict is Verdict.FAILED
    assert judged.actions[2].reason == "Anaplan lists it as not successful; its file is empty"


def test_the_official_import_with_ignored_rows() -> None:
    """service.md §5.7: 90 of 95 rows loaded, 5 ignored, ``successful`` true."""
    values: dict[str, Any] = {"hierarchyName": "Employees", "successRowCount": "90", "warningsRowCount": "0"}
    values |= {"failedCount": "0", "ignoredCount": "5", "totalRowCount": "95"}
    result = entry(0, details=[detail("hierarchyRowsProcessed", "Employees: 90 rows", **values)])
    judged = judge(Task.of({"taskId": "A", "taskState": "COMPLETE", "result": result}), PLAN[:1], single=True)
    assert judged.verdict is Verdict.WARNINGS
    assert judged.reason == "5 of 95 rows ignored"
    assert judged.actions[0].counts == Counts(ok=90, warnings=0, failed=0, ignored=5, total=95)


def test_a_dump_of_ignored_rows_is_not_called_rejected() -> None:
    judged = process(entry(0, details=[IGNORED], dump=True), entry(1), entry(2))
    assert judged.reason == "5 rows ignored in Regions from regions.csv"


def test_one_row_is_no_rows() -> None:
    one = detail("hierarchyRowsProcessedWithFailures", failedCount="1")
    judged = process(entry(0, details=[one], dump=True), entry(1), entry(2))
    assert judged.actions[0].reason == "1 row rejected"
    assert judged.reason == "1 row rejected in Regions from regions.csv"
