"""How a name finds its item."""

from dataclasses import dataclass

import pytest

from anaplan_tui.core.catalog import NoMatch, find


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
