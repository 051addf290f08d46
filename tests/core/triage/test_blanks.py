"""Invisible blanks are shown, and named where a group's values have them in common."""

import pytest

from anaplan_tui.core.triage.blanks import blank_words, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("EMEA ", "EMEA␠"),
        ("  EMEA", "␠␠EMEA"),
        ("North  Sea", "North␠␠Sea"),
        ("North Sea", "North Sea"),
        ("North\u00a0Sea", "North␠Sea"),
        (" ", "␠"),
        ("", ""),
    ],
)
def test_a_blank_that_cannot_be_seen_is_shown(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["EMEA "], "ends with a blank"),
        (["EMEA ", " APAC\u00a0"], "all end with a blank"),
        ([" EMEA", " APAC"], "all begin with a blank"),
        (["North  Sea"], "has doubled blanks"),
        (["EMEA ", "APAC"], ""),
        (["   "], ""),
        ([], ""),
    ],
)
def test_what_all_values_have_in_common_is_said(values: list[str], said: str) -> None:
    assert blank_words(values) == said
