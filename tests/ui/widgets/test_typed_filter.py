"""The lines that a typed filter finds."""

import pytest

from anaplan_tui.core.finding.folding import folded
from anaplan_tui.ui.widgets.typed_filter import found

NAMES = (
    "Nightly load 118",
    "Nightly hierarchy refresh 119",
    "Load nightly lists 120",
    "Weekly close 121",
    "GROSSE MASSE  straße 122",
    "Σίσυφος 123",
    "Cafe\u0301 zero\u200bwidth 124",
)
TEXTS = {n: folded(name) for n, name in enumerate(NAMES)}


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", [0, 1, 2, 3, 4, 5, 6]),
        ("  ", [0, 1, 2, 3, 4, 5, 6]),
        ("n", [0, 1, 2]),
        ("nightly", [0, 1, 2]),
        ("nightly ", [0, 1, 2]),
        # The whole phrase wins, although lines 1 and 2 contain its words as well.
        ("nightly lo", [0]),
        ("NIGHTLY L", [0, 2]),
        ("  nightly   load ", [0]),
        # No line has the phrase: all words count, in any position.
        ("load 118", [0]),
        ("119 nightly", [1]),
        ("close weekly", [3]),
        ("lists load", [2]),
        ("weekly nightly", []),
        ("nightly zzz", []),
        ("121", [3]),
        ("masse strasse", [4]),
        ("ΣΊΣΥΦΟΣ", [5]),
        ("café zerowidth", [6]),
    ],
)
def test_the_phrase_comes_before_its_words(typed: str, expected: list[int]) -> None:
    assert found(typed, TEXTS) == expected


@pytest.mark.parametrize("typed", ["Müller", "MU\u0308LLER", "müller lo", "müller\u00a0load", "mül\u200dler"])
def test_what_nobody_sees_as_a_difference_is_none(typed: str) -> None:
    names = ("M\u00fcller load", "Mu\u0308ller\u00a0load", "M\u00fcl\ufffdler  load", "Muller load")
    assert found(typed, {n: folded(name) for n, name in enumerate(names)}) == [0, 1, 2]
