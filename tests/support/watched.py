"""The moment from which a command or the app watches its own run, as seen by the tenant."""

from anaplan_tui.demo.server import DemoServer
from tests.support.desks import tenant_runs


def wait_until_watched(server: DemoServer, process_id: str, *, looks_more: int = 0) -> None:
    """Wait until the run was started and polled twice, or polled that many times more than until now.

    Only polls of this task count: before it starts one, a command polls those of earlier runs.
    """
    server.wait_for("POST", f"*/{process_id}/tasks", timeout=60, answered=True)
    looks = f"*/tasks/{tenant_runs(server, process_id)[-1].task.id}"
    wanted = server.log.count("GET", looks) + looks_more if looks_more else 2
    server.wait_for("GET", looks, n=wanted, timeout=60, answered=True)
