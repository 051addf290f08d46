"""Runs that other people start in the demo tenant, and how long they take."""

from anaplan_tui.demo.server import DemoServer
from tests.support.desks import demand_plan

SHORT = "118000000033"
LONG = "118000000042"
OTHER_USER = "ana.planner@example.com"


def somebody_else_runs(server: DemoServer, process_id: str) -> None:
    """Start a task as somebody else; it stays in the middle of its work until the clock is hurried."""
    tenant = server.tenant
    server.clock.speed = 0.01
    tenant.start(tenant.user(OTHER_USER), demand_plan(server), "process", process_id)
    server.clock.advance(2)
