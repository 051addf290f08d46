"""Which options of ``run`` combine: wrong ones are refused before any request to the service."""

from pathlib import Path
from typing import Any

import click
import pytest

from anaplan_tui.cli import cli
from anaplan_tui.commands.run_options import RunOptions
from anaplan_tui.commands.shared import Files
from anaplan_tui.core.bundle import BundleFailed

ONE, TWO = ("Nightly",), ("Nightly", "Weekly")
LATER = "anaplan-tui dumps"


def asked(targets: tuple[str, ...] = ONE, **given: Any) -> RunOptions:
    return RunOptions(targets, **given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (asked(resume=True, first="2"), "--resume goes on"),
        (asked(resume=True, only=("2",)), "--resume goes on"),
        (asked(resume=True, skip=("2",)), "--resume goes on"),
        (asked(resume=True, parameters=(("Region", "UK"),)), "--resume goes on"),
        (asked(resume=True, wait=True), "--resume goes on"),
        (asked(first="2", only=("3",)), "--from and --only both choose"),
        (asked(first="2", kind="import"), "leave out --kind"),
        (asked(only=("2",), detach=True), "leave out --kind, --detach"),
        (asked(skip=("2",), outputs=True), "leave out --kind, --detach"),
        (asked(resume=True, bundle=Path("b.zip")), "leave out --kind, --detach"),
        (asked(wait=True, detach=True), "--detach leaves at once"),
        (asked(detach=True, dumps=Path("d")), f"fetch them later with: {LATER}"),
        (asked(detach=True, outputs=True), f"fetch them later with: {LATER}"),
        (asked(detach=True, bundle=Path("b.zip")), f"fetch them later with: {LATER}"),
        (asked(TWO, skip=("2",)), "go with one TARGET"),
        (asked(on_failure="stop"), "--on-failure is about several"),
        (asked(TWO, detach=True), "--detach goes with one TARGET"),
        (asked(TWO, bundle=Path("b.zip")), "--bundle goes with one TARGET"),
        (asked(TWO, parameters=(("Region", "UK"),)), "--param goes with one TARGET"),
    ],
)
def test_what_does_not_go_together_is_said(given: RunOptions, said: str) -> None:
    with pytest.raises(click.UsageError) as refused:
        given.check(LATER)
    assert said in refused.value.message


@pytest.mark.parametrize(
    "given",
    [
        asked(),
        asked(TWO, on_failure="continue", wait=True, dumps=Path("d"), outputs=True),
        asked(first="2", skip=("3",), wait=True, parameters=(("Region", "UK"),), dumps=Path("d")),
        asked(resume=True, force=True, json_=True),
        asked(kind="import", detach=True, parameters=(("Region", "UK"),)),
    ],
)
def test_what_goes_together_is_taken(given: RunOptions) -> None:
    given.check(LATER)


def test_a_bundle_whose_name_is_taken_is_refused_unless_it_may_take_its_place(tmp_path: Path) -> None:
    taken = tmp_path / "bundle.zip"
    taken.write_bytes(b"theirs")
    with pytest.raises(BundleFailed):
        asked(bundle=taken).check(LATER)
    asked(bundle=taken, overwrite=True).check(LATER)


def test_part_of_a_process_is_meant_by_each_of_four_options() -> None:
    assert not asked().part
    assert asked(first="1").part
    assert asked(only=("1",)).part
    assert asked(skip=("1",)).part
    assert asked(resume=True).part


def test_files_are_brought_as_asked() -> None:
    assert asked().files == Files()
    given = asked(dumps=Path("d"), outputs=True, bundle=Path("b.zip"), overwrite=True)
    assert given.files == Files(dumps=True, outputs=True, bundle=Path("b.zip"), overwrite=True)


def test_the_fields_are_those_that_click_hands_on() -> None:
    run = cli.get_command(click.Context(cli), "run")
    assert run is not None
    assert {param.name for param in run.params if param.expose_value} == set(RunOptions.__slots__)
