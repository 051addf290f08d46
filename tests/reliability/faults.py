"""The ways an answer goes wrong, as the tenant plays them, and the words the operator reads."""

from dataclasses import dataclass
from typing import Any

from anaplan_tui.demo.faults import Fault
from tests.support.desks import TIMEOUT_S

ENDPOINTS = {
    "start": "POST *processes/*/tasks",
    "poll": "GET *processes/*/tasks/*",
    "task list": "GET *processes/*/tasks",
    "cancel": "DELETE *processes/*/tasks/*",
    "metadata": "GET *processes/118?????????",
}
"""The requests of a run, as the tenant's log and faults match them."""


@dataclass(frozen=True)
class Mishap:
    """One way an answer goes wrong."""

    name: str
    kind: str
    said: str
    """The screen's text about it."""
    worked: bool
    """Whether the service does the work before its answer goes wrong."""
    settings: tuple[tuple[str, Any], ...] = ()

    @property
    def unreadable(self) -> bool:
        """Whether a successful answer arrives that cannot be read: asking again would not help."""
        return self.kind in ("broken-json", "nonsense") or self.said == "a web page"

    def on(self, endpoint: str, *, count: int | None = 1, nth: int = 1) -> Fault:
        """Return the fault that causes it at an endpoint, ``count`` times from the ``nth`` request on."""
        return Fault(ENDPOINTS[endpoint], self.kind, nth=nth, count=count, **dict(self.settings))


def _status(status: int, *, worked: bool = False) -> Mishap:
    name = f"{status} after the work" if worked else str(status)
    return Mishap(name, "status", f"HTTP {status}", worked, (("status", status), ("work", worked)))


_CUT = "ended before the answer was whole"

RESET = Mishap("reset before the work", "reset", _CUT, worked=False)
LOST = Mishap("answer lost", "lost", _CUT, worked=True)
DELAYED = Mishap("late answer", "delay", "in time", worked=True, settings=(("seconds", TIMEOUT_S + 0.05),))

UNCLEAR: tuple[Mishap, ...] = (
    LOST,
    RESET,
    Mishap("reset after the headers", "cut-reset", _CUT, worked=True, settings=(("at", 0.0),)),
    Mishap("cut body", "cut", _CUT, worked=True, settings=(("at", 0.5),)),
    _status(500),
    _status(500, worked=True),
    _status(502),
    _status(503),
    _status(504),
    _status(504, worked=True),
    Mishap("html with 200", "html", "a web page", worked=False, settings=(("status", 200),)),
    Mishap(
        "html with 200 after the work",
        "html",
        "a web page",
        worked=True,
        settings=(("status", 200), ("work", True)),
    ),
    Mishap("html with 502", "html", "HTTP 502", worked=False, settings=(("status", 502),)),
    Mishap("broken JSON", "broken-json", "not valid JSON", worked=True),
    Mishap("JSON of another shape", "nonsense", "an answer", worked=True),
)
"""After these the answer does not tell whether a start was taken."""

RATE = Mishap("429", "status", "HTTP 429", worked=False, settings=(("status", 429),))
RATE_SAID = Mishap(
    "429 with Retry-After",
    "status",
    "HTTP 429",
    worked=False,
    settings=(("status", 429), ("retry_after", 0.01)),
)
UNAUTHORIZED = _status(401)
EXPIRED = Mishap("token expired", "expire", "HTTP 401", worked=False)

NOT_TAKEN: tuple[Mishap, ...] = (RATE, RATE_SAID, UNAUTHORIZED, EXPIRED)
"""After these the service surely did nothing, so the same request may be sent again."""
