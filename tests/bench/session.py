"""A long session: memory, files and threads of the app after many runs, each with two dumps that are fetched.

``python -m tests.bench session``, or ``python -m tests.bench.session RUNS``. A person's keys: filter, ``r``,
``y``, back; for every tenth run also the worst dump. What the app has done is read from its journal.
"""

import contextlib
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.config import write_config
from tests.bench.figures import Page, Report, at_most, say
from tests.bench.machine import describe
from tests.bench.terminal import Program, program

RUNS = 1000
EVERY = 50
LOOKED_AT = 10
"""One in this many runs is looked into."""
WITHIN = 1.10
"""Limit for the ratio of memory at the last run to that at the 100th."""
PROCESS = "Nightly load"
FILES = 2
PATIENCE_S = 60.0
SETTLED_S = 1.0
PAGE = Page(
    Path(__file__).with_suffix(".md"),
    title="A long session",
    about="Made by `python -m tests.bench session`: of every tenth run the worst dump is looked at.",
    after="What grew before, and why it does not any more: [memory.md](memory.md).",
)
"""The page of a whole session; it takes too long to be measured with the rest."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Measurements of the session after this many runs."""

    runs: int
    memory_mb: float
    parts: int
    log_kb: float
    journal_kb: float
    threads: int


@contextlib.contextmanager
def tenant(directory: Path) -> Iterator[Path]:
    """The demo tenant, where a run takes a third of a second, and a configuration for it."""
    command = [sys.executable, "-m", "anaplan_tui.demo", "--speed", "100"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            url = server.stdout.readline().split()[0]
            yield write_config(directory / "bench.toml", url, "[polling]\ninterval = 0.1\n")
        finally:
            server.terminate()


class Session:
    """The app in a pty, and the journal it writes."""

    def __init__(self, tui: Program, state: Path) -> None:
        self._tui = tui
        self._state = state

    def begin(self) -> None:
        """Put the cursor on the process, with the others filtered away."""
        self._tui.until("Processes")
        self._tui.until_quiet(1.0)
        self._press(f"/{PROCESS}\r")
        self._forget()

    def run(self, number: int) -> None:
        """Run it once more, and wait for its end and its dumps."""
        self._press("r")
        self._until(lambda: b"Don't run" in self._written())
        self._press("y")
        self._until(lambda: self._done(number))
        if number % LOOKED_AT == 0:
            self._press("o")
            self._tui.until_quiet(0.5, limit=5.0)
            self._press("\x1b")
            self._tui.until_quiet(0.2, limit=5.0)
        self._press("\x1b")
        self._tui.until_quiet(0.2, limit=5.0)
        self._forget()

    def sample(self, runs: int) -> Sample:
        """Measure the session now."""
        self._tui.until_quiet(SETTLED_S, limit=5.0)
        parts = self._state / "parts"
        return Sample(
            runs,
            self._tui.memory_mb(),
            sum(path.is_file() for path in parts.rglob("*")) if parts.exists() else 0,
            sum(path.stat().st_size for path in self._state.glob("*.log*")) / 1000,
            sum(path.stat().st_size for path in self._state.glob("journal*")) / 1000,
            len(list(Path(f"/proc/{self._tui.pid}/task").iterdir())),
        )

    def _press(self, keys: str) -> None:
        os.write(self._tui.master, keys.encode())

    def _written(self) -> bytes:
        return b"".join(block for _, block in self._tui.output)

    def _forget(self) -> None:
        self._tui.output.clear()

    def _until(self, is_so: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not is_so():
            if time.monotonic() > end:
                raise TimeoutError(self._written()[-4000:].decode(errors="replace"))
            self._tui.read(0.05)

    def _done(self, number: int) -> bool:
        with contextlib.closing(sqlite3.connect(f"file:{self._state}/journal.db?mode=ro", uri=True)) as sql:
            (ended,) = sql.execute(
                "SELECT count(*) FROM runs WHERE phase = 'ended' AND origin = 'here'"
            ).fetchone()
            (files,) = sql.execute("SELECT count(*) FROM files").fetchone()
        return bool(ended >= number and files >= FILES * number)


def main(report: Report, runs: int = RUNS) -> None:
    """Measure the session after every fifty runs, and how much it grew from the 100th on."""
    samples = []
    with tempfile.TemporaryDirectory() as name, tenant(Path(name)) as config:
        state = Path(name) / "state"
        command = [sys.executable, "-m", "anaplan_tui", "--config", str(config)]
        with program(command, state) as tui:
            session = Session(tui, state)
            session.begin()
            samples.append(session.sample(0))
            for number in range(1, runs + 1):
                session.run(number)
                if number % EVERY == 0 or number == 14:
                    samples.append(session.sample(number))
                    say(f"  {samples[-1]}")
    head = ("runs", "MB", "part files", "log KB", "journal KB", "threads")
    report.table(
        "A session of many runs, each with two dumps",
        head,
        [
            (s.runs, f"{s.memory_mb:.0f}", s.parts, f"{s.log_kb:.0f}", f"{s.journal_kb:.0f}", s.threads)
            for s in samples
        ],
    )
    at_100 = next((s.memory_mb for s in samples if s.runs == 100), None)
    if at_100:
        most = max(s.memory_mb for s in samples if s.runs >= 100)
        report.add(at_most(f"memory from the 100th run to the {runs:,}th", most / at_100, WITHIN))
    if runs >= RUNS:
        report.write(PAGE, describe())


if __name__ == "__main__":
    main(Report(), *map(int, sys.argv[1:]))
