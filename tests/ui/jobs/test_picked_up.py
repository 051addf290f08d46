"""The one line about runs and jobs still in progress when the app is opened again."""

from pathlib import Path

import pytest

from anaplan_tui.api.refs import DumpRef, Kind, ModelRef, TargetRef, TaskRef
from anaplan_tui.core.snapshots import DownloadSnapshot, Fetch, RunSnapshot
from anaplan_tui.ui.jobs.picked_up import picked_up

TARGET = TargetRef(ModelRef("w", "M"), Kind.PROCESS, "118000000001")
SOURCE = DumpRef(TaskRef(TARGET, "T"), "112000000001")


def runs(number: int) -> list[RunSnapshot]:
    return [RunSnapshot(f"r{n}", TARGET, f"Load {n}") for n in range(number)]


def downloads(going: int, paused: int) -> list[DownloadSnapshot]:
    states = [Fetch.QUEUED] * going + [Fetch.PAUSED] * paused
    return [
        DownloadSnapshot(f"d{n}", SOURCE, "Sales", Path("sales.csv"), state=state)
        for n, state in enumerate(states)
    ]


@pytest.mark.parametrize(
    ("number", "going", "paused", "said"),
    [
        (0, 0, 0, ""),
        (1, 0, 0, 'Watching again: "Load 0". t shows them.'),
        (4, 0, 0, 'Watching again: "Load 0", "Load 1", "Load 2" …. t shows them.'),
        (0, 1, 0, "1 download goes on. w shows it."),
        (0, 2, 1, "2 downloads go on, 1 is paused. w shows them."),
        (0, 0, 1, "1 download is paused. w shows it."),
        (0, 0, 2, "2 downloads are paused. w shows them."),
        (1, 1, 0, 'Watching again: "Load 0". t shows them. 1 download goes on. w shows it.'),
    ],
)
def test_what_goes_on_is_said_in_one_line(number: int, going: int, paused: int, said: str) -> None:
    assert picked_up(runs(number), downloads(going, paused)) == said
