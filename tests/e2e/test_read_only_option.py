"""``--read-only`` before any command: nothing is started, cancelled or uploaded."""

from pathlib import Path

import pytest

from anaplan_tui.demo.server import DemoServer
from tests.support.command import Place

pytestmark = [pytest.mark.e2e]

NIGHTLY = "118000000001"


def test_it_refuses_what_changes_something_and_lets_the_rest_be(
    server: DemoServer, place: Place, tmp_path: Path
) -> None:
    (tmp_path / "rows.csv").write_text("a,b\n1,2\n")
    for command in (
        ("run", NIGHTLY),
        ("run", NIGHTLY, "--wait"),
        ("run", NIGHTLY, "--detach"),
        ("cancel", NIGHTLY, "0" * 32),
        ("upload", "sales.csv", str(tmp_path / "rows.csv"), "--force"),
    ):
        done = place("--read-only", *command)
        assert done.code == 2, done.err
        assert "read-only" in done.err
    sent = [request for request in server.log if request.method in ("POST", "PUT", "DELETE")]
    assert [r for r in sent if "/2/0/" in r.path and "/token" not in r.path] == []
    assert place("--read-only", "processes").code == 0


def test_it_wins_over_a_profile_that_allows_it(place: Place) -> None:
    place.settings = "read_only = false"
    assert place("--read-only", "run", NIGHTLY).code == 2
    assert place("run", NIGHTLY, "--detach").code == 0
