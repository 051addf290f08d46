"""A target's usual duration: one rule for all, without the run that is compared with it."""

import ast
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

import anaplan_tui
from anaplan_tui.core.journal.journal import Journal
from anaplan_tui.core.journal.usual import LATEST, usual_s
from anaplan_tui.core.snapshots import Verdict
from tests.support.journals import NOON, OTHER, TARGET, run_to_end


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(tmp_path / "journal.db") as opened:
        yield opened


def test_it_is_the_median_of_the_latest() -> None:
    assert usual_s([]) is None
    assert usual_s([10.0, 20.0, 600.0]) == 20.0
    assert usual_s([1.0] * LATEST + [600.0] * 100) == 1.0


def test_a_run_does_not_tell_its_own_usual_time(journal: Journal) -> None:
    for number, took in enumerate((10.0, 20.0, 900.0)):
        run_to_end(journal, f"r{number}", duration_s=took, started_at=NOON + timedelta(hours=number))
    assert journal.durations(TARGET) == [900.0, 20.0, 10.0]
    assert journal.durations(TARGET, besides="r2") == [20.0, 10.0]
    assert journal.durations(TARGET, besides="r2", limit=1) == [20.0]


def test_of_all_targets_at_once_it_is_the_same(journal: Journal) -> None:
    run_to_end(journal, "r1", duration_s=10.0)
    run_to_end(journal, "r2", duration_s=1.0, verdict=Verdict.CANCELLED)
    run_to_end(journal, "r3", OTHER, duration_s=99.0)
    for target in (TARGET, OTHER):
        found = journal.durations_in(target.model, target.kind)
        assert found == {target.id: journal.durations(target)}


def test_no_other_module_takes_a_median() -> None:
    root = Path(anaplan_tui.__file__).parent
    takers = {
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom | ast.Import)
        and (getattr(node, "module", None) == "statistics" or any(a.name == "statistics" for a in node.names))
    }
    assert takers == {"core/journal/usual.py"}
