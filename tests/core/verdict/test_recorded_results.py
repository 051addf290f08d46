"""The service's real answers get the right verdict, in full."""

import pytest

from anaplan_tui.core.snapshots import Verdict
from tests.support.recorded import NAMES, check, recorded


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_result_is_judged_right(name: str) -> None:
    found = recorded(name)
    check(found.document, found.expected)


def test_all_of_them_are_here() -> None:
    assert len(NAMES) == 21


def test_numbers_that_stand_in_the_words_alone() -> None:
    counts = recorded("r16").document["actions"][0]["counts"]
    assert counts == {
        "ok": 13,
        "warnings": 0,
        "failed": 2,
        "ignored": 0,
        "total": None,
        "invalid": None,
        "unit": "rows",
    }


def test_words_against_figures() -> None:
    """The message counts 3 failed and 1 ignored, the figures none: never good news, whatever else is said."""
    run = recorded("r13").run(successful=True, failureDumpAvailable=False)
    assert run.verdict is Verdict.WARNINGS
    assert run.reason == "Anaplan's message says 3 rejected, its figures say none"
