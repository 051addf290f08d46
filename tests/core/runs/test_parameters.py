"""Parameters as people type them."""

import pytest

from anaplan_tui.core.runs.parameters import BadParameter, read_parameters, words


def test_pairs_are_read_and_written() -> None:
    assert read_parameters(["Version=Actual", "  ", " Sales region = North = East "]) == (
        ("Version", "Actual"),
        ("Sales region", "North = East"),
    )
    assert words((("Version", "Actual"), ("Region", "North"))) == "Version=Actual, Region=North"


def test_blanks_that_nobody_typed_are_part_of_a_name() -> None:
    assert read_parameters(["\u00a0Region\u00a0 = North\u00a0 \t"]) == (
        ("\u00a0Region\u00a0", "North\u00a0"),
    )


@pytest.mark.parametrize("line", ["Version", "=Actual", "Version=", "Version=\u00a0"])
def test_what_is_no_pair_is_refused(line: str) -> None:
    with pytest.raises(BadParameter, match="Dimension=Item"):
        read_parameters([line])


def test_a_dimension_takes_one_item() -> None:
    with pytest.raises(BadParameter, match="twice"):
        read_parameters(["Version=Actual", "Version=Budget"])
