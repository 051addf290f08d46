"""A start that has arrived at the demo tenant and is held there until released."""

import threading
from typing import Any

from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.model import Task
from anaplan_tui.demo.server import DemoServer

NEVER_TAKEN = Fault("POST */tasks", "delay", seconds=600)
"""Hides this start from the service for as long as a test lasts."""
_PATIENCE_S = 60.0


class HeldStart:
    """Holds up the next start of a tenant; meanwhile the tenant answers nothing else."""

    def __init__(self, server: DemoServer) -> None:
        self._tenant, self._take = server.tenant, server.tenant.start
        self._may_go_on = threading.Event()
        self._tenant.start = self._hold  # type: ignore[method-assign,assignment]

    def let_go(self) -> None:
        """Let the tenant take it, whether or not anyone still waits for its answer."""
        self._may_go_on.set()

    def _hold(self, *whose: Any) -> Task:
        self._tenant.start = self._take  # type: ignore[method-assign]
        self._may_go_on.wait(_PATIENCE_S)
        return self._take(*whose)
