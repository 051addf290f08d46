"""A model that others use is polled until it is free, which is reported; an idle one is not."""

from anaplan_tui.demo.server import DemoServer
from tests.support.apps import Open, on, until
from tests.support.desks import demand_plan
from tests.support.others import LONG, OTHER_USER

STATUS = "*/status"


@on(speed=1.0)
async def test_a_busy_model_is_followed_until_it_is_free(open_app: Open, tenant: DemoServer) -> None:
    inner = tenant.tenant
    inner.start(inner.user(OTHER_USER), demand_plan(tenant), "process", LONG)
    tenant.clock.advance(2)
    async with open_app() as opened:
        await opened.shows("busy: Processing")
        tenant.clock.speed = 50
        await opened.shows("Demand plan is free.")
        await opened.shows("model idle")


@on(speed=1.0)
async def test_an_idle_model_is_asked_about_once(open_app: Open, tenant: DemoServer) -> None:
    async with open_app() as opened:
        await opened.shows("model idle")
        await until(opened.pilot, lambda: tenant.log.count("GET", STATUS) == 1, "one poll")
        assert "is free" not in opened.text
