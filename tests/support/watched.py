"""The moment at which a command or the app watches the run that it started, as the tenant sees it."""

from anaplan_tui.demo.server import DemoServer
from tests.support.desks import tenant_runs


def wait_until_watched(server: DemoServer, process_id: str, *, looks_more: int = 0) -> None:
    """Until the run was started and looked at twice, or that many times more than until now.

    Only looks at this very task count: a command looks at those of earlier runs before it starts one.
    """
    server.wait_for("POST", f"*/{process_id}/tasks", timeout=60, answered=True)
    looks = f"*/tasks/{tenant_runs(server, process_id)[-1].task.id}"
    wanted = server.log.count("GET", looks) + looks_more if looks_more else 2
    server.wait_for("GET", looks, n=wanted, timeout=60, answered=True)
