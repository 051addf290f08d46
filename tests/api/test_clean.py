"""Foreign text cannot hide, reorder or escape anything; ids are never altered."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anaplan_tui.api.clean import HIDDEN, ID_LIMIT, clean, id_or_none, raw_id, text_of

_VISIBLE_FORMAT = set("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd")
"""Characters of category Format that are drawn: signs that enclose numbers."""

ANYTHING = st.text(alphabet=st.characters(exclude_categories=()))
NASTY = st.sampled_from(
    ["\x1b[2J", "\r\n", "\u202e", "\u200b", "\U000e0041", "\ud800", "\x9b", "\x7f", "ok", "é"]
)


@given(st.one_of(ANYTHING, st.lists(NASTY).map("".join)))
def test_nothing_invisible_is_left(text: str) -> None:
    cleaned = clean(text)
    for character in cleaned:
        category = unicodedata.category(character)
        assert category not in {"Cc", "Cs", "Zl", "Zp"}
        assert category != "Cf" or character in _VISIBLE_FORMAT
    cleaned.encode()


@given(ANYTHING, st.integers(1, 40))
def test_bounded_and_stable(text: str, limit: int) -> None:
    once = clean(text, limit=limit)
    assert len(once) <= limit
    assert clean(once, limit=limit) == once


@given(st.text(alphabet=st.characters(categories=("L", "N", "P", "Sm", "Sc")), max_size=500))
def test_what_can_be_read_stays(text: str) -> None:
    fillers = set("\u115f\u1160\u3164\uffa0")
    assert clean(text) == text or fillers & set(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "␛[31mred"),
        ("a\r\nb\tc", "a␍␊b␉c"),
        ("\x7f", "␡"),
        ("\x9b31m", f"{HIDDEN}31m"),
        ("abc\u202egpj.exe", f"abc{HIDDEN}gpj.exe"),
        ("Łucja Nowak — 東京 ⚠️", "Łucja Nowak — 東京 ⚠️"),
        ("[/b] z", "[/b] z"),
    ],
)
def test_what_a_terminal_would_obey_is_shown_as_a_sign(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_a_cut_is_marked() -> None:
    assert clean("abcdef", limit=4) == "abc…"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (12, "12"),
        (1.5, "1.5"),
        (True, "true"),
        ({"a": "\n"}, '{"a": "\\n"}'),
        ([1, None], "[1, null]"),
    ],
)
def test_other_values_become_their_text(value: object, text: str) -> None:
    assert text_of(value) == text


@given(st.one_of(ANYTHING, st.integers(), st.none(), st.booleans(), st.floats(), st.lists(st.integers())))
def test_an_id_is_kept_as_it_is_or_refused(value: object) -> None:
    ident = id_or_none(value)
    if ident is not None:
        assert ident == str(value)
        assert clean(ident) == ident


@pytest.mark.parametrize(
    "value", ["", ".", "..", "a\nb", "\u202e1", "\ud800", "x" * (ID_LIMIT + 1), True, None, 1.0]
)
def test_what_cannot_be_an_id_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="id"):
        raw_id(value)


def test_a_numeric_id_is_its_digits() -> None:
    assert raw_id(112000000031) == "112000000031"
