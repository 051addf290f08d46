"""Every code in the service's table has its meaning and the usual remedy; others go by their kind."""

from pathlib import Path

import pytest

from anaplan_tui.core.verdict.codes import CODES
from anaplan_tui.core.verdict.details import Class, explain

GONE = "The uploaded file is no longer available; please upload the file again"
TABLE = [
    line.split("\t")
    for line in (Path(__file__).parent / "detail_codes.tsv").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
"""Class and code, as the service lists them."""
CLASSES = {
    "completion": {Class.COMPLETION, Class.PARTLY},
    "failure": {Class.FAILURE, Class.CANCELLED, Class.ROWS},
    "row": {Class.ROWS, Class.CANCELLED},
}
OF_ANOTHER_CLASS = {
    "missingFields": Class.ROWS,
    "msgExportCancelled": Class.CANCELLED,
    "msgImportCancelled": Class.CANCELLED,
    "hierarchyImportCancelledByUser": Class.CANCELLED,
}
"""Codes that the service lists among failures or rows, but whose text says otherwise."""


def test_the_table_is_whole() -> None:
    assert len(TABLE) == 141
    assert {code for _cls, code in TABLE} == set(CODES)


@pytest.mark.parametrize(("cls", "code"), TABLE)
def test_a_code_has_a_class_a_meaning_and_a_cure(cls: str, code: str) -> None:
    known = explain(code)
    assert known.cls in CLASSES[cls]
    for sentence in (known.meaning, known.cure):
        assert sentence[0].isupper()
        assert sentence.endswith(".")
    assert known.meaning != known.cure


@pytest.mark.parametrize(("cls", "code"), TABLE)
def test_a_code_is_of_the_class_that_the_service_gives_it(cls: str, code: str) -> None:
    usual = {"completion": Class.COMPLETION, "failure": Class.FAILURE, "row": Class.ROWS}[cls]
    if cls == "completion" and "With" in code:
        usual = Class.PARTLY
    assert explain(code).cls is OF_ANOTHER_CLASS.get(code, usual)


@pytest.mark.parametrize(
    "code", ["importFailedGeneralError", "internalError", "uploadedFileNoLongerAvailable", "x"]
)
def test_a_vanished_file_is_explained_whatever_its_code(code: str) -> None:
    known = explain(code, GONE)
    assert "48 hours" in known.meaning
    assert "Upload the file again" in known.cure


def test_a_general_code_does_not_claim_a_vanished_file() -> None:
    assert explain("internalError", "Out of memory").meaning == "Anaplan stopped on an error of its own."


@pytest.mark.parametrize(
    ("code", "cls"),
    [
        ("somethingNew", Class.OTHER),
        ("", Class.OTHER),
        ("subsetRowsProcessed", Class.OTHER),
        ("subsetRowsProcessedWithFailures", Class.PARTLY),
        ("subsetRowsProcessedWithFailuresFromLineItem", Class.PARTLY),
        ("subsetRowsProcessedWithIgnored", Class.PARTLY),
        ("subsetRowsProcessedWithWarnings", Class.PARTLY),
        ("subsetRowsProcessedWithInvalidNamesAndFailures", Class.PARTLY),
        ("subsetImportIdentifiersUnmapped", Class.ROWS),
        ("missingFieldsInSource", Class.ROWS),
        ("subsetImportBombed", Class.FAILURE),
        ("subsetImportFailed", Class.FAILURE),
        ("failedToLocateSubset", Class.FAILURE),
        ("msgCopyCancelled", Class.CANCELLED),
    ],
)
def test_a_new_code_is_judged_by_how_its_name_is_built(code: str, cls: Class) -> None:
    assert explain(code).cls is cls
