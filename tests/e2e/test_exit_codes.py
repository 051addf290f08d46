"""Exit codes, stdout and stderr as scripts see them, against a tenant over real HTTP."""

import base64
import json
import os
import socket
import subprocess
from pathlib import Path

import pytest

from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from tests.support.certificates import self_signed
from tests.support.command import PROGRAM, Done, Place
from tests.support.desks import tenant_runs

pytestmark = [pytest.mark.e2e]

SHORT = "118000000033"
WITH_DUMP = "118000000028"
"""Supplier load: one import with warnings and a dump."""
NIGHTLY = "118000000042"


def told(done: Done, code: int, *words: str) -> None:
    """Check for that code, nothing on stdout, and a line or two on stderr that contain these words."""
    assert done.code == code, done
    assert done.out == ""
    for word in words:
        assert word in done.err, done.err
    assert 1 <= len(done.err.splitlines()) <= 3, done.err


@pytest.mark.parametrize(
    ("process_id", "code", "verdict"),
    [
        (SHORT, 0, "completed"),
        ("118000000022", 1, "failed"),
        (WITH_DUMP, 3, "completed_with_warnings"),
        ("118000000021", 4, "cancelled"),
        ("118000000026", 6, "unknown"),
    ],
    ids=["completed", "failed", "warnings", "cancelled", "unknown"],
)
def test_a_run_ends_with_the_code_of_its_verdict(
    place: Place, process_id: str, code: int, verdict: str
) -> None:
    done = place("run", process_id, "--json")

    assert (done.code, done.document["verdict"], done.err) == (code, verdict, "")
    assert done.document["id"] == process_id


def test_without_json_the_result_is_on_stdout_and_the_progress_on_stderr(place: Place) -> None:
    done = place("run", "Region order")

    assert done.code == 0
    assert done.out.startswith("✓ completed  Region order")
    assert "starting" in done.err


def test_run_detach_prints_the_task_and_attach_reports_it(server: DemoServer, place: Place) -> None:
    started = place("run", SHORT, "--detach")
    task_id = started.out.strip()
    assert (started.code, task_id) == (0, tenant_runs(server, SHORT)[-1].task.id)

    watched = place("attach", SHORT, task_id, "--json")
    listed = place("tasks", SHORT, "--json")
    remembered = place("runs", "--json")

    assert (watched.code, watched.document["verdict"]) == (0, "completed")
    assert watched.document["task_id"] == task_id
    assert listed.items[0]["task_id"] == task_id
    assert [(r["task_id"], r["verdict"]) for r in remembered.items] == [(task_id, "completed")]
    assert server.log.count("POST", "*/tasks") == 1


def test_a_parameter_reaches_the_service(server: DemoServer, place: Place) -> None:
    done = place("run", "118000000024", "--param", "Version=Actual", "--json")

    (sent,) = server.log.matching("POST", "*/tasks")
    assert json.loads(sent.body)["mappingParameters"] == [{"entityType": "Version", "entityName": "Actual"}]
    assert done.code in (0, 1, 3)
    wrong = place("run", SHORT, "--param", "Version")
    assert (wrong.code, wrong.out) == (2, "")
    assert "Dimension=Item" in wrong.err
    twice = place("run", "118000000024", "--param", "Version=Actual", "--param", "Version=Budget")
    assert (twice.code, twice.out) == (2, "")
    assert "'Version' stands twice" in twice.err
    assert server.log.count("POST", "*/tasks") == 1


def test_cancel_asks_and_waits_for_the_state_that_follows(server: DemoServer, place: Place) -> None:
    server.clock.speed = 1
    task_id = place("run", NIGHTLY, "--detach").out.strip()

    done = place("cancel", NIGHTLY, task_id, "--json")

    assert (done.code, done.document["verdict"]) == (4, "cancelled")
    assert server.log.count("DELETE") == 1


def test_dumps_of_one_object(place: Place) -> None:
    task = place("run", NIGHTLY, "--json").document
    dumps = [action["id"] for action in task["actions"] if action["dump"]["available"]]

    done = place("dumps", NIGHTLY, task["task_id"], "--object", dumps[0], "--json")

    assert done.code == 0
    (item,) = done.items
    assert (item["object_id"], item["error"]) == (dumps[0], None)
    assert Path(item["path"]).stat().st_size == item["bytes"]
    assert place("dumps", NIGHTLY, task["task_id"], "--object", SHORT).code == 7


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["--profile", "nowhere", "processes"], 2, "names no profile"),
        (["--workspace", "Nowhere", "processes"], 7, "Nowhere"),
        (["--model", "Nowhere", "processes"], 7, "Nowhere"),
        (["run", "No such process"], 7, "No such process"),
        (["run", "nightly"], 2, "Nightly load"),
        (["run", "118000000099"], 7, "118000000099"),
        (["attach", SHORT, "0" * 32], 7, "HTTP 404"),
        (["run", SHORT, "--kind", "import"], 7, SHORT),
        (["run", SHORT, "--detach", "--dumps", "x"], 2, "--detach"),
        (["nothing"], 2, "nothing"),
    ],
    ids=lambda value: " ".join(value)[:30] if isinstance(value, list) else "",
)
def test_what_is_not_there_or_not_clear(place: Place, arguments: list[str], code: int, word: str) -> None:
    done = place(*arguments)

    assert (done.code, done.out) == (code, "")
    assert word in done.err


@pytest.mark.parametrize(
    ("model", "workspace", "words"),
    [
        ("Demand plan 2023", "Supply Chain", ("archived", "workspace administrator")),
        ("Inventory hub", "Supply Chain", ("locked", "workspace administrator")),
        ("Spoke APAC", "Supply Chain", ("deployed mode", "builder")),
        ("Treasury", "Finance", ("offline", "workspace administrator")),
    ],
)
def test_a_model_that_cannot_be_worked_in_says_why_and_who_can_change_it(
    place: Place, model: str, workspace: str, words: tuple[str, ...]
) -> None:
    told(place("--workspace", workspace, "--model", model, "run", SHORT), 7, *words)


def test_a_model_without_access_has_nothing_in_it(place: Place) -> None:
    done = place("--workspace", "Finance", "--model", "Compensation", "run", "Bonus run")

    assert (done.code, done.out) == (7, "")


def test_a_wrong_password_is_refused_once_and_appears_nowhere(server: DemoServer, place: Place) -> None:
    secret = "wrong-Sesame-4711"
    place.secrets = {"PASSWORD": secret}
    pair = base64.b64encode(f"demo@example.com:{secret}".encode()).decode()

    done = place("--log-level", "debug", "run", SHORT)

    told(done, 5, "Check user and password")
    assert server.log.count("POST", "*/token/authenticate") == 1
    assert_nowhere(place, done, secret, pair)


def test_a_token_appears_nowhere(server: DemoServer, place: Place) -> None:
    token = server.token()
    place.secrets, place.method = {"TOKEN": token}, "token"

    done = place("--log-level", "debug", "run", SHORT, "--json")
    dead = Place(place.root, server.url, secrets={"TOKEN": "dead-token-4711"}, method="token")
    refused = dead("--log-level", "debug", "run", SHORT)

    assert done.code == 0
    assert refused.code == 5
    assert_nowhere(place, done, token)
    assert_nowhere(place, refused, "dead-token-4711")


def assert_nowhere(place: Place, done: Done, *secrets: str) -> None:
    """Check that the text is neither in the output nor in any file left behind."""
    files = [path for path in place.state.rglob("*") if path.is_file()]
    assert any(path.suffix == ".log" for path in files)
    for secret in secrets:
        assert secret not in done.out + done.err
        assert not [path for path in files if secret.encode() in path.read_bytes()]


def test_without_a_password_nothing_is_asked_where_nobody_can_answer(place: Place) -> None:
    place.secrets = {}
    told(place("run", SHORT), 5, "ANAPLAN_TUI_PASSWORD")


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def test_a_host_that_is_not_there(place: Place) -> None:
    place.url = f"http://127.0.0.1:{closed_port()}"
    told(place("processes"), 6, "no connection to 127.0.0.1", "Check the hosts")


def test_a_name_that_does_not_resolve(place: Place) -> None:
    place.url = "https://anaplan.invalid"
    told(place("processes"), 6, "anaplan.invalid does not resolve")


def test_a_proxy_that_is_not_there_is_told_from_the_host(place: Place) -> None:
    place.url = "https://anaplan.invalid"
    place.settings = f'proxy = "http://127.0.0.1:{closed_port()}"'
    told(place("processes"), 6, "the proxy is not reachable", "proxy setting")


def test_a_certificate_that_nobody_trusts_is_told_from_both(place: Place, tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path)
    with DemoServer(speed=50, ssl_certfile=certificate, ssl_keyfile=key) as server:
        place.url = server.url
        told(place("processes"), 6, "TLS", "ca_bundle")
        place.settings = f'ca_bundle = "{certificate}"'
        assert place("processes").code == 0


@pytest.mark.parametrize("name", ["missing.csv", "."], ids=["missing", "directory"])
def test_a_file_that_is_none_is_a_wrong_argument(server: DemoServer, place: Place, name: str) -> None:
    path = str(place.root / name)
    told(place("triage", path), 2, "cannot be read")
    told(place("upload", "sales.csv", path), 2, "Nothing was sent")
    assert server.log.count("PUT") == 0


def test_a_start_whose_outcome_is_unknown(server: DemoServer, place: Place) -> None:
    server.faults.add(Fault("POST */tasks", "html", status=502))

    done = place("run", SHORT, "--json")

    assert (done.code, done.err) == (8, "")
    assert done.document["verdict"] == "unknown"
    assert "Nothing was sent again" in done.document["reason"]
    assert server.log.count("POST", "*/tasks") == 1


def test_a_lost_start_is_found_and_said(server: DemoServer, place: Place) -> None:
    server.faults.add(Fault("POST */tasks", "lost"))

    done = place("run", SHORT)

    assert done.code == 0
    assert "The answer to the start was lost" in done.out
    assert server.log.count("POST", "*/tasks") == len(tenant_runs(server, SHORT)) == 1


def test_a_dump_that_is_gone(place: Place) -> None:
    first = place("run", WITH_DUMP, "--json").document
    assert place("run", WITH_DUMP).code == 3

    done = place("dumps", WITH_DUMP, first["task_id"], "--json")

    assert done.code == 9
    (item,) = done.items
    assert item["path"] is None
    assert item["error"]


def test_a_directory_that_cannot_be_written(place: Place, tmp_path: Path) -> None:
    (tmp_path / "a file").touch()

    done = place("run", WITH_DUMP, "--dumps", str(tmp_path / "a file" / "below"))

    assert done.code == 9, done
    assert "dump not downloaded" in done.out


def test_a_disk_that_is_full(place: Place) -> None:
    limit = 20_000  # the size limit of a file: the kernel refuses the rest, as a full disk does
    done = subprocess.run(
        ["prlimit", f"--fsize={limit}", *place.arguments("run", NIGHTLY, "--dumps", str(place.root / "d"))],
        env=place.env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert "Traceback" not in done.stderr
    assert done.returncode == 9, done


def test_read_only_refuses_before_anything_is_sent(server: DemoServer, place: Place) -> None:
    place.settings = "read_only = true"
    told(place("run", SHORT), 2, "read-only")
    assert server.log.count("POST", "*/tasks") == 0


def test_output_that_nobody_reads_is_no_traceback(place: Place) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        place.arguments("processes"),
        env=place.env,
        stdout=writer,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(writer)

    assert done.returncode == 9
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr


@pytest.mark.parametrize("listing", ["processes", "imports", "exports", "actions", "workspaces", "models"])
def test_lists_are_one_document_or_a_table(place: Place, listing: str) -> None:
    as_json, as_table = place(listing, "--json"), place(listing)

    assert (as_json.code, as_table.code, as_json.err, as_table.err) == (0, 0, "", "")
    assert all({"id", "name"} <= item.keys() for item in as_json.items)
    assert as_table.out.splitlines()[0].split()[:2] == ["ID", "NAME"]
    assert len(as_table.out.splitlines()) == len(as_json.items) + 1


def test_the_simulator_says_where_it_is_and_serves(place: Place) -> None:
    listed = subprocess.run([PROGRAM, "simulator", "--list"], capture_output=True, text=True, check=True)
    assert {"company", "lost-start", "hostile"} <= {line.split()[0] for line in listed.stdout.splitlines()}

    with subprocess.Popen(
        [PROGRAM, "simulator", "--scenario", "lost-start", "--speed", "50"],
        env=place.env,
        stdout=subprocess.PIPE,
        text=True,
    ) as simulator:
        assert simulator.stdout is not None
        line = simulator.stdout.readline()
        place.url = line.split()[0]
        done = place("run", SHORT, "--json")
        simulator.terminate()
    assert line == f"{place.url}  user: demo@example.com  password: demo\n"
    assert done.code == 0
    assert "lost" in done.document["note"]


def test_no_configuration_says_how_to_begin(tmp_path: Path) -> None:
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "ANAPLAN_TUI_STATE_DIR": str(tmp_path / "s")}
    done = subprocess.run([PROGRAM, "processes"], env=env, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "--demo" in done.stderr
    assert "Traceback" not in done.stderr
