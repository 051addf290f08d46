"""Serves a tenant of 5,000 processes, one with a slow dump of a gigabyte; prints its URL.

Its clock is so slow that no run ends while it is measured.
"""

import signal
from dataclasses import replace

from anaplan_tui.demo.company_odd import big, many
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.model import Company
from anaplan_tui.demo.scenarios import Scenario
from anaplan_tui.demo.server import DemoServer
from tests.bench.figures import say

SPEED = 0.1
RATE = 4e6
"""Bytes a second for each chunk."""
BIG = "Quarter load"
MODEL = "Demand plan"


def company() -> Company:
    """Return the model of the many processes, including the one with the big dump."""
    whole, other = many(), big()
    model = next(model for model in whole.models if model.name == MODEL)
    more = next(model for model in other.models if model.name == MODEL)
    both = replace(model, processes=more.processes | model.processes, imports=more.imports | model.imports)
    return replace(whole, models=tuple(both if m is model else m for m in whole.models))


def run() -> None:
    """Serve until a signal arrives."""
    slowly = Fault("GET */chunks/*", "drip", count=None, rate=RATE)
    with DemoServer(scenario=Scenario("many and big", make=company, speed=SPEED, faults=(slowly,))) as server:
        say(server.url)
        signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    run()
