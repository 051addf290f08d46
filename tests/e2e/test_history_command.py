"""``history``: everybody's runs, without a screen."""

from collections import Counter
from pathlib import Path

import pytest

from anaplan_tui.demo.server import DemoServer
from tests.support.command import Place


@pytest.mark.e2e
def test_the_night_newest_first_and_the_worst_verdict_as_the_code(night: DemoServer, tmp_path: Path) -> None:
    place = Place(tmp_path, night.url, top="[history]\nrequests_per_minute = 300\n")
    done = place("history", "--json")
    assert done.code == 1
    document = done.document
    assert document["lists_read"] == document["lists"] > 40
    assert {item["origin"] for item in document["items"]} == {"elsewhere"}
    verdicts = Counter(item["verdict"] for item in document["items"])
    assert verdicts == {None: 1, "completed": 22, "completed_with_warnings": 3, "failed": 1}
    times = [item["started_at"] for item in document["items"]]
    assert times == sorted(times, reverse=True)
    (failed,) = place("history", "--failed", "--kind", "process", "--json").items
    assert failed["actions"][0]["dump"]["available"]
    assert failed["actions"][0]["duration_s"] > 0
    night.log.clear()
    short = place("history", "--since", "30m")
    assert short.code == 0
    assert "elsewhere" in short.out
    assert night.log.count("GET", "*/tasks/*") == 0
    night.clock.advance(3 * 3600)
    late = place("history", "--json")
    assert "was not woken" in late.err
    assert len(late.items) == 26
    assert late.code == 1
