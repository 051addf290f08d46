"""The official samples, and anything else a service may send instead."""

import json
import re
import tracemalloc
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anaplan_tui.api.schemas import (
    Detail,
    FileInfo,
    ImportDetail,
    ListedTask,
    Model,
    ModelStatus,
    ProcessDetail,
    Target,
    Task,
    TaskResult,
    User,
    Wire,
    Workspace,
)

NOON_MS = 1_795_780_800_000

FAILED = {
    "taskId": "B7EA9FEC0FF2488B9A9E6040B6B26753",
    "currentStep": "Failed.",
    "progress": 0.0,
    "result": {
        "details": [
            {"localMessageText": "The uploaded file is gone ", "occurrences": 0, "type": "internalError"}
        ],
        "failureDumpAvailable": False,
        "nestedResults": [
            {
                "details": [
                    {
                        "occurrences": 0,
                        "type": "exportSucceeded",
                        "values": ["fileSize", "0", "serverAlert", None, "exportName", None],
                    }
                ],
                "failureDumpAvailable": False,
                "objectId": "116000000004",
                "successful": False,
                "duration": "1112",
                "startTime": "1677624625790",
            }
        ],
        "objectId": "118000000001",
        "successful": False,
    },
    "taskState": "COMPLETE",
    "creationTime": 1570823656906,
}
"""Shaped as in service.md §5.7, with the times of service.md §8.1."""

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


def test_the_official_failure() -> None:
    task = Task.of(FAILED)
    assert (task.task_id, task.state, task.progress) == (FAILED["taskId"], "COMPLETE", 0.0)
    assert task.created_at == datetime(2019, 10, 11, 19, 54, 16, 906000, tzinfo=UTC)
    assert task.raw == FAILED
    result = task.result
    assert result is not None
    assert result.details == (Detail(type="internalError", text="The uploaded file is gone "),)
    (export,) = result.nested
    assert (export.object_id, export.successful, export.failure_dump_available) == (
        "116000000004",
        False,
        False,
    )
    assert export.details[0].values == (("fileSize", "0"), ("serverAlert", None), ("exportName", None))
    assert (export.duration_ms, export.start_time) == (
        1112,
        datetime(2023, 2, 28, 22, 50, 25, 790000, tzinfo=UTC),
    )


def test_the_raw_answer_is_not_in_its_repr() -> None:
    assert "localMessageText" not in repr(Task.of(FAILED))


@pytest.mark.parametrize(
    ("values", "pairs"),
    [
        (None, ()),
        ([], ()),
        (["a", "1", "lone"], (("a", "1"), ("lone", None))),
        (["n", 5, "flag", True], (("n", "5"), ("flag", "true"))),
        ({"k": "v"}, (("k", "v"),)),
        ("text", (("text", None),)),
    ],
)
def test_values_of_a_detail(values: object, pairs: tuple[tuple[str, str | None], ...]) -> None:
    assert Detail.model_validate({"values": values}).values == pairs


@pytest.mark.parametrize(
    ("said", "occurrences"), [(3, 3), ("12", 12), (None, 0), (-4, 0), ("many", 0), (1e400, 0), (True, 0)]
)
def test_occurrences_that_are_no_count_are_zero(said: object, occurrences: int) -> None:
    assert Detail.model_validate({"occurrences": said}).occurrences == occurrences


@pytest.mark.parametrize(
    ("said", "busy"),
    [
        ({"currentStep": "Open", "progress": -1.0, "taskId": None}, False),
        ({"currentStep": "Closed", "progress": -1}, False),
        ({"currentStep": "Processing ...", "progress": 0.4, "taskId": "AB-11"}, True),
        ({"currentStep": "Updating"}, True),
        ({"currentStep": "Open"}, False),
        ({}, False),
    ],
)
def test_whether_a_model_is_busy(said: Mapping[str, Any], busy: bool) -> None:
    assert ModelStatus.model_validate(said).busy is busy


def test_what_an_import_expects() -> None:
    detail = ImportDetail.of(
        {
            "name": "Employees from Employees.txt",
            "type": "FILE",
            "source": {
                "columnSeparator": "\t",
                "textDelimiter": '"',
                "headerRow": 1,
                "headerNames": ["A", "B\x1b"],
            },
        }
    )
    # A cleaned tab would no longer separate anything.
    assert (detail.column_separator, detail.text_delimiter, detail.header_row) == ("\t", '"', 1)
    assert detail.header_names == ("A", "B␛")
    assert detail.name == "Employees from Employees.txt"


def test_names_are_cleaned_and_ids_kept() -> None:
    target = Target.model_validate(
        {"id": 112000000031, "name": "a\x1b]0;x\x07", "importDataSourceId": "11\u202e3"}
    )
    assert (target.id, target.name, target.data_source_id) == ("112000000031", "a␛]0;x␇", None)


def test_actions_without_an_id_are_left_out() -> None:
    detail = ProcessDetail.model_validate({"name": None, "actions": [{"name": "x"}, {"id": "112"}, None, 5]})
    assert [action.id for action in detail.actions] == ["112"]


@given(
    st.sampled_from([User, Workspace, Model, Target, FileInfo, Detail, TaskResult, ModelStatus]), st.data()
)
@settings(max_examples=300)
def test_no_wrong_value_costs_more_than_its_field(kind: type[Wire], data: st.DataObject) -> None:
    aliases = [field.alias or "" for field in kind.model_fields.values()]
    drawn = data.draw(st.dictionaries(st.sampled_from(aliases), JSON_VALUES))
    document = {**drawn, "id": "113", "unheardOf": 1}
    whole = kind.model_validate(document)
    for name, field in kind.model_fields.items():
        known = {key: document[key] for key in (field.alias, "id") if key in document}
        assert repr(getattr(whole, name)) == repr(getattr(kind.model_validate(known), name)), name


@given(JSON_VALUES, JSON_VALUES, JSON_VALUES)
def test_a_task_of_wrong_values_is_still_a_task(state: object, result: object, progress: object) -> None:
    task = Task.of({"taskId": "A", "taskState": state, "result": result, "progress": progress})
    assert task.task_id == "A"
    assert re.search(r"[\x00-\x1f]", task.state) is None


def test_of_a_list_of_tasks_little_is_kept() -> None:
    """A session of a thousand runs reads its list at each start and for each dump."""
    listed = [
        {"taskId": f"{number:032X}", "taskState": "COMPLETE", "creationTime": NOON_MS + number}
        for number in range(1000)
    ]
    text = json.dumps({"tasks": listed})
    ListedTask.of(listed[0])  # builds what is built only once
    tracemalloc.start()
    try:
        tasks = [ListedTask.of(row) for row in json.loads(text)["tasks"]]
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert {(task.state, task.created_at is None) for task in tasks} == {("COMPLETE", False)}
    assert kept < 400 * len(tasks), "1,500 bytes each if they kept their answer"


def test_results_nested_without_end_are_a_plain_error() -> None:
    document: dict[str, Any] = {}
    for _ in range(500):
        document = {"nestedResults": [document]}
    with pytest.raises((ValueError, RecursionError)):
        Task.of(json.loads(json.dumps({"taskId": "A", "result": document})))
