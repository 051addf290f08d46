"""The app in a pty, beside a plain Textual app with a table: start, bytes on the wire, memory, keys.

    python -m tests.bench terminal

Both start alternately, on a simulator of 5,000 processes that already runs; figures are medians. A terminal's
queries are answered as a real one would answer them. The screen is read with pyte after the run, so that
reading costs the measured program nothing.
"""

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyte

from tests.bench.config import write_config
from tests.bench.figures import Figure, Report, at_most
from tests.bench.tenant import BIG

ROUNDS = 5
COLUMNS, LINES = 120, 40
QUIET_S = 0.5
IDLE_S = 8.0
KEYS = 120
"""Steps down the list; from about the 35th on each scrolls it by a row, the most that a key costs."""

LISTED = "118000000001"
"""The id of the first process of the list."""

_ANSWERS = (
    (re.compile(rb"\x1b\[0?c"), b"\x1b[?62;22c"),
    (re.compile(rb"\x1b\[\?2026\$p"), b"\x1b[?2026;2$y"),
    (re.compile(rb"\x1b\[\?(\d+)\$p"), b"\x1b[?2048;0$y"),
    (re.compile(rb"\x1b\[\?u"), b"\x1b[?0u"),
)

PLAIN = """
from textual.app import App
from textual.widgets import DataTable
class Plain(App):
    def compose(self):
        yield DataTable(cursor_type="row")
    def on_mount(self):
        table = self.query_one(DataTable)
        table.add_columns("NAME", "LAST RUN", "WHEN", "TAKES", "ID")
        table.add_rows([(f"Load {n}", "completed", "03:10", "41 s", str(n)) for n in range(500)])
Plain().run(mouse=False)
"""


@dataclass
class Program:
    """A program in a pty, and everything it wrote, with times."""

    pid: int
    master: int
    began: float
    output: list[tuple[float, bytes]] = field(default_factory=list)

    def read(self, seconds: float) -> int:
        """Read what arrives within this time; return the number of bytes."""
        deadline, size = time.perf_counter() + seconds, 0
        while (left := deadline - time.perf_counter()) > 0:
            if not select.select([self.master], [], [], left)[0]:
                break
            size += self._take()
        return size

    def until_quiet(self, quiet: float = QUIET_S, limit: float = 30.0) -> None:
        """Read until nothing has arrived for a while; wait first for a program that has just begun."""
        end = time.perf_counter() + limit
        if not self.output:
            select.select([self.master], [], [], limit)
        while time.perf_counter() < end and select.select([self.master], [], [], quiet)[0]:
            self._take()

    def until(self, text: str, limit: float = 20.0) -> None:
        """Read until the screen shows this text. Raises TimeoutError."""
        end = time.perf_counter() + limit
        while self.when(text) == float("inf"):
            if time.perf_counter() > end:
                raise TimeoutError(text)
            self.read(0.3)

    def press(self, key: bytes) -> float:
        """Press a key; return the seconds until the first byte of its change, or until it changed nothing."""
        sent = time.perf_counter()
        os.write(self.master, key)
        if not select.select([self.master], [], [], 1.0)[0]:
            return 1.0
        self._take()
        took = self.output[-1][0] - sent
        self.until_quiet(0.05)
        return took

    def _take(self) -> int:
        block = os.read(self.master, 1 << 16)
        self.output.append((time.perf_counter(), block))
        for question, answer in _ANSWERS:
            for _ in question.findall(block):
                os.write(self.master, answer)
        return len(block)

    def when(self, text: str) -> float:
        """Return the seconds from the start until the screen showed this text; infinity if it never did."""
        screen = pyte.Screen(COLUMNS, LINES)
        stream = pyte.ByteStream(screen)
        for at, block in self.output:
            stream.feed(block)
            if any(text in line for line in screen.display):
                return at - self.began
        return float("inf")

    @property
    def written(self) -> int:
        """Bytes so far."""
        return sum(len(block) for _, block in self.output)

    def written_until(self, text: str) -> int:
        """Return the bytes until the screen showed this text."""
        at = self.began + self.when(text)
        return sum(len(block) for when, block in self.output if when <= at)

    def tree(self) -> list[int]:
        """Return the process and its children, except the demo tenant."""
        found, todo = [], [self.pid]
        while todo:
            pid = todo.pop()
            found.append(pid)
            with contextlib.suppress(OSError):
                todo += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
        return found

    def memory_mb(self) -> float:
        """Return the resident memory of the tree."""
        total = 0
        for pid in self.tree():
            with contextlib.suppress(OSError, IndexError, ValueError):
                total += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return total * os.sysconf("SC_PAGE_SIZE") / 1e6

    def cpu_s(self) -> float:
        """Return the processor seconds of the tree so far."""
        ticks = 0
        for pid in self.tree():
            with contextlib.suppress(OSError):
                after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                ticks += int(after_name[11]) + int(after_name[12])
        return ticks / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def program(command: Sequence[str], state: Path, home: Path | None = None) -> Iterator[Program]:
    """Start a command in a pty of 120x40; tell it to quit at the end."""
    began = time.perf_counter()
    pid, master = pty.fork()
    if pid == 0:
        environ = os.environ | {
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "ANAPLAN_TUI_STATE_DIR": str(state),
            "ANAPLAN_TUI_PASSWORD": "demo",
            **({} if home is None else {"HOME": str(home)}),
        }
        os.execvpe(command[0], list(command), environ)  # noqa: S606  # our own command
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    try:
        yield Program(pid, master, began)
    finally:
        os.kill(pid, signal.SIGTERM)
        # A program that still writes blocks on a full pty and would never end.
        with contextlib.suppress(OSError):
            while os.read(master, 1 << 16):
                pass
        os.close(master)
        os.waitpid(pid, 0)


@contextlib.contextmanager
def tenant(directory: Path) -> Iterator[Path]:
    """A tenant of 5,000 processes and a big dump, and a configuration that leads to it.

    It is so slow that a run does not end while it is measured: its end is painted once, not every second.
    """
    command = [sys.executable, "-m", "tests.bench.tenant"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            url = server.stdout.readline().strip()
            yield write_config(directory / "bench.toml", url, "[polling]\ninterval = 5.0\n")
        finally:
            server.terminate()


def app(config: Path) -> list[str]:
    return [sys.executable, "-m", "anaplan_tui", "--config", str(config)]


def start(config: Path, directory: Path) -> list[Figure]:
    """Measure first text, first screen and memory at rest, beside the plain app."""
    ours: list[tuple[float, float, int, float]] = []
    plain: list[tuple[float, int]] = []
    for number in range(ROUNDS):
        with program([sys.executable, "-c", PLAIN], directory) as other:
            other.until_quiet()
            plain.append((other.when("Load 1"), other.written))
        with program(app(config), directory / f"state{number}") as tui:
            tui.until_quiet(2.0)
            ours.append(
                (
                    tui.when("Processes"),
                    tui.when(LISTED),
                    tui.written_until(LISTED),
                    tui.memory_mb(),
                )
            )
    first, listed, written, memory = (statistics.median(column) for column in zip(*ours, strict=True))
    plain_first, plain_written = (statistics.median(column) for column in zip(*plain, strict=True))
    return [
        at_most(
            "first useful text, of a plain table app", first / plain_first, 1.5, beside=f" ({first:.2f} s)"
        ),
        at_most("5,000 processes listed, after the first text", listed - first, 0.6, "{:.2f} s"),
        at_most(
            "bytes until the list stands",
            written / 1000,
            25,
            "{:.1f} KB",
            f" (plain {plain_written / 1000:.1f})",
        ),
        at_most("memory at rest", memory, 60, "{:.0f} MB"),
    ]


def at_work(config: Path, directory: Path) -> list[Figure]:
    """Measure keys, and one task and one download running, while the lists of 5,000 processes are read."""
    with program(app(config), directory / "state-work") as tui:
        tui.until_quiet(2.0)
        figures = _keys(tui, "key to paint")
        _run(tui)
        figures += [*_bytes(tui, "one task running"), _cpu(tui)]
        tui.press(b"\x1b")
        tui.until_quiet(0.3, limit=2.0)
        _fetch(tui)
        figures += _keys(tui, "key to paint while a dump is fetched")
        _look_at_the_run(tui)
        figures += _bytes(tui, "one task and one download running")
    return figures


def _keys(tui: Program, what: str) -> list[Figure]:
    """Measure how long a step down the list takes to paint."""
    took = sorted(tui.press(b"j") * 1000 for _ in range(KEYS))
    return [
        at_most(f"{what}, median", took[KEYS // 2], 10, "{:.1f} ms"),
        at_most(f"{what}, p95", took[int(KEYS * 0.95)], 30, "{:.1f} ms"),
    ]


def _run(tui: Program) -> None:
    """Run the process under the cursor, and let its screen settle."""
    os.write(tui.master, b"r")
    tui.until("Don't run")
    tui.until_quiet(1.0)
    os.write(tui.master, b"\r")
    tui.until("This goes on without you")
    tui.until_quiet(0.3, limit=2.0)


def _fetch(tui: Program) -> None:
    """Fetch the big dump, and let the list settle."""
    os.write(tui.master, b"/" + BIG.encode() + b"\r")
    tui.until("Copy forecast to plan")
    tui.until("yesterday")
    os.write(tui.master, b"D")
    tui.until("MB/s")
    os.write(tui.master, b"\x1b")
    tui.until("TAKES")
    os.write(tui.master, b"\x1b")  # close the filter
    tui.until("Processes 5,00")
    tui.until_quiet(0.3, limit=2.0)


def _look_at_the_run(tui: Program) -> None:
    """Open the live run, the first in the list of runs."""
    os.write(tui.master, b"t")
    tui.until("Runs")
    tui.until_quiet(0.3, limit=2.0)
    os.write(tui.master, b"g\r")
    tui.until("This goes on without you")
    tui.until_quiet(0.3, limit=2.0)


def _bytes(tui: Program, what: str) -> list[Figure]:
    seconds = IDLE_S * 2
    return [at_most(f"bytes a second, {what}", tui.read(seconds) / seconds, 400, "{:.0f}")]


def _cpu(tui: Program) -> Figure:
    began, seconds = tui.cpu_s(), IDLE_S * 2
    tui.read(seconds)
    return at_most("CPU, one task running", (tui.cpu_s() - began) / seconds, 0.015, "{:.1%}")


def main(report: Report) -> None:
    """Measure the app beside a plain one."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        with tenant(directory) as config:
            report.add(*start(config, directory), *at_work(config, directory))
