"""Other people's runs: how soon they are known, what asking costs, and what the guard needs for an hour.

    python -m tests.bench history

Requests are real, to a simulator on loopback. Hours pass in a child whose clock is hurried (``hurried.py``);
figures per minute are by its clock. The screen is read with pyte, as in ``terminal.py``.
"""

import bisect
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyte

from anaplan_tui.demo.request_log import LoggedRequest, RequestLog
from anaplan_tui.demo.server import DemoServer
from tests.bench.config import write_config
from tests.bench.figures import Figure, Report, at_most
from tests.bench.terminal import COLUMNS, LINES, PLAIN, ROUNDS, Program, app, program

LATENCY_S = 0.15
HOUR_S = 3600.0
FACTOR = 40.0
"""How much faster a child's clock runs than the world's."""
EVERY_S = 10.0
"""Seconds between two polls where a sweep that finds nothing is measured; 60 with a real host."""
LOOKS = 3
REST_S = 60.0
GREETED_S = 70.0
"""By then the app has stopped greeting a newcomer."""
STANDS = "1 failed, 3 with warnings"
AT_ONCE, PER_MINUTE = 100, 60

Rows = list[Figure]


@dataclass
class Timed:
    """When a request arrived and when its answer began, in seconds of ``time.perf_counter``."""

    request: LoggedRequest
    arrived: float
    answered: float | None = None


class TimedLog(RequestLog):
    """A log with the world's times; the tenant's own clock may stand still."""

    def __init__(self) -> None:
        super().__init__()
        self.timed: list[Timed] = []

    def add(self, entry: LoggedRequest) -> None:
        self.timed.append(Timed(entry, time.perf_counter()))
        super().add(entry)

    def touch(self) -> None:
        now = time.perf_counter()
        for timed in self.timed[-50:]:
            if timed.answered is None and timed.request.status is not None:
                timed.answered = now
        super().touch()

    def clear(self) -> None:
        self.timed.clear()
        super().clear()


@contextlib.contextmanager
def tenant(directory: Path, scenario: str, latency: float = 0.0) -> Iterator[tuple[TimedLog, Path, str]]:
    """A simulator whose clock stands still: its log, a configuration that leads to it, and its address."""
    server = DemoServer(scenario=scenario, latency=latency)
    server.log = log = TimedLog()
    server.clock.speed = 0.001
    with server:
        config = write_config(directory / f"{scenario}-{latency}.toml", server.url)
        yield log, config, server.url


def stood(tui: Program, true: Callable[[Sequence[str]], bool]) -> float:
    """Return the seconds from the start until this was true of the screen; infinity if it never was."""
    screen = pyte.Screen(COLUMNS, LINES)
    stream = pyte.ByteStream(screen)
    for at, block in tui.output:
        stream.feed(block)
        if true(screen.display):
            return at - tui.began
    return float("inf")


def _is_listed(lines: Sequence[str]) -> bool:
    return any("Processes 46" in line for line in lines)


def _is_judged(lines: Sequence[str]) -> bool:
    return any(STANDS in line and "lists read" not in line for line in lines)


def _is_known(lines: Sequence[str]) -> bool:
    return any(STANDS in line for line in lines)


def round_trips(log: TimedLog) -> int:
    """Count the requests, each sent after the previous answer, up to the list of processes."""
    last = next(timed for timed in log.timed if timed.request.path.endswith("/processes"))
    depth: dict[int, int] = {}
    for timed in sorted((t for t in log.timed if t.arrived <= last.arrived), key=lambda t: t.arrived):
        before = [
            depth[id(other)]
            for other in log.timed
            if id(other) in depth and other.answered is not None and other.answered <= timed.arrived
        ]
        depth[id(timed)] = 1 + max(before, default=0)
    return depth[id(last)]


def night(directory: Path) -> Rows:
    """Measure the first start after a night, at 150 ms a request, and the next one."""
    with tenant(directory, "night", LATENCY_S) as (log, config, _url):
        with program(app(config), directory / "state-night") as tui:
            tui.until("Processes 46", limit=60.0)
            tui.until_quiet(3.0, limit=60.0)
            first = stood(tui, _is_judged) - stood(tui, _is_listed)
        log.clear()
        with program(app(config), directory / "state-night") as tui:
            tui.until("Processes 46", limit=60.0)
            tui.until_quiet(3.0, limit=60.0)
            known = stood(tui, _is_known)
            answered = min(timed.answered for timed in log.timed if timed.answered) - tui.began
        lists = log.count("GET", "*/tasks")
        tasks = log.count("GET", "*/tasks/*")
        trips = round_trips(log)
    return [
        at_most(
            "verdicts of the night after the list, 46 processes, 26 ended runs, 150 ms", first, 5, "{:.1f} s"
        ),
        Figure(
            "second start: verdicts stand before the first answer",
            f"{answered - known:.2f} s before",
            "before it",
            known < answered,
        ),
        Figure(
            "second start: lists and runs asked for",
            f"{lists} + {tasks}",
            "46 + one a new run",
            lists <= 46 and tasks <= 1,
        ),
        at_most("second start: round trips until the live list, with the login", trips, 2, "{:.0f}"),
    ]


def first_text(directory: Path) -> Rows:
    """Measure start to useful text, beside a plain app with a table, on a second start: the usual case."""
    ours, plain = [], []
    with tenant(directory, "night") as (_log, config, _url):
        for _ in range(ROUNDS + 1):
            with program([sys.executable, "-c", PLAIN], directory) as other:
                other.until_quiet()
                plain.append(other.when("Load 1"))
            with program(app(config), directory / "state-text") as tui:
                tui.until_quiet(2.0)
                ours.append(tui.when("Processes 46"))
    again, beside = statistics.median(ours[1:]), statistics.median(plain[1:])
    return [
        at_most(
            "start to the known list, of a plain table app", again / beside, 1.5, beside=f" ({again:.2f} s)"
        )
    ]


def silence(directory: Path) -> Rows:
    """Measure bytes to the terminal while sweeps find nothing new."""
    with tenant(directory, "night") as (log, config, _url):
        config.write_text(
            f"{config.read_text()}[history]\nevery = {EVERY_S}\nrequests_per_minute = 300\n", encoding="utf-8"
        )
        with program(app(config), directory / "state-silence") as tui:
            tui.until("Processes 46", limit=60.0)
            tui.until_quiet(EVERY_S * 1.5, limit=60.0)  # the second poll tells what the model is busy with
            log.clear()
            end = time.perf_counter() + LOOKS * EVERY_S
            written = 0
            while time.perf_counter() < end:
                written += tui.read(1.0)
            asked = log.count("GET", "*/tasks")
    return [at_most(f"bytes to the terminal in {asked} lists that tell nothing new", written, 0, "{:.0f}")]


def resting(directory: Path) -> Rows:
    """Measure the app with nothing to tell: the night is known and is swept as often as by default."""
    with (
        tenant(directory, "night") as (_log, config, _url),
        program(app(config), directory / "state-resting") as tui,
    ):
        tui.until("Processes 46", limit=60.0)
        tui.read(GREETED_S)
        began, written = tui.cpu_s(), tui.read(REST_S)
        cpu = (tui.cpu_s() - began) / REST_S
    return [
        at_most("bytes a second, idle", written / REST_S, 0, "{:.0f}"),
        at_most("CPU, idle", cpu, 0.003, "{:.2%}"),
    ]


def in_an_hour(log: TimedLog, of: str = "") -> tuple[int, int, float]:
    """Return requests in the hour, most in any minute and most above ``PER_MINUTE``, by the child's clock.

    ``of`` is a part of the paths that count.
    """
    began = log.timed[0].arrived
    at = [(timed.arrived - began) * FACTOR for timed in log.timed if of in timed.request.path]
    most = max(n + 1 - bisect.bisect_left(at, moment - 60.0) for n, moment in enumerate(at))
    above = max(n + 1 - moment * PER_MINUTE / 60 for n, moment in enumerate(at))
    return len(at), most, above


def hurried(what: str, *arguments: str, state: Path) -> dict[str, float]:
    """Run a child to its end; return its processor seconds and memory."""
    command = [sys.executable, "-m", "tests.bench.hurried", str(FACTOR), what, *arguments]
    environ = os.environ | {"ANAPLAN_TUI_PASSWORD": "demo", "ANAPLAN_TUI_STATE_DIR": str(state)}
    done = subprocess.run(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True)
    figures: dict[str, float] = json.loads(done.stderr.decode().strip().splitlines()[-1])
    return figures


def hour_of_thousands(directory: Path) -> Rows:
    """Measure the app's budget over an hour in a model of 5,000 processes: it limits polls of tasks."""
    with tenant(directory, "many") as (log, _config, url):
        hurried("sweep", url, str(directory / "state-many"), str(HOUR_S), state=directory / "state-many")
        requests, _most, above = in_an_hour(log, "/tasks")
    return [
        at_most("looks in an hour, 5,000 processes", requests, AT_ONCE + PER_MINUTE * 60, "{:,.0f}"),
        at_most("the most looks at once, above 60 a minute", above, AT_ONCE, "{:.0f}"),
    ]


def hour_of_the_guard(directory: Path) -> Rows:
    """Measure the guard over an hour, its start and the night's judging included."""
    with tenant(directory, "night") as (log, config, _url):
        used = hurried(
            "cli", "--config", str(config), "guard", "--for", "1h", state=directory / "state-guard"
        )
        requests, most, _above = in_an_hour(log)
    return [
        at_most("guard: requests in an hour, 46 processes", requests, 3_600, "{:,.0f}"),
        at_most("guard: the most in a minute, logins and dumps included", most, 60, "{:.0f}"),
        at_most("guard: memory", used["peak_mb"], 60, "{:.0f} MB"),
        at_most(
            "guard: CPU over the hour, start and judging included", used["cpu_s"] / HOUR_S, 0.005, "{:.2%}"
        ),
    ]


def main(report: Report) -> None:
    """Measure the night and an hour of polling."""
    with tempfile.TemporaryDirectory() as name:
        for part in (night, first_text, resting, silence, hour_of_thousands, hour_of_the_guard):
            report.add(*part(Path(name)))
