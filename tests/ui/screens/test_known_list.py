"""The last known list shows before any answer arrives, and the live one replaces it."""

import asyncio
from pathlib import Path

from anaplan_tui.core.snapshots import Origin
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from anaplan_tui.ui.app import AnaplanApp
from tests.support.apps import Open, Opened, on, opener, until


async def _visit(open_app: Open) -> None:
    async with open_app() as opened:
        await until(opened.pilot, lambda: opened.app._froze, "the live list")


async def test_the_known_list_is_usable_without_contact(tmp_path: Path) -> None:
    with DemoServer(speed=20.0) as tenant:
        app = AnaplanApp(opener(tenant.url, tmp_path), profile="demo")
        async with app.run_test(size=(120, 40)) as pilot:
            opened = Opened(app, pilot, tmp_path)
            await opened.run_process("nightly load")
            await until(
                pilot,
                lambda: any(not r.live for r in opened.desk.store.runs if r.origin is Origin.HERE),
                "the end of the run from here",
            )
        await app.aclose()
        url = tenant.url
    app = AnaplanApp(opener(url, tmp_path), profile="demo")
    async with app.run_test(size=(80, 24)) as pilot:
        opened = Opened(app, pilot, tmp_path)
        await opened.shows("Nightly load")
        await opened.shows("not connected · as of")
        await opened.shows("Not connected: ")
        await opened.press("slash")
        await opened.type("nightly load")
        await opened.press("enter", "r")
        await opened.shows("History on the service")
        await opened.shows("failed: 77 of")
        assert not app.connected
        await opened.press("r")
        assert "Don't run" not in opened.text
        await opened.press("enter")
        await opened.shows("Regions from regions.csv")
    await app.aclose()


async def test_two_round_trips_lead_to_the_live_list(open_app: Open, tenant: DemoServer) -> None:
    await _visit(open_app)
    tenant.log.clear()
    for slow in ("GET */users/me", "GET */status", "GET */models/*0A"):
        tenant.faults.add(Fault(slow, "delay", seconds=600, count=None))
    async with open_app() as opened:
        await opened.shows("Employees refresh")
        await until(
            opened.pilot, lambda: "as of" not in opened.text.splitlines()[0], "the live list before the user"
        )
        assert "connecting" in opened.text.splitlines()[0]
    tenant.faults.clear()
    tenant.log.clear()
    async with open_app() as opened:
        await opened.shows("model idle")
    asked = [entry.path.rpartition("/")[2] for entry in tenant.log]
    assert asked[0] == "authenticate"
    assert not {"workspaces", "models"} & set(asked)
    assert asked.count("processes") == 1


@on("many")
async def test_thousands_stand_at_once(open_app: Open, tenant: DemoServer) -> None:
    await _visit(open_app)
    tenant.faults.add(Fault("POST *authenticate", "delay", seconds=600))
    async with open_app() as opened:
        await opened.shows("as of")
        assert "5,000" in opened.text.splitlines()[1]
        await opened.press("slash")
        await opened.type("4711")
        await opened.shows("2 shown")


async def test_a_model_that_is_gone_is_chosen_again(open_app: Open, tenant: DemoServer) -> None:
    await _visit(open_app)
    model = tenant.tenant.company.models[0]
    tenant.faults.add(Fault(f"GET */models/{model.id}", "status", status=404, count=1))
    async with open_app() as opened:
        await opened.shows("model idle")
        await until(
            opened.pilot,
            lambda: any(entry.path.endswith("/models") for entry in tenant.log),
            "the models looked up again",
        )
        await opened.shows("Nightly load")


async def test_contact_comes_back_with_r(tmp_path: Path) -> None:
    tenant = DemoServer(speed=20.0)
    url = tenant.start()
    first = AnaplanApp(opener(url, tmp_path), profile="demo")
    async with first.run_test(size=(120, 40)) as pilot:
        await Opened(first, pilot, tmp_path).shows("model idle")
    await first.aclose()
    await asyncio.to_thread(tenant.stop)
    app = AnaplanApp(opener(url, tmp_path), profile="demo")
    try:
        async with app.run_test(size=(120, 40)) as pilot:
            opened = Opened(app, pilot, tmp_path)
            await opened.shows("Not connected: ")
            await opened.press("t")
            await opened.shows("Runs")
            await opened.press("escape")
            tenant.start()
            await opened.press("R")
            await opened.shows("model idle")
            assert "ot connected" not in opened.text
            assert "as of" not in opened.text.splitlines()[0]
    finally:
        await app.aclose()
        tenant.close()
