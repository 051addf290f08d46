"""The JSON documents: nothing lost, and nothing that a terminal would obey."""

import json
import os

from hypothesis import given
from hypothesis import strategies as st

from anaplan_tui.api.refs import Kind, ModelRef, TargetRef
from anaplan_tui.core.report import run_document, to_json
from anaplan_tui.core.snapshots import Action, Message, RunSnapshot

TARGET = TargetRef(ModelRef("w", "M"), Kind.PROCESS, "118000000001")


def with_values(*values: tuple[str, str | None]) -> RunSnapshot:
    message = Message("code", "text", 0, values)
    return RunSnapshot("r", TARGET, "Load", actions=(Action("1", "A", "import", messages=(message,)),))


def test_repeated_keys_keep_all_their_values() -> None:
    run = with_values(("a", "1"), ("", "x"), ("a", None), ("a", "3"), ("", None))
    (message,) = run_document(run)["actions"][0]["messages"]
    assert message["values"] == {"a": ["1", None, "3"], "": ["x", None]}


def test_an_empty_workspace_is_null() -> None:
    run = RunSnapshot("r", TargetRef(ModelRef("", "M"), Kind.PROCESS, "1"), "Load")
    assert run_document(run)["workspace_id"] is None


@given(st.text())
def test_json_reads_back_and_holds_nothing_a_terminal_obeys(text: str) -> None:
    printed = to_json({"text": text})
    assert json.loads(printed) == {"text": text}
    controls = {
        chr(n) for n in (*range(32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
    }
    assert not controls & set(printed.replace("\n", ""))


def test_bytes_of_a_path_that_are_no_text_are_escaped() -> None:
    printed = to_json({"path": os.fsdecode(b"/dumps/f\xff")})
    assert json.loads(printed.encode()) == {"path": "/dumps/f\udcff"}
