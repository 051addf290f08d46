"""Which actions are chosen, and which cannot run alone."""

from pathlib import Path

import pytest

from anaplan_tui.api.refs import Kind, ModelRef, TargetRef
from anaplan_tui.core.catalog import CatalogItem
from anaplan_tui.core.finding.matching import NoMatch
from anaplan_tui.core.journal.plays import PlayRecord
from anaplan_tui.core.liveness import this_process
from anaplan_tui.core.play import Course, Play, PlayStep, Stage
from anaplan_tui.core.runbooks.rest import (
    Choice,
    NotAlone,
    NothingChosen,
    NotTheSame,
    Part,
    as_run,
    choose,
    chosen_before,
    failed_and_after,
    parts_of,
    process_of,
    score_of_rest,
)
from anaplan_tui.core.snapshots import Action, RunSnapshot, Verdict
from anaplan_tui.core.text import step_mark

TARGET = TargetRef(ModelRef("W", "M"), Kind.PROCESS, "118")
PLAN = (
    Action("112", "Load {x}", "import"),
    Action("119", "A form", "open form"),
    Action("116", "Out.csv", "export"),
    Action("117", "Purge", "delete"),
)
IDS = {
    Kind.IMPORT: frozenset({"112"}),
    Kind.EXPORT: frozenset({"116"}),
    Kind.ACTION: frozenset({"117"}),
}


def parts(*verdicts: Verdict | None) -> tuple[Part, ...]:
    did = tuple(
        Action(action.id, action.name, action.kind, verdict=verdict)
        for action, verdict in zip(PLAN, verdicts, strict=False)
    )
    return parts_of(PLAN, RunSnapshot("r", TARGET, "P", actions=did), IDS)


def test_the_failed_one_and_all_after_it_are_marked() -> None:
    assert failed_and_after(parts(Verdict.WARNINGS, Verdict.COMPLETED, Verdict.FAILED, None)) == {3, 4}
    assert failed_and_after(parts(Verdict.COMPLETED, Verdict.COMPLETED)) == frozenset()
    assert failed_and_after(parts_of(PLAN, None, IDS)) == frozenset()


def test_what_cannot_be_run_alone_is_named_and_left_out_only_when_told() -> None:
    with pytest.raises(NotAlone, match='"A form" cannot be run alone'):
        choose(parts(), first="1")
    assert choose(parts(), first="1", skip=["A form"]) == {1, 3, 4}
    assert choose(parts(), only=["purge", "112"]) == {1, 4}


def test_a_choice_of_nothing_is_refused() -> None:
    with pytest.raises(NothingChosen):
        choose(parts(), only=["1"], skip=["1"])
    with pytest.raises(NoMatch):
        choose(parts(), first="No such")


def test_the_runbook_has_a_step_for_each_by_its_id() -> None:
    item = CatalogItem(TARGET, "P {1}")
    choice = Choice(frozenset({1, 3, 4}), [("Version", "A{b}")], when_free=True)
    score = score_of_rest(item, parts(), choice, folder=Path("/"))
    assert [(step.does, step.target) for step in score.runbook.step] == [
        ("wait", "idle"),
        ("import", "112"),
        ("export", "116"),
        ("action", "117"),
    ]
    assert score.runbook.step[1].parameters == {"Version": "A{{b}}"}  # type: ignore[union-attr]
    assert (score.runbook.workspace, score.runbook.model) == ("W", "M")


def test_a_parameter_can_be_for_one_import() -> None:
    plan = (*PLAN[:1], Action("113", "Load/y", "import"))
    both = parts_of(plan, None, {Kind.IMPORT: frozenset({"112", "113"})})
    given = [
        ("Version", "A"),
        ("Load {x}/Version", "B"),
        ("Load/y/Time", "T"),
        ("112/Region", "N"),
        ("A/B", "C"),
    ]
    score = score_of_rest(CatalogItem(TARGET, "P"), both, Choice(frozenset({1, 2}), given), folder=Path("/"))
    assert [step.parameters for step in score.runbook.step] == [  # type: ignore[union-attr]
        {"Version": "B", "A/B": "C", "Region": "N"},
        {"Version": "A", "A/B": "C", "Time": "T"},
    ]
    alone = score_of_rest(CatalogItem(TARGET, "P"), both, Choice(frozenset({2}), given), folder=Path("/"))
    assert alone.runbook.step[0].parameters == {"Version": "A", "A/B": "C", "Time": "T"}  # type: ignore[union-attr]


def test_what_was_chosen_is_known_to_a_later_life_while_the_process_is_the_same() -> None:
    item = CatalogItem(TARGET, "P")
    choice = Choice(frozenset({1, 4}), [("Version", "A=B"), ("Load {x}/Time", "T")], when_free=True)
    score = score_of_rest(item, parts(), choice, folder=Path("/"))
    record = PlayRecord(Play("id", score.key, score.name, ()), this_process(), score.values)
    assert process_of(record) == TARGET
    assert chosen_before(record, item, parts()) == choice
    shorter, turned = parts()[:3], (parts()[3], *parts()[1:3], parts()[0])
    for other in (shorter, turned):
        with pytest.raises(NotTheSame, match='"P"'):
            chosen_before(record, item, other)
    book = PlayRecord(Play("id", "/books/rest of.toml", "x", ()), this_process())
    assert process_of(book) is None


def test_what_a_part_left_out_is_not_marked_when_that_part_failed() -> None:
    item = CatalogItem(TARGET, "P")
    steps = (
        PlayStep(1, "export", "Out.csv", stage=Stage.ENDED, verdict=Verdict.FAILED, stops=True),
        PlayStep(2, "action", "Purge"),
    )
    play = Play("id", "key", "P", steps, Course.STOPPED)
    run = as_run(item, parts(), frozenset({3, 4}), play, {})
    assert [step_mark(action.step, action.verdict)[1] for action in run.actions] == [
        "not run",
        "not run",
        "failed",
        "not run",
    ]
    assert failed_and_after(parts_of(PLAN, run, IDS)) == {3, 4}
