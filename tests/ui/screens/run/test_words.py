"""The words of a run's screen, value by value."""

from dataclasses import replace
from datetime import timedelta

import pytest

from anaplan_tui.commands import printing
from anaplan_tui.core import text
from anaplan_tui.core.snapshots import Contact, DownloadSnapshot, Fetch, Phase, RunSnapshot, Step, Verdict
from anaplan_tui.core.verdict.outcomes import actions_of
from anaplan_tui.ui.screens.run.words import after_line, headline, progress_line
from anaplan_tui.ui.widgets.lines import Sentence
from anaplan_tui.ui.widgets.meter import meter
from anaplan_tui.ui.widgets.status_line import downloads_summary
from anaplan_tui.ui.words import run_words, spread, step_words
from tests.support.values import DOWNLOADS, FAILED, LIVE, NOW


@pytest.mark.parametrize(
    ("fraction", "expected"),
    [
        (None, "░░░░"),
        (0.0, "░░░░"),
        (0.001, "█░░░"),
        (0.5, "██░░"),
        (0.999, "███░"),
        (1.0, "████"),
        (7.0, "████"),
    ],
)
def test_the_meter_is_full_only_at_the_end(fraction: float | None, expected: str) -> None:
    assert meter(fraction, 4).plain == expected


def test_a_live_run_says_step_time_and_next_look() -> None:
    left, right = headline(LIVE, NOW, wide=True)
    assert left.plain == " ▶ running   step 2 of 5: Importing Sales from sales.csv"
    assert right.plain.strip() == "18 s, about 20 s left   next look in 4 s"
    assert progress_line(LIVE, 40).plain.endswith(" 43 %")


def test_a_run_slower_than_usual_says_so() -> None:
    _left, right = headline(LIVE, NOW + timedelta(seconds=60), wide=True)
    assert "(usually 38 s)" in right.plain


def test_an_ended_run_says_how_long_and_when() -> None:
    left, right = headline(FAILED, NOW, wide=True)
    assert left.plain == " ✗ failed"
    assert right.plain.strip() == "41 s (usually 38 s)   ended 03:10:43Z"


def test_an_outage_does_not_judge_the_task() -> None:
    contact = Contact(
        last_at=NOW - timedelta(minutes=4),
        next_look_at=NOW + timedelta(seconds=30),
        failures=9,
        problem="no route",
    )
    said = after_line(replace(LIVE, contact=contact), (), NOW).plain
    assert said == " ! No contact for 4 m 00; the task goes on, next try in 30 s (no route)"


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize("problem", ["no connection to us1a.app.anaplan.com: connection refused", "no route"])
def test_an_outage_is_told_to_its_last_word(width: int, problem: str) -> None:
    contact = Contact(
        last_at=NOW - timedelta(minutes=64),
        next_look_at=NOW + timedelta(seconds=30),
        failures=9,
        problem=problem,
    )
    said = after_line(replace(LIVE, contact=contact), (), NOW)
    sentence = Sentence()
    sentence.show(said)
    lines = [line.plain for line in sentence.lines(width)]
    assert " ".join("".join(lines).split()) == said.plain.strip()
    assert all(len(line) <= width for line in lines)


@pytest.mark.parametrize("width", [59, 79])
def test_the_one_line_of_a_command_loses_words_of_its_middle_only(width: int) -> None:
    contact = Contact(last_at=NOW, failures=2, problem="no connection to us1a.app.anaplan.com: timed out")
    run = replace(LIVE, contact=contact, phase=Phase.RUNNING)
    line = text.shortened(printing._run_line(run), width)
    assert line.endswith("timed out)")
    assert "no contact" in line
    assert len(line) <= width


def test_a_link_that_drops_everything_is_spoken_of_before_the_look_fails() -> None:
    def said(seconds: int) -> str:
        contact = Contact(last_at=NOW, next_look_at=NOW - timedelta(seconds=seconds))
        return after_line(replace(LIVE, contact=contact), (), NOW).plain

    assert said(12) == " ! No answer for 12 s; the task goes on, still asking"
    assert "No answer" not in said(5)


def test_nothing_is_claimed_of_the_actions_of_an_unknown_result() -> None:
    run = replace(LIVE, phase=Phase.ENDED, verdict=Verdict.UNKNOWN)
    assert {step_words(action, live=False).plain for action in actions_of(run)} == {"? unknown"}
    assert after_line(run, (), NOW).plain == " Whether it left dumps is not known."
    assert actions_of(LIVE) == LIVE.actions


def test_a_slow_run_on_a_small_screen_says_the_usual_in_few_words() -> None:
    _left, right = headline(LIVE, NOW + timedelta(minutes=11), wide=False)
    assert right.plain.strip() == "11 m 18, usual 38 s"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "This goes on without you"),
        ({"cancel_requested": True}, "may still complete"),
        ({"phase": Phase.WAITING, "task_id": None}, "x takes it out of the queue"),
    ],
)
def test_the_line_under_a_live_run(change: dict[str, object], said: str) -> None:
    assert said in after_line(replace(LIVE, **change), (), NOW).plain  # type: ignore[arg-type]


def test_the_line_under_an_ended_run_counts_the_dumps() -> None:
    assert after_line(FAILED, (), NOW).plain.startswith(" 1 of 2 dumps on disk; D downloads them")
    going = [replace(DOWNLOADS[0], run_id=FAILED.run_id)]
    assert "1 being fetched" in after_line(FAILED, going, NOW).plain
    saved = replace(FAILED, actions=tuple(a for a in FAILED.actions if a.dump.path or not a.dump.available))
    assert after_line(saved, (), NOW).plain == " ✓ The dump is on disk, exact."
    none = replace(FAILED, actions=FAILED.actions[3:])
    assert after_line(none, (), NOW).plain == " No action left a dump."


def test_an_unknown_start_says_that_nothing_was_sent_again() -> None:
    run = replace(FAILED, phase=Phase.UNKNOWN_START, verdict=None, actions=(), candidates=("A1", "B2"))
    assert "Nothing was sent a second time" in after_line(run, (), NOW).plain
    assert "c shows which task" in after_line(run, (), NOW).plain
    assert run_words(run).plain == "? start unknown"


def test_rejected_and_ignored_are_told_apart() -> None:
    words = [step_words(action, live=False).plain for action in FAILED.actions]
    assert words == ["! ignored", "! rejected", "✗ failed", "✓ completed", "✓ completed"]
    waiting = replace(FAILED.actions[0], verdict=None, step=Step.WAITING)
    assert step_words(waiting, live=True).plain == "· waiting"
    assert step_words(waiting, live=False).plain == "· not run"


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_is_a_symbol_and_a_word(verdict: Verdict) -> None:
    symbol, _, word = run_words(replace(FAILED, verdict=verdict)).plain.partition(" ")
    assert symbol in "✓!✗⊘?"
    assert word


def test_the_summary_of_downloads_counts_what_is_known() -> None:
    wide = downloads_summary(DOWNLOADS, wide=True).plain
    assert wide == "↓ 2 files  114 MB  9.1 MB/s  1 waiting"
    known: list[DownloadSnapshot] = [replace(DOWNLOADS[0], problem="")]
    assert downloads_summary(known, wide=False).plain == "↓ 1  70 %  9.1 MB/s  4 s"
    assert downloads_summary([replace(d, state=Fetch.DONE) for d in DOWNLOADS], wide=True).plain == ""


@pytest.mark.parametrize("width", [5, 20, 40])
def test_a_line_with_two_ends_is_exactly_as_wide_as_asked(width: int) -> None:
    assert spread("left end 漢字", "right", width).cell_length == width


def test_a_run_without_anything_is_shown() -> None:
    run = RunSnapshot("r", LIVE.target, "bare", phase=Phase.RUNNING)
    left, right = headline(run, NOW, wide=True)
    assert left.plain == " ▶ running"
    assert right.plain.strip() == ""
    assert progress_line(run, 40).plain.rstrip().endswith("–")
