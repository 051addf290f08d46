"""Figures with their goals, the report that holds them, and the reasons for missed goals."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

WHY = {
    "first useful text, of a plain table app": (
        "by a hair, 1.46 in another run: Textual and pydantic-settings are imported before the first paint"
    ),
    "CPU, idle": "by a hair: 46 lists a minute are read, and found to be the same",
    "memory at rest": (
        "62 MB are taken before a line of ours, by the interpreter, pydantic, Textual and httpx; "
        "[where it is](memory.md)"
    ),
    "triage of a 1 GB dump, of a plain csv loop": (
        "two cores are busy for it; a sixth is the look for quotes that DuckDB would misread without a word"
    ),
    "start to the known list, of a plain table app": (
        "the plain app imports no configuration, journal or httpx, and opens no journal"
    ),
    "`dumps` whole, 16 × 10 MB, 150 ms and 20 MB/s, of curl": (
        "with four chunks at a time and three round trips before the first, 3.05 s of the 3.42 are the "
        "network's; 3.2 would leave the command 0.2 s to start, and Python with pydantic and httpx takes 0.3"
    ),
}
"""Why a goal is missed, by the figure's name; shown only where it is missed."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure: its name, the measured value, the goal, and whether it is reached."""

    what: str
    measured: str
    goal: str
    reached: bool


def at_most(what: str, value: float, goal: float, form: str = "{:.2f}", beside: str = "") -> Figure:
    """Return a figure that is better when lower. ``form`` shows both numbers with their unit."""
    return Figure(what, form.format(value) + beside, f"≤ {form.format(goal)}", value <= goal)


def at_least(what: str, value: float, goal: float, form: str = "{:.2f}", beside: str = "") -> Figure:
    """Return a figure that is better when higher."""
    return Figure(what, form.format(value) + beside, f"≥ {form.format(goal)}", value >= goal)


@dataclass(frozen=True, slots=True)
class Page:
    """A page that figures are written to."""

    path: Path
    title: str = "Figures"
    about: str = "Made by `make bench`, in one go; ratios are of what ran beside it."
    after: str = (
        "A session of many runs takes an hour and is not measured with the rest: [session.md](session.md)."
    )


class Report:
    """The figures of a run of the benchmarks, printed at once and kept for the page."""

    def __init__(self) -> None:
        self.figures: list[Figure] = []
        self._text: list[str] = []

    def add(self, *figures: Figure) -> None:
        """Add figures and print them."""
        for figure in figures:
            self.figures.append(figure)
            mark = "" if figure.reached else "  MISSED"
            say(f"  {figure.what}: {figure.measured} (goal {figure.goal}){mark}")

    def text(self, line: str) -> None:
        """Add a line and print it."""
        self._text.append(line)
        say(line)

    def table(self, title: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Add and print a Markdown table of the details behind the figures."""
        self.text(f"\n## {title}\n")
        for line in _table(head, rows):
            self.text(line)

    def markdown(self, page: Page, machine: str) -> str:
        """Return the page: figures with goals, what is missed and why, and the tables behind them."""
        missed = [figure for figure in self.figures if not figure.reached]
        parts = [
            f"# {page.title}\n",
            f"{page.about}\n",
            machine,
        ]
        head = ("what", "measured", "goal", "")
        rows = [(f.what, f.measured, f.goal, "" if f.reached else "missed") for f in self.figures]
        parts += [*_table(head, rows), ""]
        parts += [f"Missed: {f.what} – {WHY.get(f.what, 'not explained yet')}." for f in missed]
        parts.append(f"\n{page.after}")
        return "\n".join([*parts, *self._text]) + "\n"

    def write(self, page: Page, machine: str) -> None:
        """Write the page."""
        page.path.write_text(self.markdown(page, machine), encoding="utf-8")


def say(text: str) -> None:
    """Print a line for the reader at once: benchmarks are slow."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join(["---"] + ["--:"] * (len(head) - 1)) + "|"]
    return lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
