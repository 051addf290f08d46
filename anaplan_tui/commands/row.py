"""``run`` with several TARGETs: run them one after another, with one result."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

import click

from anaplan_tui.commands.exits import of_run
from anaplan_tui.commands.saying import say
from anaplan_tui.commands.shared import Files, bring
from anaplan_tui.trouble import Exit, Trouble, worst

if TYPE_CHECKING:
    from anaplan_tui.core.catalog import CatalogItem
    from anaplan_tui.core.desk import Desk
    from anaplan_tui.core.snapshots import RunSnapshot

on_failure_option = click.option(
    "--on-failure",
    type=click.Choice(("stop", "continue")),
    help="With several TARGETs: what to do after one that failed. Default: stop.",
)

_GOES_ON = (Exit.COMPLETED, Exit.WARNINGS)
"""Exit codes that let the next target run: as in a runbook, rejected rows are not a failure."""


class Row:
    """Runs targets in order; one that fails ends the row, unless ``goes_on`` is set."""

    def __init__(
        self,
        desk: "Desk",
        run_one: "Callable[[Desk, CatalogItem], Awaitable[RunSnapshot]]",
        files: Files,
        *,
        json_: bool,
        goes_on: bool,
    ) -> None:
        self._desk, self._run_one, self._files = desk, run_one, files
        self._json, self._goes_on = json_, goes_on
        self._runs: list[RunSnapshot] = []
        self._codes: list[Exit] = []
        self._not_run: list[tuple[CatalogItem, str]] = []

    async def run(self, items: "Sequence[CatalogItem]") -> Exit:
        """Run ``items`` until one ends the row, print their results, and return the worst exit code."""
        stopped = False
        for item in items:
            if stopped:
                self._not_run.append((item, ""))
                continue
            stopped = not (await self._one(item) or self._goes_on)
        self._end()
        return worst(self._codes)

    async def _one(self, item: "CatalogItem") -> bool:
        """Run one target; say whether the next may follow."""
        from anaplan_tui.commands.printing import run_result

        try:
            ended = await self._run_one(self._desk, item)
        except Trouble as error:
            say(f'anaplan-tui: "{item.name}" was not run to its end: {error}', err=True)
            self._codes.append(error.code)
            going = next((r for r in self._desk.store.runs if r.live and r.target == item.ref), None)
            if going is None:
                self._not_run.append((item, str(error)))
            else:
                self._runs.append(going)
            return False
        run, code = await bring(self._desk, ended, self._files, self._json)
        self._runs.append(run)
        self._codes.append(code)
        if not self._json:
            run_result(run)
        return of_run(run) in _GOES_ON

    def _end(self) -> None:
        from anaplan_tui.commands.printing import json_document
        from anaplan_tui.core import report

        if self._json:
            json_document(report.row_document(self._runs, self._not_run))
        left = [item.name for item, error in self._not_run if not error]
        if left:
            names = ", ".join(f'"{name}"' for name in left)
            say(f"! Not run, because of the one before: {names}", err=True)
