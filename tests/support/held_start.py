"""A start that has arrived at the demo tenant and is not taken before it may be."""

import threading
from typing import Any

from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.model import Task
from anaplan_tui.demo.server import DemoServer

NEVER_TAKEN = Fault("POST */tasks", "delay", seconds=600)
"""The service sees nothing of this start as long as a test goes on."""
_PATIENCE_S = 60.0


class HeldStart:
    """Holds the next start of a tenant up; the tenant answers nothing else meanwhile."""

    def __init__(self, server: DemoServer) -> None:
        self._tenant, self._take = server.tenant, server.tenant.start
        self._may_go_on = threading.Event()
        self._tenant.start = self._hold  # type: ignore[method-assign,assignment]

    def let_go(self) -> None:
        """It is taken now, whether anybody still waits for its answer or not."""
        self._may_go_on.set()

    def _hold(self, *whose: Any) -> Task:
        self._tenant.start = self._take  # type: ignore[method-assign]
        self._may_go_on.wait(_PATIENCE_S)
        return self._take(*whose)
