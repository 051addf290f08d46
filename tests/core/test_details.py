"""Every code that is known says what it means and what usually helps."""

import pytest

from anaplan_tui.core import details
from anaplan_tui.core.details import Class, explain

GONE = "The uploaded file is no longer available; please upload the file again"


@pytest.mark.parametrize("code", sorted(details._KNOWN))
def test_what_went_wrong_has_a_cure(code: str) -> None:
    known = explain(code)
    assert known.meaning.endswith(".")
    # The codes that sum up rows are explained by those of the rows.
    expected = known.cls in (Class.FAILURE, Class.ROWS) and not code.endswith("WithFailures")
    assert bool(known.cure) is expected
    assert not known.cure or known.cure.endswith(".")


@pytest.mark.parametrize(
    "code", ["importFailedGeneralError", "internalError", "uploadedFileNoLongerAvailable", "x"]
)
def test_a_vanished_file_is_explained_whatever_its_code(code: str) -> None:
    known = explain(code, GONE)
    assert "48 hours" in known.meaning
    assert "Upload the file again" in known.cure


def test_a_general_code_does_not_claim_a_vanished_file() -> None:
    assert explain("internalError", "Out of memory").meaning == "Anaplan stopped on an error of its own."


def test_unknown_codes_stay_unknown() -> None:
    assert explain("somethingNew").cls is Class.OTHER
    assert explain("somethingNewWithFailures").cls is Class.ROWS
