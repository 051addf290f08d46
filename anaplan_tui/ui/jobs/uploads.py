"""Uploads for the screens: asks for the file, sends it, reports, and runs the import or process if wanted."""

import asyncio
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from anaplan_tui.api.refs import Kind
from anaplan_tui.core import text
from anaplan_tui.core.catalog import CatalogItem
from anaplan_tui.core.snapshots import Action, RunSnapshot, Send, UploadSnapshot
from anaplan_tui.trouble import Trouble
from anaplan_tui.ui import commands as c

if TYPE_CHECKING:
    from anaplan_tui.core.desk import Desk
    from anaplan_tui.ui.jobs.runs import RunJobs
    from anaplan_tui.ui.jobs.spawning import Spawner
    from anaplan_tui.ui.navigation import Request
    from anaplan_tui.ui.shell import Shell

_FILE_IDS = "113"
"""The first digits of file ids; an import's source may also be a model (service.md §1.3)."""


class NoSourceFile(Trouble):
    """Anaplan names no file that the import reads; the message names the import."""


@dataclass(frozen=True, slots=True)
class UploadAsked:
    """An upload that the operator wants, and its purpose."""

    import_id: str
    import_name: str
    source_id: str | None
    """The file that the import reads, if it is known already."""
    run: CatalogItem | None = None
    """What to run afterwards, if the operator wants that."""
    cures: RunSnapshot | None = None
    """The run whose failure it cures."""
    saved: Path | None = None
    """The file of rows just saved for correction."""
    is_edited: bool = False
    """It was corrected in the editor just now, so the operator is not asked for the file."""


def asked_for_item(item: CatalogItem) -> UploadAsked:
    """Return the upload for an import of the catalog."""
    return UploadAsked(item.id, item.name, item.data_source_id, item)


def asked_for_action(action: Action, run: CatalogItem) -> UploadAsked:
    """Return the upload for an import in a process's plan."""
    return UploadAsked(action.id, action.name, action.data_source_id, run)


def why_no_upload(kind: str, source_id: str | None) -> str:
    """Say why nothing can be uploaded for an action, in one sentence; empty if it can."""
    if kind != Kind.IMPORT.value:
        return "Only imports read a file that can be uploaded."
    if source_id is not None and not source_id.startswith(_FILE_IDS):
        return "This import reads another model, not a file; there is nothing to upload."
    return ""


class UploadJobs:
    """Asks for files, uploads them and reports, for the screens."""

    def __init__(self, app: "Shell", desk: "Desk", spawner: "Spawner", runs: "RunJobs") -> None:
        self._app, self._desk, self._spawner, self._runs = app, desk, spawner, runs
        self._folder = Path.cwd()
        """The directory of the last file."""

    def ask(self, asked: UploadAsked) -> None:
        """Ask for a file, show it for review, and send it."""
        self._spawner.spawn_request(partial(self._ask, asked), f"upload:{asked.import_id}")

    def ask_for_run(
        self, run: RunSnapshot, action: Action, saved: Path | None = None, *, is_edited: bool = False
    ) -> None:
        """Ask for the file of an action of a run, to run its target again; suggest ``saved``.

        If the editor just wrote ``saved`` (``is_edited``), take it without asking.
        """
        self._spawner.spawn_request(
            partial(self._ask_for_run, run, action, saved, is_edited), f"upload:{action.id}"
        )

    async def _ask_for_run(
        self, run: RunSnapshot, action: Action, saved: Path | None, is_edited: bool, request: "Request"
    ) -> None:
        item = await self._runs.item_of(run)
        if item is not None:
            cured = None if run.live else item
            asked = UploadAsked(action.id, action.name, action.data_source_id, cured, run, saved, is_edited)
            await self._ask(asked, request)

    async def _ask(self, asked: UploadAsked, request: "Request") -> None:
        from anaplan_tui.ui.screens.upload import Then, review, which_file

        source_id = asked.source_id or await self._source_of(asked)
        if asked.is_edited and asked.saved is not None:
            path: Path | None = asked.saved
        else:
            folder, name = await asyncio.to_thread(self._suggestion, asked)
            path = await request.ask(which_file(asked.import_name, folder, name))
        if path is not None:
            self._folder = path.parent
            path = await self._whole(source_id, path, request)
        if path is None:
            return
        prepared = await self._desk.prepare_upload(source_id, path)
        cured = asked.cures
        label = "" if asked.run is None else "Upload, then run again" if cured else "Upload, then run"
        then = await request.ask(review(prepared, label, run_first=cured is not None))
        if then is Then.NOTHING:
            return
        upload_id = self._desk.upload(prepared, cured.run_id if cured else None)
        self._app.say(
            f"Uploading {prepared.source.name} as '{prepared.name}'. {c.DOWNLOADS.key} shows its meter."
        )
        (ended,) = await self._desk.uploads.wait((upload_id,))
        self._tell(ended)
        if then is Then.UPLOAD_AND_RUN and asked.run is not None:
            if ended.state is Send.DONE:
                await self._runs.run_after_upload(asked.run)
            else:
                self._app.say(
                    f"'{asked.run.name}' was not run: {ended.name} is not uploaded. {ended.problem}", "error"
                )

    async def _whole(self, source_id: str, path: Path, request: "Request") -> Path | None:
        """Return the file to upload; corrected rows are merged into their whole source, unless declined."""
        from anaplan_tui.core.merging import MergeRefused, has_lines
        from anaplan_tui.ui.screens.merging import Whole, merge_question, which_source

        if not await asyncio.to_thread(has_lines, path):
            return path
        source = await self._desk.in_force.last_source(self._desk.chosen.model.ref, source_id)
        source, refusal = None if source is not None and source.name == path.name else source, ""
        while True:
            answer = await request.ask(merge_question(path, source, refusal))
            if answer is Whole.ONLY_ROWS:
                return path
            if answer is Whole.NOTHING:
                return None
            if answer is Whole.CHOOSE:
                near = source or self._folder / ""
                chosen = await request.ask(
                    which_source(near.parent if source else near, source.name if source else "")
                )
                if chosen is None:
                    continue
                source = chosen
            assert source is not None  # noqa: S101  # merging is offered with a source only
            try:
                merged = await self._desk.merge(source_id, source, path)
            except MergeRefused as error:
                refusal = str(error)
            else:
                self._app.say(f"✓ {merged.words}.")
                return merged.path

    def _tell(self, ended: UploadSnapshot) -> None:
        if ended.state is Send.DONE:
            note = f" {ended.note}" if ended.note else ""
            size = text.size(ended.bytes_total)
            self._app.say(f"✓ {ended.source.name} is uploaded as '{ended.name}', {size}.{note}")
        elif ended.state is Send.FAILED:
            self._app.say(f"✗ '{ended.name}' was not uploaded: {ended.problem}", "error")
        else:
            self._app.say(f"⊘ The upload of '{ended.name}' was cancelled; nothing changed.", "warning")

    async def _source_of(self, asked: UploadAsked) -> str:
        """Return the file of an import from the model's list, for a process that does not name it."""
        imports = await self._desk.catalog(Kind.IMPORT)
        source = next((item.data_source_id for item in imports if item.id == asked.import_id), None)
        if source is None or why_no_upload(Kind.IMPORT.value, source):
            raise NoSourceFile(f"Anaplan names no file that the import '{asked.import_name}' reads.")
        return source

    def _suggestion(self, asked: UploadAsked) -> tuple[Path, str]:
        """Return the directory to start in, and the name of the rows saved from the run's dump, if any."""
        if asked.saved is not None and asked.saved.is_file():
            return asked.saved.parent, asked.saved.name
        run = asked.cures
        actions = run.actions if run is not None else ()
        dump = next((a.dump.path for a in actions if a.id == asked.import_id), None)
        if dump is None or not dump.parent.is_dir():
            return self._folder, ""
        newest = newest_saved(dump)
        return dump.parent, newest.name if newest is not None else ""


def newest_saved(dump: Path) -> Path | None:
    """Return the rows last saved beside a dump for correction. Blocks on the disk."""
    from anaplan_tui.core.merging.lines import is_lines_file

    begins = f"{dump.stem}_rej"
    found = (p for p in dump.parent.glob("*.*") if p.stem.startswith(begins) and not is_lines_file(p))
    return max((p for p in found if p.is_file()), key=lambda p: p.stat().st_mtime_ns, default=None)
