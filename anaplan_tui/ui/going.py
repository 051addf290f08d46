"""Navigation between screens: each is open at most once, and going to it again goes back to it."""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from typing_extensions import override

from anaplan_tui.ui.commands import Command
from anaplan_tui.ui.place import Place
from anaplan_tui.ui.screens.catalog import CatalogScreen
from anaplan_tui.ui.shell import Shell

if TYPE_CHECKING:
    from anaplan_tui.core.catalog import CatalogItem
    from anaplan_tui.core.dumps.files import DumpFile
    from anaplan_tui.ui.jobs.jobs import Jobs

_SCREENS = {
    "runbooks": "RunbooksScreen",
    "runs": "RunsScreen",
    "downloads": "DownloadsScreen",
    "models": "ModelsScreen",
    "log": "LogScreen",
    "doctor": "DoctorScreen",
}
"""Classes of the named screens, by the module that declares them; none is imported before it is opened.

Not Textual's ``SCREENS``: a screen made from there lives as long as the app, with its subscriptions. Here
each opening makes a new one.
"""


def _screen(name: str) -> type[Place]:
    kind: type[Place] = getattr(import_module(f"anaplan_tui.ui.screens.{name}"), _SCREENS[name])
    return kind


class GoesPlaces(Shell, inherit_bindings=False):
    """The screens of the app as a stack of places."""

    jobs: "Jobs | None"

    @property
    def places(self) -> tuple[Place, ...]:
        """The open screens, the home first."""
        return tuple(screen for screen in self.screen_stack if isinstance(screen, Place))

    @override
    async def go(self, name: str) -> None:
        kind = _screen(name)
        if not await self._back_to(lambda place: type(place) is kind):
            await self.push_screen(kind())

    @override
    async def open_run(self, run_id: str) -> None:
        """Open the screen of a run, replacing an open screen of another run of the same target."""
        from anaplan_tui.ui.screens.run.screen import RunScreen

        if self.jobs is not None:
            self.jobs.runs.mark_seen(run_id)
        if await self._back_to(lambda p: isinstance(p, RunScreen) and p.run_id == run_id):
            return
        run = self.desk.store.run(run_id) if self.desk is not None else None
        here = self.screen
        if run is not None and isinstance(here, RunScreen) and here.snapshot.target == run.target:
            await self.switch_screen(RunScreen(run_id))
        else:
            await self.push_screen(RunScreen(run_id))

    @override
    async def open_process(self, item: "CatalogItem") -> None:
        """Open the screen of a process or action; the next start of the app puts the cursor on it."""
        from anaplan_tui.ui.screens.process import ProcessScreen

        if self.desk is not None and self.jobs is not None:
            self.jobs.spawner.spawn(partial(self.desk.chosen.remember_opened, item), "opened")
        await self.push_screen(ProcessScreen(item))

    @override
    async def open_runbook(self, path: Path) -> None:
        """Open the screen of a runbook."""
        from anaplan_tui.ui.screens.runbook import RunbookScreen

        if not await self._back_to(lambda p: isinstance(p, RunbookScreen) and p.path == path):
            await self.push_screen(RunbookScreen(path))

    @override
    async def open_triage(self, dump: "DumpFile", earlier: "DumpFile | None") -> None:
        """Open the triage of a dump, compared with an earlier one if there is one."""
        from anaplan_tui.ui.screens.triage.screen import TriageScreen

        if not await self._back_to(lambda p: isinstance(p, TriageScreen) and p.dump.path == dump.path):
            await self.push_screen(TriageScreen(dump, earlier))

    @override
    async def do_at_home(self, command: Command) -> None:
        await self.go_home()
        await self.places[0].invoke(command)

    @override
    async def go_home(self) -> None:
        await self._back_to(lambda place: isinstance(place, CatalogScreen))

    async def _back_to(self, wanted: Callable[[Place], bool]) -> bool:
        if not any(wanted(place) for place in self.places):
            return False
        while not (isinstance(self.screen, Place) and wanted(self.screen)):
            await self.pop_screen()
        return True
