"""File names made from the service's names: one component, always inside the folder, no surprises."""

import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anaplan_tui.core.downloads.naming import NAME_BYTES, dump_name, numbered, run_folder, safe_name

STARTED = datetime(2026, 11, 22, 3, 10, tzinfo=UTC)

any_text = st.text(alphabet=st.characters(), max_size=400)
"""Lone surrogates included: JSON can carry them."""


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Sales from sales.csv", "Sales from sales.csv"),
        ("Zoë Łucja 売上", "Zoë Łucja 売上"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("..", "_"),
        ("", "_"),
        (".hidden", "hidden"),
        ("-rf", "rf"),
        ("a/b\\c:d", "a_b_c_d"),
        ("tab\there\n\x1b[31mred\x7f", "tab_here__[31mred_"),
        ("right\u202eleft", "right_left"),
        ("lone \ud800 surrogate", "lone _ surrogate"),
        ("trailing. . ", "trailing"),
        ("NUL", "_NUL"),
        ("com1.csv", "_com1.csv"),
        ("console", "console"),
        ("e\u0301", "é"),
    ],
)
def test_what_becomes_of_a_name(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(any_text)
def test_a_safe_name_is_one_visible_component(name: str) -> None:
    safe = safe_name(name)
    assert safe
    assert len(safe.encode()) <= NAME_BYTES
    assert Path("/base", safe).parent == Path("/base")
    assert safe[0] not in ".- "
    assert unicodedata.is_normalized("NFC", safe)
    assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in safe)


@given(any_text)
def test_a_safe_name_stays_as_it_is(name: str) -> None:
    assert safe_name(safe_name(name)) == safe_name(name)


@given(any_text, any_text, any_text)
def test_a_run_folder_is_three_levels_below_the_base(model: str, process: str, task_id: str) -> None:
    folder = run_folder(Path("/base"), model, process, STARTED, task_id)
    assert len(folder.relative_to("/base").parts) == 3
    assert ".." not in folder.parts


def test_a_run_folder_is_named_by_the_start_in_utc() -> None:
    local = STARTED.astimezone(timezone(timedelta(hours=9)))
    folder = run_folder(Path("/d"), "Demand plan", "Nightly load", local, "B7EA9FEC0FF2488B")
    assert folder == Path("/d/Demand plan/Nightly load/2026-11-22T03-10-00Z_B7EA9FEC")
    assert run_folder(Path("/d"), "M", "P", None, "B7EA9FEC0FF2").name == "unknown-start_B7EA9FEC"


@given(any_text, any_text)
def test_a_dump_name_has_room_and_keeps_its_ending(action: str, object_id: str) -> None:
    name = dump_name(action, object_id)
    assert name.endswith(".csv")
    assert len(name.encode()) + len(" (999)") <= NAME_BYTES
    assert Path("/base", name).parent == Path("/base")


def test_a_long_action_name_never_costs_the_id() -> None:
    assert dump_name("売" * 300, "112000000007").endswith("売_112000000007.csv")
    assert dump_name("Sales", "112000000007") == "Sales_112000000007.csv"


def test_the_second_file_of_a_name_is_numbered_before_its_ending() -> None:
    assert numbered(Path("/d/a.csv"), 1) == Path("/d/a.csv")
    assert numbered(Path("/d/a.csv"), 2) == Path("/d/a (2).csv")
