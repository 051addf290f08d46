"""A dump is offered only while the service may still have it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from anaplan_tui.core.downloads.retention import why_gone
from anaplan_tui.core.snapshots import Dump
from tests.support.values import FAILED

THERE = Dump(True)


@pytest.mark.parametrize(
    ("dump", "hours", "run_since", "said"),
    [
        (THERE, 1, False, ""),
        (THERE, 49, False, "48 h"),
        (THERE, 1, True, "a later run"),
        (replace(THERE, gone=True, error="the dump expired"), 1, False, "the dump expired"),
        (replace(THERE, error="no route"), 1, False, ""),
        (replace(THERE, path=Path("/dumps/x.csv")), 99, True, ""),
        (Dump(), 99, True, ""),
    ],
)
def test_why_a_dump_is_gone(dump: Dump, hours: int, run_since: bool, said: str) -> None:
    assert FAILED.ended_at is not None
    found = why_gone(dump, FAILED, FAILED.ended_at + timedelta(hours=hours), run_since=run_since)
    assert (said in found) if said else not found
