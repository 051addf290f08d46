"""The requests sent before the first list, and by commands that are given ids."""

import pytest

from anaplan_tui.api.refs import Kind
from anaplan_tui.core.desk import Desk
from anaplan_tui.core.finding.matching import NoMatch
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from tests.support.desks import Desks


def _asked(server: DemoServer) -> list[str]:
    return [f"{entry.method} {entry.path.rpartition('/2/0')[2] or entry.path}" for entry in server.log]


def _by_ids(desks: Desks, server: DemoServer, model_id: str | None = None) -> Desk:
    model = server.tenant.company.models[0]
    return desks.open(workspace=model.workspace, model=model_id or model.id)


async def test_dumps_by_ids_ask_for_login_and_task_before_the_first_chunk_list(
    desks: Desks, server: DemoServer
) -> None:
    first = await desks.ready()
    ended = await first.run(await first.find("Nightly load"))
    server.log.clear()
    desk = _by_ids(desks, server)
    unknown = Desks(server.url, desks.state.parent / "fresh")
    for made in (desk, _by_ids(unknown, server)):
        server.log.clear()
        assert await made.chosen.choose_by_ids()
        item = await made.find_by_id(ended.target.id, Kind.PROCESS)
        run = await made.report_for_dumps(item, ended.task_id or "")
        fetched = await made.dumps.settled(made.dumps.fetch_dumps(run.run_id))
        asked = _asked(server)
        before = asked[: next(i for i, line in enumerate(asked) if line.endswith("/chunks"))]
        assert len([line for line in asked if line.endswith("/chunks")]) == len(fetched)
        assert not [line for line in asked if line.endswith(("/workspaces", "/models", "/processes"))]
        assert len(before) == 2, before
        assert all(d.path is not None and "Nightly load" in str(d.path) for d in fetched)
        assert all("Demand plan" in str(d.path) for d in fetched)
        assert any("Regions from regions.csv" in str(d.path) for d in fetched)
    await unknown.aclose()


async def test_ids_that_are_not_there_are_named(desks: Desks, server: DemoServer) -> None:
    desk = _by_ids(desks, server, "F" * 32)
    assert await desk.chosen.choose_by_ids()
    with pytest.raises(NoMatch, match="model"):
        await desk.tell_what_is_missing(await desk.find_by_id("118000000042", Kind.PROCESS))
    desk = _by_ids(desks, server)
    assert await desk.chosen.choose_by_ids()
    with pytest.raises(NoMatch, match="process"):
        await desk.tell_what_is_missing(await desk.find_by_id("118999999999", Kind.PROCESS))


async def test_a_start_by_id_reads_the_process_and_no_list(desks: Desks, server: DemoServer) -> None:
    desk = _by_ids(desks, server)
    assert await desk.chosen.choose_by_ids()
    await desk.connect()
    ended = await desk.run(await desk.read_by_id("118000000042", Kind.PROCESS))
    assert ended.name == "Nightly load"
    assert not [line for line in _asked(server) if line.endswith(("/workspaces", "/models", "/processes"))]


async def test_the_model_of_the_last_time_is_known_without_a_request(
    desks: Desks, server: DemoServer
) -> None:
    first = await desks.ready()
    await first.catalog(Kind.PROCESS)
    server.log.clear()
    again = desks.open()
    assert await again.chosen.recall()
    known = await again.known_catalog(Kind.PROCESS)
    assert known is not None
    assert [item.name for item in known.items] == [i.name for i in await first.catalog(Kind.PROCESS)]
    assert not _asked(server)
    assert await again.chosen.check() is False
    assert [line for line in _asked(server) if "authenticate" not in line] == [
        f"GET /models/{known.items[0].ref.model.model_id}"
    ]


async def test_a_remembered_model_that_is_gone_is_looked_up_again(desks: Desks, server: DemoServer) -> None:
    first = await desks.ready()
    assert first.context is not None
    moved = first.context.model.ref.model_id
    again = desks.open()
    assert await again.chosen.recall()
    server.faults.add(Fault(f"GET */models/{moved}", "status", status=404))
    assert await again.chosen.check() is True
    assert again.context is not None
    assert again.context.model.name == "Demand plan"
    assert any(line.endswith("/models") for line in _asked(server))


async def test_what_was_known_of_another_service_is_not_shown(desks: Desks, server: DemoServer) -> None:
    first = await desks.ready()
    await first.catalog(Kind.PROCESS)
    elsewhere = desks.open(api_url="https://api.example.com")
    assert not await elsewhere.chosen.recall()
