"""Wait until a command or the app watches the run that it started, judging by the tenant's request log."""

from anaplan_tui.demo.server import DemoServer
from tests.support.desks import tenant_runs


def wait_until_watched(server: DemoServer, process_id: str, *, looks_more: int = 0) -> None:
    """Wait until the run was started and polled twice, or ``looks_more`` times more than so far.

    Only polls of this very task count: a command polls those of earlier runs before it starts one.
    """
    server.wait_for("POST", f"*/{process_id}/tasks", timeout=60, answered=True)
    looks = f"*/tasks/{tenant_runs(server, process_id)[-1].task.id}"
    wanted = server.log.count("GET", looks) + looks_more if looks_more else 2
    server.wait_for("GET", looks, n=wanted, timeout=60, answered=True)
