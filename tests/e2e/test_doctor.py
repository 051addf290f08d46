"""``doctor`` when something is wrong: every problem is a check, as text and as JSON."""

import subprocess

import pytest

from anaplan_tui.demo.server import DemoServer
from tests.support.command import DEADLINE_S, Done, Place

pytestmark = [pytest.mark.e2e]


def findings(done: Done) -> dict[str, str]:
    assert done.err == ""
    return {item["name"]: item["finding"] for item in done.items}


def test_all_is_well(server: DemoServer, place: Place) -> None:
    server.clock.speed = 1  # otherwise it runs away from this host's clock
    done = place("doctor", "--json")
    assert done.code == 0
    assert set(findings(done).values()) == {"ok"}


@pytest.mark.parametrize("settings", ["windows = 4", "= broken"], ids=["key", "TOML"])
def test_a_configuration_that_cannot_be_used_is_a_failed_check(place: Place, settings: str) -> None:
    place.settings = settings
    as_json, as_text = place("doctor", "--json"), place("doctor")

    assert (as_json.code, as_text.code, as_text.err) == (2, 2, "")
    assert findings(as_json) == {"configuration": "failed", "terminal": "ok", "state directory": "ok"}
    assert str(place.config) in as_json.items[0]["said"]
    assert as_text.out.startswith("✗ failed   configuration ")


def test_a_profile_that_is_not_there_is_a_failed_check(place: Place) -> None:
    done = place("--profile", "hree", "doctor", "--json")
    assert (done.code, findings(done)["configuration"]) == (2, "failed")
    assert "here" in done.items[0]["advice"]


def test_no_configuration_is_a_failed_check_that_says_how_to_make_one(place: Place) -> None:
    command = place.arguments("doctor")
    place.config.unlink()
    done = subprocess.run(
        [command[0], "doctor"], env=place.env, capture_output=True, text=True, timeout=DEADLINE_S, check=False
    )
    assert (done.returncode, done.stderr) == (2, "")
    assert "mkdir -p" in done.stdout
    assert "config.example.toml" not in done.stdout, "where the app's own files are is nobody's business"
    assert "--demo" in done.stdout


def test_a_state_directory_that_cannot_be_made_is_a_failed_check(place: Place) -> None:
    place.state.touch()
    done = place("--log-level", "debug", "doctor", "--json")
    assert (done.code, findings(done)) == (2, {"terminal": "ok", "state directory": "failed"})


def test_a_log_that_leads_elsewhere_is_a_failed_check(place: Place) -> None:
    place.state.mkdir(0o700)
    (place.state / "anaplan-tui.log").symlink_to(place.root / "elsewhere")
    done = place("doctor", "--json")
    assert (done.code, findings(done)["state directory"]) == (2, "failed")
    assert not (place.root / "elsewhere").exists()


def test_directories_that_take_nothing_are_failed_checks(place: Place) -> None:
    """The kernel refuses every byte of a file, as a full disk does."""
    done = subprocess.run(
        ["prlimit", "--fsize=0", *place.arguments("doctor")],
        env=place.env,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert done.returncode == 9, done
    for name in ("state directory", "downloads"):
        assert f"✗ failed   {name}" in done.stdout
    assert "cannot be written to (file too large)" in done.stdout
