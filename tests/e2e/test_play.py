"""``play`` as a script calls it, against the demo tenant."""

import json
import os
import signal
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from anaplan_tui.core.runbooks.reading import read
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from tests.support.command import DEADLINE_S, Place, running
from tests.support.others import LONG, somebody_else_runs

pytestmark = [pytest.mark.e2e]

STARTS = "*/tasks"
HEAD = "Region,Month,Target\n"
DOCS = Path(__file__).parents[2] / "docs" / "runbooks"


def book(place: Place, text: str, name: str = "book.toml") -> str:
    path = place.root / name
    path.write_text(text)
    return str(path)


def changes(server: DemoServer) -> int:
    """Count the requests that change something, except the login."""
    posts = server.log.count("POST", "/2/0/*")
    return posts + server.log.count("PUT", "*") + server.log.count("DELETE", "*")


def test_a_converted_script_is_tried_played_corrected_and_resumed(place: Place, server: DemoServer) -> None:
    source = place.root / "targets.csv"
    source.write_text(f"{HEAD}Nowhere,Jan 26,1\n")
    script = place.root / "load.sh"
    script.write_text(
        "#!/bin/sh\n./AnaplanClient.sh -s https://api.anaplan.com -u ops:pw -w 'Supply Chain' "
        f"-m 'Demand plan' -file targets.csv -put '{source}' -process 'Regional targets load' -execute\n"
        "./AnaplanClient.sh -s https://api.anaplan.com -u ops:pw -w 'Supply Chain' -m 'Demand plan' "
        f"-export 'Targets by region.csv' -execute -get '{place.root}/out.csv'\n"
    )
    runbook = str(place.root / "load.toml")
    assert place("convert", str(script), "--out", runbook).code in (0, 3)

    tried = place("play", runbook, "--dry-run")
    assert (tried.code, changes(server)) == (0, 0), tried.err
    assert "Replaces targets.csv for your runs" in tried.out

    played = place("play", runbook, "--json")
    assert played.code == 1, played.err
    steps = played.document["steps"]
    assert [step["verdict"] for step in steps] == ["completed", "failed", None]
    assert "step 2 of 3: run Regional targets load" in played.err
    assert "--resume" in played.err

    source.write_text(f"{HEAD}North,Jan 26,1\n")
    resumed = place("play", runbook, "--resume", "--json")
    assert resumed.code == 0, resumed.err
    steps = resumed.document["steps"]
    assert [step["verdict"] for step in steps] == ["completed"] * 3
    assert steps[1]["run"]["verdict"] == "completed"
    assert Path(steps[2]["file"]["path"]) == place.root / "out.csv"
    assert (place.root / "out.csv").stat().st_size == steps[2]["file"]["bytes"]
    assert server.log.count("POST", "*/processes/*/tasks") == 2
    assert server.log.count("POST", "*/exports/*/tasks") == 1
    again = place("play", runbook, "--resume")
    assert (again.code, server.log.count("POST", "*/exports/*/tasks")) == (2, 1)
    assert "played to its end" in again.err


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ('upload = "targets.csv"\nfrom = "nowhere.csv"', "There is no file"),
        ('upload = "targets.csv"\nfrom = "in_*.csv"', "2 files match"),
        ('upload = "targets.csv"\nfrom = "no_*.csv"', "No file matches"),
        ('upload = "no such"\nfrom = "in_1.csv"', 'There is no source file "no such"'),
        ('run = "No such process"', 'There is no process "No such process"'),
        ('import = "x"\nmodel = "No such model"', 'There is no model "No such model"'),
        ('export = "Sales - Revenue.csv"\nto = "."', "is a folder"),
        ('download = "no such"\nto = "x"', 'There is no file "no such"'),
        (
            'run = "Nightly load"\nparameters = { Nothing = { Version = "Actual" } }',
            'There is no import in "Nightly load" "Nothing"',
        ),
    ],
)
@pytest.mark.parametrize("dry", [(), ("--dry-run",)], ids=["played", "tried"])
def test_what_is_not_there_is_said_before_anything_is_sent(
    place: Place, server: DemoServer, step: str, said: str, dry: tuple[str, ...]
) -> None:
    for name in ("in_1.csv", "in_2.csv"):
        (place.root / name).write_text(f"{HEAD}North,Jan 26,1\n")
    done = place("play", book(place, f'[[step]]\nrun = "Nightly purge"\n[[step]]\n{step}\n'), *dry)
    assert done.code in (2, 7), done.err
    assert said in done.err
    assert "Step 2" in done.err
    assert changes(server) == 0


def test_a_missing_value_is_an_error_before_anything_is_sent(place: Place, server: DemoServer) -> None:
    runbook = book(place, '[[step]]\nrun = "{Process}"\n')
    missing = place("play", runbook)
    assert (missing.code, changes(server)) == (2, 0)
    assert "--set Process=VALUE" in missing.err
    given = place("play", runbook, "--set", "Process=Nightly purge", "--json")
    assert (given.code, given.document["steps"][0]["step"]) == (0, "run Nightly purge")


def test_a_read_only_profile_plays_nothing_that_changes_anything(place: Place, server: DemoServer) -> None:
    place.settings = "read_only = true"
    done = place("play", book(place, '[[step]]\nexport = "Sales - Revenue.csv"\n'))
    assert (done.code, changes(server)) == (2, 0)
    assert "read-only" in done.err
    fetched = place("play", book(place, '[[step]]\ndownload = "Sales - Revenue.csv"\nto = "o.csv"\n'))
    assert fetched.code in (0, 9)


def test_a_file_in_the_way_stays_unless_the_step_says_that_it_may_go(place: Place) -> None:
    target = place.root / "out" / "sales.csv"
    target.parent.mkdir()
    target.write_text("mine")
    step = '[[step]]\nexport = "Sales - Revenue.csv"\nto = "out/sales.csv"\n'
    beside = place("play", book(place, step), "--json")
    assert beside.code == 0, beside.err
    put = Path(beside.document["steps"][0]["file"]["path"])
    assert (target.read_text(), put.parent, put != target) == ("mine", target.parent, True)
    over = place("play", book(place, f"{step}overwrite = true\n"), "--json")
    assert Path(over.document["steps"][0]["file"]["path"]) == target
    assert target.read_bytes() == put.read_bytes()


def test_steps_are_chosen_by_number_and_name(place: Place, server: DemoServer) -> None:
    runbook = book(
        place,
        '[[step]]\nrun = "Nightly purge"\n[[step]]\nname = "b"\nrun = "Region order"\n'
        '[[step]]\nwait = "idle"\n',
    )
    only = place("play", runbook, "--only", "b", "--json").document
    assert [step["stage"] for step in only["steps"]] == ["skipped", "ended", "skipped"]
    rest = place("play", runbook, "--from", "b", "--json").document
    assert [step["stage"] for step in rest["steps"]] == ["skipped", "ended", "ended"]
    assert server.log.count("POST", STARTS) == 2
    unknown = place("play", runbook, "--only", "c")
    assert (unknown.code, server.log.count("POST", STARTS)) == (2, 2)


def test_warnings_that_a_step_does_not_accept_stop_the_play(place: Place, server: DemoServer) -> None:
    step = '[[step]]\nrun = "Price update"\n{}[[step]]\nrun = "Nightly purge"\n'
    strict = place("play", book(place, step.format('accept = "completed"\n')), "--json")
    assert strict.code == 1
    first, second = strict.document["steps"]
    assert (first["verdict"], first["run"]["verdict"]) == ("failed", "completed_with_warnings")
    assert (second["verdict"], second["run"]) == (None, None)
    taken = place("play", book(place, step.format("")), "--json")
    assert (taken.code, taken.document["verdict"]) == (3, "completed_with_warnings")
    goes_on = place(
        "play", book(place, step.format('accept = "completed"\non_failure = "continue"\n')), "--json"
    )
    assert goes_on.code == 1
    assert [s["verdict"] for s in goes_on.document["steps"]] == ["failed", "completed"]


def test_ctrl_c_stops_the_play_and_the_second_of_two_is_told(place: Place, server: DemoServer) -> None:
    runbook = book(place, '[[step]]\nrun = "Nightly load"\n[[step]]\nrun = "Nightly purge"\n')
    server.clock.speed = 0.01
    with subprocess.Popen(
        place.arguments("play", runbook),
        env=place.env,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        server.wait_for("GET", "*/tasks/*", 2, timeout=DEADLINE_S)
        second = place("play", runbook)
        assert second.code == 2
        assert f"process {process.pid}" in second.err
        assert "--force" in second.err
        assert place("play", runbook, "--resume").code == 2
        os.kill(process.pid, signal.SIGINT)
        _out, err = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 130
    assert "goes on without us" in err
    assert f"play {runbook} --resume" in err
    server.clock.speed = 50
    resumed = place("play", runbook, "--resume", "--json")
    assert server.log.count("POST", STARTS) == 1
    assert [step["stage"] for step in resumed.document["steps"]] == ["ended", "waiting"]
    assert server.log.count("DELETE", "*") == 0


def test_the_examples_are_found_and_played_on_the_demo(place: Place, server: DemoServer) -> None:
    (place.root / "in").mkdir()
    sales = "Region,Product,Month,Menge,Revenue\nNorth,P1,Jan 26,1,2\n"
    # The runbook's date is the command's, in its time zone, and midnight may pass.
    for day in (-1, 0, 1):
        date = datetime.now(UTC) + timedelta(days=day)
        (place.root / "in" / f"sales_{date:%Y%m%d}.csv").write_text(sales)
    for name, given in (("nightly.toml", ("--set", "Version=Actual")), ("parts.toml", ())):
        runbook = book(place, (DOCS / name).read_text(), name)
        tried = place("play", runbook, *given, "--dry-run", "--json")
        assert tried.code == 0, tried.err
        total = len(read(DOCS / name).step)
        assert [step["number"] for step in tried.document["steps"]] == list(range(1, total + 1))
    assert changes(server) == 0
    nightly = place("play", str(place.root / "nightly.toml"), "--set", "Version=Actual", "--json").document
    verdicts = [step["verdict"] for step in nightly["steps"]]
    assert verdicts[:2] == ["completed", "completed"]
    assert verdicts[2] == nightly["steps"][2]["run"]["verdict"] == nightly["verdict"]
    parts = place("play", str(place.root / "parts.toml"), "--json").document
    assert [step["stage"] for step in parts["steps"]][:2] == ["ended", "ended"]


def test_a_play_waits_for_a_busy_model_and_ctrl_c_ends_the_waiting(place: Place, server: DemoServer) -> None:
    runbook = book(place, '[[step]]\nwait = "idle"\n[[step]]\nrun = "Nightly purge"\n')
    somebody_else_runs(server, LONG)
    starts = server.log.count("POST", STARTS)
    with running(place, "play", runbook) as process:
        server.wait_for("GET", "*/status", 3, timeout=DEADLINE_S)
        os.kill(process.pid, signal.SIGINT)
        _out, err = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 130
    assert "waiting: " in err
    assert f"Stopped at step 1 of 2, wait until the model is idle. Go on with: {place_command(place)}" in err
    with running(place, "play", runbook, "--resume", "--json") as process:
        server.wait_for("GET", "*/status", 6, timeout=DEADLINE_S)
        early = server.log.count("POST", STARTS)
        server.clock.speed = 200
        out, err = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 0, err
    assert [step["verdict"] for step in json.loads(out)["steps"]] == ["completed", "completed"]
    assert (early - starts, server.log.count("POST", STARTS) - starts) == (0, 1)


def place_command(place: Place) -> str:
    return f"anaplan-tui --config {place.config} play "


def test_a_wait_rides_out_an_outage(place: Place, server: DemoServer) -> None:
    server.faults.add(Fault("GET */status", "status", status=503, count=None))
    with running(place, "play", book(place, '[[step]]\nwait = "idle"\n')) as process:
        assert process.stderr is not None
        told = ""
        while "waiting: no contact" not in told:
            line = process.stderr.readline()
            assert line, told
            told += line
        server.faults.clear()
        process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 0


def test_a_runbook_that_is_corrected_may_ask_for_other_values_when_it_goes_on(
    place: Place, server: DemoServer
) -> None:
    text = '[[step]]\nrun = "{First}"\n[[step]]\nrun = "{Second}"\n'
    played = place(
        "play", book(place, text), "--set", "First=Nightly purge", "--set", "Second=Nightly load", "--json"
    )
    assert [step["verdict"] for step in played.document["steps"]] == ["completed", "failed"]
    corrected = book(place, text.replace("{Second}", "{Other}"))
    assert "--set Other=VALUE" in place("play", corrected, "--resume").err
    done = place("play", corrected, "--resume", "--set", "Other=Region order", "--json")
    assert done.code == 0, done.err
    assert server.log.count("POST", STARTS) == 3
