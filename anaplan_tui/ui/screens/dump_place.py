"""What the triage screens share: work on a dump with its meter, and saving rows of it as a file."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from textual import events, on, work
from textual.timer import Timer

from anaplan_tui.core.downloads.naming import safe_name
from anaplan_tui.core.dump_files import DumpFile
from anaplan_tui.core.triage import Saved, Summary, TriageCancelled, TriageError
from anaplan_tui.ui import commands as c
from anaplan_tui.ui.path_completion import free_name
from anaplan_tui.ui.place import Place
from anaplan_tui.ui.screens.triage_words import problem, reading_line, saved_words
from anaplan_tui.ui.triage_work import DumpReader
from anaplan_tui.ui.widgets.lines import Line

_SAMPLE_S = 0.5
_NAME_BYTES = 60


class DumpPlace(Place):
    """A screen over an opened dump; its body holds a line ``#meter`` for what takes a while."""

    dump: DumpFile
    reader: DumpReader
    summary: Summary | None = None
    """What the dump holds, once it was read."""
    working: str = ""
    """What takes a while right now, as its meter says it."""
    saved_to: Path | None = None
    """The last file that was saved from here."""
    _sampler: Timer | None = None

    # -- work that takes a while ---------------------------------------------------------------------

    def begin_work(self, what: str) -> None:
        """Show a meter for it; it is sampled, whatever the pace of the work."""
        self.working = what
        self.query_one("#meter", Line).display = True
        self._sampler = self.set_interval(_SAMPLE_S, self._sample)
        self._sample()
        self.refresh_keys()

    def end_work(self) -> None:
        """Take the meter away."""
        self.working = ""
        if self._sampler is not None:
            self._sampler.stop()
        self.query_one("#meter", Line).display = False
        self.refresh_keys()

    def _sample(self) -> None:
        done, total = self.reader.progress
        self.query_one("#meter", Line).show(reading_line(done, total, self.size.width, what=self.working))

    @on(events.ScreenSuspend)
    def _hidden(self) -> None:
        if self._sampler is not None:
            self._sampler.pause()

    @on(events.ScreenResume)
    def _visible(self) -> None:
        if self._sampler is not None:
            self._sampler.resume()

    # -- saving --------------------------------------------------------------------------------------

    def why_not(self, command: c.Command) -> str:
        if command.id not in ("save_rejected", "save_rows"):
            return ""
        if self.summary is None:
            return "The dump is still being read." if self.working else "There are no rows to save."
        if self.working:
            return f"{self.working} is not done yet; Esc stops it."
        if command.id == "save_rejected" and not self.summary.rejected:
            return "The dump holds no rejected rows: all of its rows were loaded."
        return ""

    def do_save_rejected(self) -> None:
        self._ask_and_save(
            "Save the rejected rows for correction",
            "Only the source's own columns, as the import expects them.",
            f"{self.dump.path.stem}_rejected",
            self.reader.save_rejected,
            rejected=True,
        )

    def save_group(self, group: str, error: str, needle: str = "") -> None:
        """Ask where to, and save the rows of a group, as filtered."""
        name = safe_name(error.removesuffix(": …"), fallback="rows", max_bytes=_NAME_BYTES)

        async def write(path: Path) -> Saved:
            return await self.reader.save_rows(group, path, needle)

        filtered = f' that contain "{needle}"' if needle else ""
        self._ask_and_save(
            f"Save the rows of '{error}'{filtered}",
            "With all columns of the dump, the errors too.",
            f"{self.dump.path.stem}_{name}",
            write,
            rejected=False,
        )

    @work(group="save", exclusive=True)
    async def _ask_and_save(
        self, title: str, note: str, stem: str, write: Callable[[Path], Awaitable[Saved]], *, rejected: bool
    ) -> None:
        from anaplan_tui.ui.screens.save_as import save_as

        suggested = free_name(self.dump.path.with_name(f"{stem}{self.dump.path.suffix}"))
        path = await self.app.push_screen_wait(save_as(title, suggested.parent, suggested.name, note=note))
        if path is None:
            return
        self.begin_work("Saving the rows")
        try:
            saved = await write(path)
        except TriageCancelled:
            said = ("Saving was stopped; no file was made.", "warning")
        except TriageError as error:
            said = (problem(error), "error")
        else:
            self.saved_to = path
            said = (saved_words(saved.rows, path, self.dump.path, rejected=rejected), "information")
        self.end_work()
        self.tui.say(*said)

    def do_bundle(self) -> None:
        if self.tui.jobs is not None:
            self.tui.jobs.hand_over(self.dump.run_id)

    async def do_back(self) -> None:
        if self.working and self.summary is not None:
            self.reader.stop()
        else:
            await super().do_back()
