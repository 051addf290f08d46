"""A directory of runbooks: what is listed, what cannot be read, and how a play relates to its file."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from anaplan_tui.core.play import Course, Play, PlayStep, Stage
from anaplan_tui.core.runbooks.shelf import as_played, book_of, look, to_go_on, was_cut_off
from anaplan_tui.core.snapshots import Verdict

TWO = '[[step]]\nrun = "Load {{x}}"\n[[step]]\nupload = "a.csv"\nfrom = "{folder}/a_{date}.csv"\n'


def test_only_runbooks_of_the_directory_itself_are_listed_by_name(tmp_path: Path) -> None:
    for name in ("b.toml", "A.toml", ".hidden.toml", "notes.txt"):
        (tmp_path / name).write_text(TWO)
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "c.toml").write_text(TWO)
    found = look(tmp_path)
    assert [book.path.name for book in found.books] == ["A.toml", "b.toml"]
    assert found.books[0].needs == {"folder": ["step 2, from"]}
    assert [step.says for step in found.books[0].steps][1] == "upload a.csv"


def test_a_directory_that_is_not_there_or_no_directory_says_so(tmp_path: Path) -> None:
    assert look(tmp_path / "none").problem.endswith("is not there.")
    (tmp_path / "file").write_text("")
    assert "cannot be read" in look(tmp_path / "file").problem


@pytest.mark.parametrize("kind", ["pipe", "directory", "dangling", "loop", "bytes", "empty"])
def test_whatever_lies_there_is_a_line_with_its_problem(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "odd\n\x1b[31m.toml"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "directory":
        path.mkdir()
    elif kind in ("dangling", "loop"):
        path.symlink_to(path if kind == "loop" else tmp_path / "gone")
    else:
        path.write_bytes(b"\xff\xfe\x00" if kind == "bytes" else b"")
    (book,) = look(tmp_path).books
    assert book.problem
    assert not book.steps
    assert (book.name + book.problem).isprintable()


def _play(*steps: PlayStep, course: Course = Course.STOPPED) -> Play:
    return Play("id", "key", "name", steps, course)


def test_steps_that_were_played_stand_as_they_came_out_unless_the_file_does_another_there(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.toml").write_text(TWO)
    book = book_of(tmp_path / "a.toml")
    done = PlayStep(1, "run", "Load", stage=Stage.ENDED, verdict=Verdict.COMPLETED)
    other = PlayStep(2, "wait", "idle", stage=Stage.ENDED, verdict=Verdict.COMPLETED)
    assert as_played(book, None) == book.steps
    assert as_played(book, _play(done, other)) == (done, book.steps[1])
    assert as_played(book, _play(done, other, course=Course.PLAYING)) == (done, other)


def test_what_was_cut_off_is_told_from_what_a_step_stopped() -> None:
    done = PlayStep(1, "run", "A", stage=Stage.ENDED, verdict=Verdict.COMPLETED)
    waiting = PlayStep(2, "run", "B")
    failed = replace(waiting, stage=Stage.ENDED, verdict=Verdict.FAILED, stops=True)
    assert was_cut_off(_play(done, waiting))
    assert was_cut_off(_play(done, replace(waiting, stage=Stage.PLAYING)))
    assert not was_cut_off(_play(done, failed))
    assert to_go_on(_play(done, failed)) == failed
    assert not was_cut_off(_play(done, course=Course.ENDED))
    assert to_go_on(_play(done, waiting, course=Course.PLAYING)) is None
