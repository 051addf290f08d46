"""How a name finds its item."""

import unicodedata
from dataclasses import dataclass

import pytest

from anaplan_tui.api.clean import clean
from anaplan_tui.api.schemas import FileInfo, Target
from anaplan_tui.core.finding.matching import NoMatch, find


@dataclass(frozen=True)
class Thing:
    id: str
    name: str


THINGS = [
    Thing("118000000001", "Nightly load"),
    Thing("118000000002", "nightly load"),
    Thing("118000000003", "Nightly purge"),
    Thing("118000000004", "Month end"),
    Thing("118000000005", "118000000001"),
]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("118000000003", 2),
        ("Nightly load", 0),
        ("nightly load", 1),
        ("MONTH END", 3),
        ("mon", 3),
        ("Nightly p", 2),
    ],
)
def test_id_then_exact_then_without_case_then_unique_prefix(wanted: str, found: int) -> None:
    assert find("process", wanted, THINGS) is THINGS[found]


def test_ambiguous_names_list_the_candidates() -> None:
    with pytest.raises(NoMatch) as caught:
        find("process", "NIGHTLY LOAD", THINGS)
    assert caught.value.ambiguous
    assert "Nightly load (118000000001), nightly load (118000000002)" in str(caught.value)


def test_a_name_that_is_anothers_id_is_ambiguous() -> None:
    with pytest.raises(NoMatch) as caught:
        find("process", "118000000001", THINGS)
    assert caught.value.ambiguous


@dataclass(frozen=True)
class Spelled(Thing):
    raw_name: str


def spelled(*names: str) -> list[Spelled]:
    """Return items as the service lists them: names shown clean and kept raw."""
    return [Spelled(f"11800000000{at}", clean(name), name) for at, name in enumerate(names)]


@pytest.mark.parametrize(
    "name",
    [
        "Load \U0001f468\u200d\U0001f469",
        "Actuals\u00a0load",
        "Cafe\u0301 load",
        "Na\u00efve",
        "Soft\u00adhyphen",
        "\u0646\u0645\u06cc\u200c\u062f\u0627\u0646\u0645",
        " blank at its ends ",
    ],
)
def test_the_exact_name_finds_its_item_and_so_does_what_is_shown_or_typed(name: str) -> None:
    things = spelled("Other", name)
    for wanted in (name, clean(name), unicodedata.normalize("NFC", name), unicodedata.normalize("NFD", name)):
        assert find("process", wanted, things) is things[1]
    for sign in ("\u200d", "\u200c", "\u00ad"):
        assert find("process", name.replace(sign, "").replace("\u00a0", " ").upper(), things) is things[1]


def test_names_that_differ_in_what_nobody_sees_are_told_apart_by_their_spelling_and_else_ambiguous() -> None:
    things = spelled("Load\u00a0A", "Load A", "Load\u2009A")
    for thing in things:
        assert find("process", thing.raw_name, things) is thing
    with pytest.raises(NoMatch) as caught:
        find("process", "load a", things)
    assert caught.value.ambiguous
    assert len(caught.value.candidates) == 3


def test_the_exact_name_finds_what_is_only_known_as_it_is_shown() -> None:
    shown = [Thing("112000000001", clean("Load\u200dA")), Thing("112000000002", "Load B")]
    for wanted in ("Load\u200dA", "load\u200da", "LoadA", "loada"):
        assert find("import", wanted, shown) is shown[0]


@pytest.mark.parametrize("sign", ["\ufe0f", "\ufe0e", "\u2800", "\u3164", "\u034f", "\U000e0041", "\u202e"])
def test_signs_that_take_no_ink_make_no_difference(sign: str) -> None:
    things = spelled(f"Load {sign}A", "Load AB")
    assert find("process", "load a", things) is things[0]
    assert find("process", f"l{sign}oad ab", things) is things[1]


def test_a_list_of_the_service_keeps_the_name_as_it_is_spelled() -> None:
    found = Target.model_validate({"id": "118000000001", "name": "Load\u200dA"})
    assert (found.name, found.raw_name) == ("Load\ufffdA", "Load\u200dA")
    assert FileInfo.model_validate({"id": "113000000001", "name": 7}).raw_name == ""


def test_unknown_names_show_what_comes_near_else_what_there_is() -> None:
    with pytest.raises(NoMatch, match=r"no process \"purge\"\. There are: Nightly purge"):
        find("process", "purge", THINGS)
    with pytest.raises(NoMatch, match="Month end"):
        find("process", "zzz", THINGS)
    with pytest.raises(NoMatch, match="There are none here"):
        find("process", "zzz", [])


def test_long_lists_are_cut() -> None:
    many = [Thing(str(n), f"Load {n}") for n in range(100)]
    with pytest.raises(NoMatch, match="and 88 more"):
        find("process", "load", many)
