"""The journal's record of part of a process is read back, including records of earlier versions."""

from anaplan_tui.api.refs import Kind, ModelRef, TargetRef
from anaplan_tui.core.runbooks.rest_record import RestRecord

PROCESS = TargetRef(ModelRef("8a81", "AB12"), Kind.PROCESS, "118000000001")


def test_it_is_kept_as_pairs_of_texts() -> None:
    record = RestRecord(PROCESS, ("112", "116"), (("Region", "UK"), ("Sales/Version", "Actual")), True)
    assert record.pairs() == (
        ("process", "118000000001"),
        ("workspace", "8a81"),
        ("model", "AB12"),
        ("action", "112"),
        ("action", "116"),
        ("parameter Region", "UK"),
        ("parameter Sales/Version", "Actual"),
        ("when free", ""),
    )
    assert RestRecord.of(record.pairs()) == record


def test_what_was_not_chosen_is_not_kept() -> None:
    record = RestRecord(PROCESS, ("112",))
    assert len(record.pairs()) == 4
    assert RestRecord.of(record.pairs()) == record


def test_the_values_of_a_runbook_name_no_process() -> None:
    assert RestRecord.of((("month", "2026-11"), ("model", "Demand plan"))) is None
    assert RestRecord.of(()) is None
