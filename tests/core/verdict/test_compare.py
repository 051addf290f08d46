"""A run compared with the previous one, in words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anaplan_tui.api.refs import Kind, ModelRef, TargetRef
from anaplan_tui.core.snapshots import Action, Counts, Message, Phase, RunSnapshot, Step, Unit, Verdict
from anaplan_tui.core.verdict.compare import Change, RunComparison, Trend, compare_runs

NOW = datetime(2026, 11, 22, 12, 0).astimezone()
TARGET = TargetRef(ModelRef("8a8b8c8d8e8f8a8b", "F1111111C11111111B11111F1111E11F"), Kind.PROCESS, "118")
LIST, NUMBER = "moduleImportInvalidListIdentifier", "moduleImportNumberFormat"


def action(
    *messages: tuple[str, str, int],
    verdict: Verdict | None = Verdict.WARNINGS,
    counts: Counts | None = None,
    took: float | None = None,
    object_id: str = "112",
) -> Action:
    found = tuple(Message(kind, text, times) for kind, text, times in messages)
    return Action(
        object_id,
        "Sales",
        "import",
        Step.ENDED,
        verdict,
        counts=counts or Counts(),
        messages=found,
        duration_s=took,
    )


def run(
    *actions: Action, verdict: Verdict | None = Verdict.WARNINGS, took: float | None = None
) -> RunSnapshot:
    return RunSnapshot(
        "r",
        TARGET,
        "Nightly load",
        phase=Phase.ENDED,
        verdict=verdict,
        ended_at=(NOW - timedelta(days=1)).replace(hour=3, minute=10),
        duration_s=took,
        actions=actions,
    )


def compared(old: Action, new: Action) -> list[tuple[Trend, str]]:
    found = compare_runs(run(old), run(new), now=NOW)
    assert found.changes == ()
    return [(change.trend, change.sentence) for change in found.of("112")]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            (),
            ((NUMBER, "Invalid number", 134),),
            [(Trend.NEW, "New since yesterday 03:10: Invalid number (134)")],
        ),
        (
            ((NUMBER, "Invalid number", 5),),
            (),
            [(Trend.GONE, "Gone since yesterday 03:10: Invalid number (5)")],
        ),
        (
            ((LIST, "Item not located in Region list", 900),),
            ((LIST, "Item not located in Region list", 1_100),),
            [(Trend.WORSE, "Item not located in Region list: 1,100, was 900")],
        ),
        (
            ((LIST, "Item not located in Region list", 1_100),),
            ((LIST, "Item not located in Region list", 1_000), (LIST, "Item not located in Region list", 2)),
            [(Trend.BETTER, "Item not located in Region list: 1,002, was 1,100")],
        ),
        (((LIST, "X", 3),), ((LIST, "X", 3),), []),
        (((NUMBER, "Invalid parent", 0),), ((NUMBER, "Invalid parent", 0),), []),
        ((), ((NUMBER, "", 0),), [(Trend.NEW, f"New since yesterday 03:10: {NUMBER}")]),
        (
            (("internalError", "Failed at row 1,204", 0),),
            (("internalError", "Failed at row 77", 0),),
            [],
        ),
        (
            (("hierarchyRowsProcessed", "12 rows", 0),),
            (("hierarchyRowsProcessedWithFailures", "9 rows, 3 failed", 0), ("someNewCode", "hello", 4)),
            [],
        ),
    ],
)
def test_messages_are_compared_by_their_kind_and_number(
    old: tuple[tuple[str, str, int], ...],
    new: tuple[tuple[str, str, int], ...],
    said: list[tuple[Trend, str]],
) -> None:
    assert compared(action(*old), action(*new)) == said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (Counts(failed=0), Counts(failed=1_234), [(Trend.WORSE, "rows rejected: 1,234, was 0")]),
        (
            Counts(failed=0, unit=Unit.CELLS),
            Counts(failed=134, unit=Unit.CELLS),
            [(Trend.WORSE, "cells rejected: 134, was 0")],
        ),
        (Counts(failed=0), Counts(failed=134, unit=Unit.CELLS), []),
        (
            Counts(invalid=3, unit=Unit.USERS),
            Counts(invalid=1, unit=Unit.USERS),
            [(Trend.BETTER, "users invalid: 1, was 3")],
        ),
        (Counts(warnings=9), Counts(warnings=2), [(Trend.BETTER, "rows with warnings: 2, was 9")]),
        (Counts(ignored=5), Counts(ignored=6), [(Trend.WORSE, "rows ignored: 6, was 5")]),
        (Counts(failed=3), Counts(), []),
        (Counts(), Counts(failed=3), []),
    ],
)
def test_counts_are_compared_where_both_runs_have_them(
    old: Counts, new: Counts, said: list[tuple[Trend, str]]
) -> None:
    assert compared(action(counts=old), action(counts=new)) == said


FAILED = (Verdict.FAILED, Counts(ok=4, failed=1, total=5))
GOOD = Verdict.COMPLETED


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (FAILED, (GOOD, Counts(ok=1, failed=0, total=1)), "fewer rows loaded: 1 of 1, was 4 of 5"),
        (FAILED, (GOOD, Counts(ok=4, failed=0, total=4)), "fewer rows loaded: 4 of 4, was 4 of 5"),
        (FAILED, (GOOD, Counts(ok=5, failed=0, total=5)), ""),
        (FAILED, (GOOD, Counts(ok=1)), "fewer rows loaded: 1, was 4 of 5"),
        (FAILED, (GOOD, Counts(total=1)), "fewer rows loaded: 1, was 4 of 5"),
        (FAILED, (GOOD, Counts()), ""),
        (FAILED, (Verdict.UNKNOWN, Counts(total=1)), ""),
        ((GOOD, Counts(ok=5_234, total=5_234)), (GOOD, Counts(ok=5_100, total=5_100)), ""),
        (
            (GOOD, Counts(ok=5_234, total=5_234)),
            (GOOD, Counts(ok=77, total=77)),
            "fewer rows loaded: 77 of 77, was 5,234 of 5,234",
        ),
        ((GOOD, Counts(ok=77, total=77)), (GOOD, Counts(ok=5_234, total=5_234)), ""),
    ],
)
def test_a_part_of_the_rows_is_said_beside_a_better_verdict(
    old: tuple[Verdict, Counts], new: tuple[Verdict, Counts], said: str
) -> None:
    was = replace(action(counts=old[1]), verdict=old[0])
    now = replace(action(counts=new[1]), verdict=new[0])
    found = compare_runs(run(was), run(now), now=NOW)
    assert [c.sentence for c in found.of("112") if "fewer" in c.sentence] == ([said] if said else [])
    assert [c.sentence for c in found.changes] == ([f"{said} (Sales)"] if said else [])


def test_several_that_loaded_fewer_rows_are_told_together() -> None:
    many, few = Counts(ok=100, total=100), Counts(ok=1, total=1)
    old = run(action(counts=many), action(counts=many, object_id="113"), verdict=Verdict.FAILED)
    new = run(action(counts=few), action(counts=few, object_id="113"), verdict=Verdict.COMPLETED)
    assert [(c.trend, c.sentence) for c in compare_runs(old, new, now=NOW).changes] == [
        (Trend.WORSE, "fewer loaded by 2 actions: Sales, Sales"),
        (Trend.BETTER, "completed, was failed"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "usual", "said"),
    [
        (9.0, 22.0, None, ["took 22 s, was 9.0 s"]),
        (20.0, 22.0, 9.0, ["took 22 s, usually 9.0 s"]),
        (1.0, 4.0, None, []),  # four times as long, but too short to matter
        (60.0, 70.0, None, []),
        (None, 22.0, None, []),
        (9.0, None, None, []),
    ],
)
def test_a_time_is_told_where_it_differs_much(
    old: float | None, new: float | None, usual: float | None, said: list[str]
) -> None:
    usual_s = {} if usual is None else {"112": usual}
    found = compare_runs(run(action(took=old)), run(action(took=new)), now=NOW, usual_s=usual_s)
    assert [change.sentence for change in found.of("112")] == said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (Verdict.COMPLETED, Verdict.FAILED, (Change(Trend.WORSE, "failed, was completed"),)),
        (Verdict.FAILED, Verdict.WARNINGS, (Change(Trend.BETTER, "warnings, was failed"),)),
        (Verdict.FAILED, Verdict.CANCELLED, (Change(Trend.WORSE, "cancelled, was failed"),)),
        (Verdict.FAILED, Verdict.FAILED, ()),
        (Verdict.FAILED, Verdict.UNKNOWN, ()),
        (None, Verdict.FAILED, ()),
    ],
)
def test_a_verdict_that_changed_is_better_or_worse(
    old: Verdict | None, new: Verdict | None, said: tuple[Change, ...]
) -> None:
    found = compare_runs(run(action(verdict=old)), run(action(verdict=new)), now=NOW)
    assert found.of("112") == said
    whole = compare_runs(run(verdict=old), run(verdict=new), now=NOW)
    assert whole.changes == said


def test_a_run_is_measured_by_what_is_usual() -> None:
    new = replace(run(took=60.0), usual_s=38.0)
    assert compare_runs(run(took=58.0), new, now=NOW).changes == (
        Change(Trend.SLOWER, "took 1 m 00, usually 38 s"),
    )


def test_actions_that_came_and_went() -> None:
    first, second = action(object_id="112"), replace(action(object_id="113"), name="Regions")
    found = compare_runs(run(first), run(second), now=NOW)
    assert found.changes == (Change(Trend.GONE, "no longer part of the process: Sales"),)
    assert found.of("113") == (Change(Trend.NEW, "was not part of the last run"),)
    assert found.of("112") == ()
    assert compare_runs(run(), run(second), now=NOW).same
    assert compare_runs(run(first), run(), now=NOW).same


def test_an_action_that_is_there_twice_is_compared_with_its_own_turn() -> None:
    fine, bad = action(verdict=Verdict.COMPLETED), action(verdict=Verdict.FAILED)
    assert compare_runs(run(fine, bad), run(fine, bad), now=NOW).same
    worse = compare_runs(run(fine, fine), run(fine, bad), now=NOW)
    assert [each.changes for each in worse.actions] == [(), (Change(Trend.WORSE, "failed, was completed"),)]
    fewer = compare_runs(run(fine, bad), run(fine), now=NOW)
    assert fewer.changes == (Change(Trend.GONE, "no longer part of the process: Sales"),)
    more = compare_runs(run(fine), run(fine, fine), now=NOW)
    assert [each.changes for each in more.actions] == [
        (),
        (Change(Trend.NEW, "was not part of the last run"),),
    ]


def test_a_run_that_goes_on_is_not_judged() -> None:
    live = replace(run(action(verdict=None), verdict=None, took=99.0), phase=Phase.RUNNING)
    assert compare_runs(run(action((NUMBER, "X", 1), took=1.0), took=1.0), live, now=NOW).same


def test_the_urgent_comes_first() -> None:
    old = action((LIST, "A", 5), (NUMBER, "B", 5), took=1.0, counts=Counts(failed=10))
    new = action((LIST, "A", 3), ("dateFormatInvalid", "C", 9), took=20.0, counts=Counts(failed=12))
    assert [trend for trend, _ in compared(old, new)] == [
        Trend.NEW,
        Trend.WORSE,
        Trend.SLOWER,
        Trend.BETTER,
        Trend.GONE,
    ]


def test_without_a_time_it_is_the_last_run() -> None:
    old = replace(run(action()), ended_at=None)
    found = compare_runs(old, run(action((NUMBER, "B", 1))), now=NOW)
    assert found.of("112")[0].sentence == "New since the last run: B (1)"
    assert found.since is None
    begun = replace(old, started_at=datetime(2026, 11, 22, 3, 10, tzinfo=UTC))
    assert compare_runs(begun, run(action()), now=NOW).since == begun.started_at


def test_other_targets_are_a_mistake() -> None:
    other = replace(run(), target=replace(TARGET, id="119"))
    with pytest.raises(ValueError, match="different targets"):
        compare_runs(run(), other, now=NOW)


MESSAGES = st.lists(
    st.tuples(st.sampled_from([LIST, NUMBER, "x"]), st.sampled_from(["A", "B 1", "B 2"]), st.integers(0, 3))
)


@given(MESSAGES, MESSAGES)
def test_the_same_run_has_not_changed_and_every_change_has_its_counterpart(
    old: list[tuple[str, str, int]], new: list[tuple[str, str, int]]
) -> None:
    def between(one: list[tuple[str, str, int]], two: list[tuple[str, str, int]]) -> RunComparison:
        return compare_runs(run(action(*one)), run(action(*two)), now=NOW)

    def trends(found: RunComparison) -> list[Trend]:
        return sorted(change.trend for change in found.of("112"))

    assert between(old, old).same
    turned = {
        Trend.NEW: Trend.GONE,
        Trend.GONE: Trend.NEW,
        Trend.WORSE: Trend.BETTER,
        Trend.BETTER: Trend.WORSE,
    }
    assert sorted(turned[trend] for trend in trends(between(old, new))) == trends(between(new, old))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (Change(Trend.BETTER, "completed, was failed"), "better: completed, was failed"),
        (Change(Trend.WORSE, "rows rejected: 3, was 0"), "worse: rows rejected: 3, was 0"),
        (Change(Trend.SLOWER, "took 40 s, was 20 s"), "slower: took 40 s, was 20 s"),
        (Change(Trend.NEW, "New since 02:10: Invalid number"), "New since 02:10: Invalid number"),
        (Change(Trend.NEW, "was not part of the last run"), "new: was not part of the last run"),
        (Change(Trend.GONE, "Gone since 02:10: Invalid number"), "Gone since 02:10: Invalid number"),
    ],
)
def test_which_way_it_went_is_a_word(change: Change, said: str) -> None:
    assert change.words == said
