"""The base of the triage screens: work on a dump with its meter, and saving its rows as files."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import cached_property
from pathlib import Path

from textual import events, getters, on, work
from textual.content import Content
from textual.timer import Timer
from typing_extensions import override

from anaplan_tui.api.clean import clean
from anaplan_tui.core import text
from anaplan_tui.core.downloads.naming import safe_name
from anaplan_tui.core.dumps.files import DumpFile
from anaplan_tui.core.triage import Saved, SourceForm, Summary, TriageCancelled, TriageError
from anaplan_tui.ui import commands as c
from anaplan_tui.ui.jobs.uploads import newest_saved, why_no_upload
from anaplan_tui.ui.navigation import WentElsewhere
from anaplan_tui.ui.path_completion import free_name
from anaplan_tui.ui.place import Place
from anaplan_tui.ui.screens.triage.origin import DumpOrigin
from anaplan_tui.ui.screens.triage.words import (
    all_rejected_note,
    form_note,
    problem,
    reading_line,
    saved_text,
    saved_words,
)
from anaplan_tui.ui.screens.triage.work import DumpReader
from anaplan_tui.ui.widgets.lines import Line

_SAMPLE_S = 0.5
_NAME_BYTES = 60
_ENCODING = 30
_ASKING = "Asking Anaplan what the import expects of its file."
_NO_RUN = "Neither the app nor its journal remembers the run of this dump."


class DumpPlace(Place):
    """A screen over an opened dump; its body holds a line ``#meter`` for slow work."""

    dump: DumpFile
    reader: DumpReader
    summary: Summary | None = None
    """What the dump holds, once it has been read."""
    working: str = ""
    """The slow work under way, as its meter says it; empty when there is none."""
    saved_to: Path | None = None
    """The last file saved from here."""
    _sampler: Timer | None = None
    _corrected: Path | None = None
    """The last file that is to be corrected and uploaded."""
    _objection = ""
    """Why the last key did nothing."""

    _meter_line = getters.query_one("#meter", Line)

    @cached_property
    def origin(self) -> DumpOrigin:
        """The run and the import whose dump this is."""
        return DumpOrigin(self.dump)

    # -- work that takes a while ---------------------------------------------------------------------

    def begin_work(self, what: str) -> None:
        """Show a meter for the work, sampled at a fixed pace."""
        self._stop_sampling()
        self.working = what
        self._meter_line.display = True
        self._sampler = self.set_interval(_SAMPLE_S, self._sample)
        self._sample()
        self.refresh_keys()

    def end_work(self) -> None:
        """Hide the meter."""
        self.working = ""
        self._stop_sampling()
        self._meter_line.display = False
        self.refresh_keys()

    def _stop_sampling(self) -> None:
        if self._sampler is not None:
            self._sampler.stop()
            self._sampler = None

    def _sample(self) -> None:
        done, total = self.reader.progress
        self._meter_line.show(reading_line(done, total, self.size.width, what=self.working))

    @on(events.ScreenSuspend)
    def _hidden(self) -> None:
        if self._sampler is not None:
            self._sampler.pause()

    @on(events.ScreenResume)
    def _visible(self) -> None:
        if self._sampler is not None:
            self._sampler.resume()

    # -- saving --------------------------------------------------------------------------------------

    def why_no_saving(self) -> str:
        """Why no rows can be saved right now, as a sentence; empty when they can."""
        if self.summary is None:
            return "The dump is still being read." if self.working else "There are no rows to save."
        if self.working:
            return f"{self.working} is not done yet; Esc stops it."
        return ""

    @work(group="save", exclusive=True)
    async def save_all_rejected(self) -> None:
        """Ask where to save, then save every rejected row for correction."""
        form = await self._source_form()
        await self.follow(form)
        summary = self.summary
        if summary is None:
            return

        async def write(path: Path) -> Saved:
            return await self.reader.save_rejected(path, form)

        await self._ask_and_save(
            f"Save {text.plural(summary.rejected, 'rejected row')} for correction",
            Content("\n").join([all_rejected_note(summary), form_note(form)]),
            f"{self.dump.path.stem}_rejected",
            write,
            rejected=True,
        )

    @work(group="save", exclusive=True)
    async def save_group_to_correct(self, group: str, error: str, rows: int, needle: str = "") -> None:
        """Do the same for the filtered rows of a group."""
        form = await self._source_form()
        if await self.follow(form):
            # The screen shows another list now, which the operator must see first.
            return

        async def write(path: Path) -> Saved:
            return await self.reader.save_group(group, path, needle, form)

        filtered = f' that contain "{needle}"' if needle else ""
        await self._ask_and_save(
            f"Save {text.plural(rows, 'row')} of '{error}'{filtered} for correction",
            Content("\n").join([Content("The rows that are listed, and no others."), form_note(form)]),
            f"{self.dump.path.stem}_rejected_{_in_a_name(error)}",
            write,
            rejected=True,
        )

    @work(group="save", exclusive=True)
    async def save_group(self, group: str, error: str, rows: int, needle: str = "") -> None:
        """Ask where to save, then save the filtered rows of a group."""

        async def write(path: Path) -> Saved:
            return await self.reader.save_rows(group, path, needle)

        filtered = f' that contain "{needle}"' if needle else ""
        await self._ask_and_save(
            f"Save {text.plural(rows, 'row')} of '{error}'{filtered}",
            "As they stand in the dump: all of its columns, the errors too.",
            f"{self.dump.path.stem}_{_in_a_name(error)}",
            write,
            rejected=False,
        )

    async def _source_form(self) -> SourceForm:
        if self.origin.knows_form:
            return await self.origin.form(self.tui.desk)
        self.tui.say(_ASKING)
        try:
            return await self.origin.form(self.tui.desk)
        finally:
            self.tui.hush(_ASKING)

    async def follow(self, form: SourceForm) -> bool:
        """Read the dump as its import does if its bytes leave the encoding open; say whether that changed it.

        If so, all screens over the dump show the new reading.
        """
        encoding = form.encoding
        if encoding is None or not self.reader.leaves_open:
            return False
        self.begin_work(f"Reading the dump as {clean(encoding, limit=_ENCODING)}")
        try:
            summary = await self.reader.follow(encoding)
        except TriageCancelled:
            return False
        except TriageError as error:
            self.tui.say(problem(error), "error")
            return False
        finally:
            self.end_work()
        if summary is None:
            return False
        self.tui.say(f"The dump is read as {clean(encoding, limit=_ENCODING)} now, as its import reads it.")
        for place in self.app.screen_stack:
            if isinstance(place, DumpPlace) and place.reader is self.reader:
                await place.read_anew(summary)
        return True

    async def read_anew(self, summary: Summary) -> None:
        """Show the dump as read in another encoding."""
        raise NotImplementedError

    async def _ask_and_save(
        self,
        title: str,
        note: Content | str,
        stem: str,
        write: Callable[[Path], Awaitable[Saved]],
        *,
        rejected: bool,
    ) -> None:
        from anaplan_tui.ui.screens.save_as import save_as

        suggested = free_name(self.dump.path.with_name(f"{stem}{self.dump.path.suffix}"))
        dialog = save_as(title, suggested.parent, suggested.name, note=note)
        try:
            path = await (await self.tui.navigation.ask(dialog, on=self))
        except WentElsewhere as gone:
            self.tui.say(str(gone), "warning")
            return
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
            self._corrected = path if rejected else self._corrected
            said = (saved_words(saved, path, self.dump.path, rejected=rejected), "information")
            self.show_saved(saved_text(saved, path, rejected=rejected))
        self.end_work()
        self.tui.say(*said)

    def show_saved(self, said: Content) -> None:
        """Show what was saved, where its whole path fits."""
        raise NotImplementedError

    # -- what follows --------------------------------------------------------------------------------

    @work(group="edit", exclusive=True)
    async def do_edit(self) -> None:
        """Lend the terminal to the editor, then ask about the upload."""
        from anaplan_tui.ui.terminal.editor import NoEditor, edit

        rows = self._corrected or await asyncio.to_thread(newest_saved, self.dump.path)
        if rows is None or not await asyncio.to_thread(rows.is_file):
            self.tui.say(f"There are no saved rows to edit; {c.SAVE_REJECTED.key} saves them.", "warning")
            return
        self._corrected = rows
        try:
            edit(self.tui, rows)
        except NoEditor as error:
            self.tui.say(str(error), "error")
        else:
            await self._ask_for_upload(is_edited=True)

    @work(group="upload", exclusive=True)
    async def do_upload(self) -> None:
        """Ask for the corrected file, then send it to the dump's import."""
        await self._ask_for_upload()

    async def _ask_for_upload(self, *, is_edited: bool = False) -> None:
        with self.tui.navigation.request():
            found = await self.origin.action(self.tui.desk)
            if found is None:
                self.tui.say(_NO_RUN, "warning")
            else:
                run, action = found
                wrong = why_no_upload(action.kind, action.data_source_id)
                if wrong:
                    self.tui.say(wrong, "warning")
                else:
                    self.jobs.uploads.ask_for_run(run, action, self._corrected, is_edited=is_edited)

    @work(group="run", exclusive=True)
    async def do_run(self) -> None:
        """Ask, then repeat the run that made the dump."""
        with self.tui.navigation.request():
            run = await self.origin.run(self.tui.desk)
            if run is None:
                self.tui.say(_NO_RUN, "warning")
            else:
                self.jobs.runs.run_again(run)

    def do_bundle(self) -> None:
        """Pack a bundle of the run that made the dump."""
        self.jobs.bundles.hand_over(self.dump.run_id)

    @override
    async def invoke(self, command: c.Command) -> None:
        self._objection = self.obstacle(command) or self._objection
        await super().invoke(command)

    @on(events.ScreenSuspend)
    def _left(self) -> None:
        """Take back why a key does nothing here: it is of no use on another screen."""
        if self._objection:
            self.tui.hush(self._objection)
            self._objection = ""

    @override
    async def do_back(self) -> None:
        if self.working and self.summary is not None:
            self.reader.stop()
        else:
            await super().do_back()


def _in_a_name(error: str) -> str:
    return safe_name(error.removesuffix(": …"), fallback="rows", max_bytes=_NAME_BYTES)
