"""``python -m tests.bench [NAME]…``: runs these benchmarks, or all that take minutes, and writes their page.

A benchmark is a module of this package with a ``main`` that takes a :class:`Report`.
"""

import importlib
import sys
from pathlib import Path

from tests.bench.figures import Page, Report, say
from tests.bench.machine import describe

TAKE_MINUTES = ("terminal", "beside", "downloads", "commands", "watching", "triage", "history")
TAKES_HOURS = ("session",)
"""Run only by name; it keeps a page of its own."""
PAGE = Page(Path(__file__).with_name("benchmarks.md"))


def main(names: list[str]) -> None:
    """Run the benchmarks of these names; without any, run all and write the page."""
    if unknown := sorted({*names} - {*TAKE_MINUTES, *TAKES_HOURS}):
        raise SystemExit(
            f"no such benchmark: {', '.join(unknown)}; there are {', '.join(TAKE_MINUTES + TAKES_HOURS)}"
        )
    machine = describe()
    say(machine)
    report = Report()
    for name in names or TAKE_MINUTES:
        say(f"\n{name}")
        importlib.import_module(f"tests.bench.{name}").main(report)
    if not names:
        report.write(PAGE, machine)


if __name__ == "__main__":
    main(sys.argv[1:])
