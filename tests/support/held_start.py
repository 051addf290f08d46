"""A start that reached the demo tenant but is held back until the test releases it."""

import threading
from typing import Any

from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.model import Task
from anaplan_tui.demo.server import DemoServer

NEVER_TAKEN = Fault("POST */tasks", "delay", seconds=600)
"""The service never processes this start while a test runs."""
_PATIENCE_S = 60.0


class HeldStart:
    """Holds back a tenant's next start; the tenant answers nothing else meanwhile."""

    def __init__(self, server: DemoServer) -> None:
        self._tenant, self._take = server.tenant, server.tenant.start
        self._may_go_on = threading.Event()
        self._tenant.start = self._hold  # type: ignore[method-assign,assignment]

    def let_go(self) -> None:
        """Let the tenant process it now, whether or not anybody still waits for the answer."""
        self._may_go_on.set()

    def _hold(self, *whose: Any) -> Task:
        self._tenant.start = self._take  # type: ignore[method-assign]
        self._may_go_on.wait(_PATIENCE_S)
        return self._take(*whose)
