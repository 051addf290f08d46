"""Written TOML reads back as the same values, and its text shows them plainly."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anaplan_tui import toml_text

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.recursive(
    TEXTS | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(TEXTS, VALUES)
def test_any_key_and_value_is_read_again(key: str, value: object) -> None:
    assert tomllib.loads(f"{toml_text.key(key)} = {toml_text.value(value)}") == {key: value}


@given(st.lists(TEXTS, min_size=1, max_size=3))
def test_a_key_within_tables_leads_there(location: list[str]) -> None:
    read = tomllib.loads(f"[{toml_text.dotted(location)}]")
    for part in location:
        read = read[part]
    assert read == {}


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("plain ä", '"plain ä"'),
        (r"C:\Users", r"'C:\Users'"),
        ('say "no"', "'say \"no\"'"),
        ("it's\\", r'"it' + r"'s\\" + '"'),
        ("a\u202eb\u200bc\U000e0041", r'"a\u202Eb\u200Bc\U000E0041"'),
        ("a\tb\x7f", r'"a\tb\u007F"'),
        (["a", True, {}], '["a", true, {}]'),
        ({"a b": {"c": False}}, '{ "a b" = { c = false } }'),
    ],
)
def test_how_it_is_written(value: object, written: str) -> None:
    assert toml_text.value(value) == written


def test_what_no_file_of_ours_holds_is_refused() -> None:
    with pytest.raises(TypeError, match="float"):
        toml_text.value(1.5)
