"""The main job with anaplan-sdk, which checks every answer against its own models.

Run by `python -m tests.peers` with an interpreter that has anaplan-sdk: URL of the tenant, certificate, key.
It has no failure dumps. It only reaches the service's hosts, so its transport is redirected to the tenant.
"""

import sys
from collections.abc import Callable
from typing import Any

import httpx2
from anaplan_sdk import Client
from anaplan_sdk.exceptions import AnaplanActionError, InvalidCredentialsException

HOSTS = ("api.anaplan.com", "auth.anaplan.com")
POLL = 0.2


def reach(url: str) -> None:
    """Redirect requests for the service to the tenant: the first login makes a client of its own."""
    there = httpx2.URL(url)
    send: Callable[..., Any] = httpx2.HTTPTransport.handle_request

    def bent(transport: Any, request: Any) -> Any:
        assert request.url.host in HOSTS, request.url
        request.url = request.url.copy_with(scheme=there.scheme, host=there.host, port=there.port)
        request.headers["host"] = f"{there.host}:{there.port}"
        return send(transport, request)

    httpx2.HTTPTransport.handle_request = bent


def lists(client: Client) -> None:
    """Read every list, in the orders and with the filter that the client knows."""
    names = [workspace.name for workspace in client.get_workspaces(sort_by="name", descending=True)]
    assert names == ["Supply Chain", "Finance"]
    assert [w.name for w in client.get_workspaces(search_pattern="fin%")] == ["Finance"]
    assert len(client.get_models(sort_by="name")) == 8
    for found in (
        client.get_processes(sort_by="name", descending=True),
        client.get_imports(sort_by="name", descending=True),
        client.get_exports(sort_by="name", descending=True),
        client.get_actions(sort_by="name", descending=True),
        client.get_files(sort_by="name", descending=True),
    ):
        assert found
        assert [row.name for row in found] == sorted(
            (row.name for row in found), key=str.casefold, reverse=True
        )
    sources = {row.name: row.file_id for row in client.get_imports()}
    assert sources["FX rates from Treasury"] == 102000000031
    assert sources["Targets from targets.csv"] == file(client, "targets.csv")


def by_name(rows: list[Any], name: str) -> int:
    """Return the id of the row with that name."""
    return next(int(row.id) for row in rows if row.name == name)


def file(client: Client, name: str) -> int:
    """Return the id of a source file."""
    return by_name(client.get_files(), name)


def runs(client: Client) -> None:
    """Run a process that succeeds and one that fails, and check each report."""
    good = by_name(client.get_processes(), "Region order")
    assert client.run_action(good).result.successful
    bad = by_name(client.get_processes(), "Nightly load")
    before = {task.id for task in client.get_task_summaries(bad)}
    try:
        client.run_action(bad)
    except AnaplanActionError:
        pass
    else:
        raise AssertionError("a run with rejected rows was taken for a success")
    (new,) = {task.id for task in client.get_task_summaries(bad)} - before
    task = client.get_task_status(bad, new)
    assert task.task_state == "COMPLETE"
    cells = task.result.nested_results[1].details[0]
    assert (cells.type, cells.values[3:6]) == (
        "lineItemRowsProcessedWithFailures",
        ["4000", "failureCount", "1234"],
    )
    running = client.run_action(good, wait_for_completion=False)
    assert running.task_state in ("NOT_STARTED", "IN_PROGRESS")
    optimizer = by_name(client.get_actions(), "Optimize safety stock")
    done = client.run_action(optimizer)
    assert b"Optimal solution found" in client.get_optimizer_log(optimizer, done.id)


def files(client: Client) -> None:
    """Upload in chunks, with and without a known count, and import; download an export's file."""
    source, load = file(client, "targets.csv"), by_name(client.get_imports(), "Targets from targets.csv")
    content = "Region,Month,Target\n" + "Süd,Jan 26,1\n" * 20
    client.upload_chunk_size = 100
    done = client.upload_and_import(source, content, load)
    assert done.result.details[0].local_message_text == "Target cells: 20"
    assert client.get_file(source) == content.encode()
    client.upload_file_stream(source, iter([content, "Süd,Feb 26,1\n"]), batch_size=1)
    assert b"".join(client.get_file_stream(source)).endswith("Süd,Feb 26,1\n".encode())
    assert client.run_action(load).result.details[0].local_message_text == "Target cells: 21"
    export = by_name(client.get_exports(), "Targets by region.csv")
    assert client.export_and_download(export).count(b"\n") == 401


def main(url: str, certificate: str, key: str) -> None:
    """Do the whole job, logged in with a certificate; a wrong password is reported."""
    reach(url)
    try:
        Client(user_email="demo@example.com", password="wrong")
    except InvalidCredentialsException:
        pass
    else:
        raise AssertionError("a wrong password logged in")
    plain = Client(user_email="demo@example.com", password="demo")
    model = next(model for model in plain.get_models() if model.name == "Demand plan")
    client = Client(
        model.workspace_id, model.id, certificate=certificate, private_key=key, status_poll_delay=POLL
    )
    assert client.get_workspace().name == "Supply Chain"
    assert client.get_model().name == "Demand plan"
    lists(client)
    runs(client)
    files(client)


if __name__ == "__main__":
    main(*sys.argv[1:4])
