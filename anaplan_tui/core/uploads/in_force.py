"""Uploads in force: files of this user that imports still read in place of whole files; shown before a run.

The service does not say which uploads it holds (service.md §8.2): only those sent from this host are known.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from anaplan_tui.api.errors import AnaplanError
from anaplan_tui.api.refs import Kind, ModelRef
from anaplan_tui.core.clock import now
from anaplan_tui.core.finding.finder import Finder
from anaplan_tui.core.journal.journal import InForce, Journal, Owner
from anaplan_tui.core.snapshots import Action, Phase, RunSnapshot, Send, UploadSnapshot
from anaplan_tui.core.store import Snapshot, Store
from anaplan_tui.core.text import ago, plural
from anaplan_tui.core.uploads import UploadRequest
from anaplan_tui.core.verdict.details import is_file_gone

log = logging.getLogger(__name__)


def rows_words(upload: InForce) -> str:
    """The number of rows, in words; empty if they were not counted."""
    if upload.rows is None:
        return ""
    return f"{'' if upload.rows_exact else 'about '}{plural(upload.rows, 'row')}"


def in_force_words(upload: InForce, at: datetime) -> str:
    """A sentence about an upload and its effect, for an operator about to run an import that reads it."""
    what = ", ".join(part for part in (upload.source.name, rows_words(upload)) if part)
    return (
        f"{upload.name}: your upload of {ago(upload.sent_at, at)} ({what}) replaces the whole file until "
        f"{ago(upload.until, at)}, 48 h after its last use."
    )


def _shown(snapshot: UploadSnapshot, upload: InForce) -> UploadSnapshot:
    return replace(snapshot, rows=rows_words(upload), sent_at=upload.sent_at, in_force_until=upload.until)


class UploadsInForce:
    """The logged-in user's uploads in the journal, with the last use by a run from here."""

    def __init__(
        self,
        journal: Journal,
        finder: Finder,
        store: Store,
        owner: Callable[[], Owner],
        model_name: Callable[[ModelRef], str],
    ) -> None:
        """``owner`` and ``model_name`` are only called when needed."""
        self._journal, self._finder, self._store = journal, finder, store
        self._owner, self._model_name = owner, model_name
        self._ours: dict[str, Phase] = {}
        """Runs that were started from here, with their last seen phase."""
        self._chores: set[asyncio.Task[None]] = set()

    async def aclose(self) -> None:
        """Wait until everything seen is recorded."""
        await asyncio.gather(*tuple(self._chores), return_exceptions=True)

    async def sent(self, request: UploadRequest, snapshot: UploadSnapshot) -> UploadSnapshot:
        """Record an upload that the service has whole; it replaces any other of the same file."""
        rows = request.source.rows
        upload = InForce(
            request.file,
            request.name,
            self._model_name(request.file.model),
            request.source.path.absolute(),
            request.source.bytes,
            None if rows is None else rows.number,
            rows is not None and rows.exact,
            now(),
        )
        await asyncio.to_thread(self._journal.uploads.put, self._owner(), upload)
        for older in self._store.uploads:
            if older.file == upload.file and older.in_force_until is not None:
                self._store.put_upload(replace(older, in_force_until=None))
        return _shown(snapshot, upload)

    async def show(self) -> None:
        """Put all uploads in force into the store, those of earlier sessions too."""
        for upload in await self.all():
            self._show(upload)

    def _show(self, upload: InForce) -> None:
        same = (u for u in self._store.uploads if (u.file, u.sent_at) == (upload.file, upload.sent_at))
        known = next(same, None)
        if known is None:
            known = UploadSnapshot(
                f"{upload.file.chunks_path} {upload.sent_at.isoformat()}",
                upload.file,
                upload.name,
                upload.source,
                state=Send.DONE,
                bytes_done=upload.bytes,
                bytes_total=upload.bytes,
            )
        self._store.put_upload(_shown(known, upload))

    async def all(self) -> tuple[InForce, ...]:
        """All uploads in force, in all models, oldest first."""
        return tuple(await asyncio.to_thread(self._journal.uploads.in_force, self._owner(), now()))

    async def last_source(self, model: ModelRef, wanted: str) -> Path | None:
        """The local file that was last uploaded as ``wanted``, while that is in force and the file exists.

        ``wanted`` is the id or name of the model's file.
        """
        uploads = [upload for upload in await self.all() if upload.file.model == model]
        newest_first = reversed(uploads)  # two files of a model may have one name
        found = next((u.source for u in newest_first if wanted in (u.file.file_id, u.name)), None)
        return found if found is not None and await asyncio.to_thread(found.is_file) else None

    async def read_by(self, model: ModelRef, actions: Sequence[Action]) -> tuple[InForce, ...]:
        """The uploads in force that these actions would read."""
        here = [upload for upload in await self.all() if upload.file.model == model]
        if not here:
            return ()
        wanted = await self._sources(model, actions)
        return tuple(upload for upload in here if upload.file.file_id in wanted)

    async def _sources(self, model: ModelRef, actions: Iterable[Action]) -> frozenset[str]:
        """The ids of the files that these actions read; the model's imports fill the gaps."""
        imports = [action for action in actions if action.kind == Kind.IMPORT.value]
        found = {action.data_source_id for action in imports if action.data_source_id}
        silent = {action.id for action in imports if not action.data_source_id}
        if silent:
            try:
                listed = await self._finder.catalog(model, Kind.IMPORT)
            except AnaplanError as error:
                log.warning("what imports read could not be learned: %s", error)
            else:
                found |= {i.data_source_id for i in listed if i.id in silent and i.data_source_id}
        return frozenset(found)

    # -- use by runs ---------------------------------------------------------------------------------

    def is_ours(self, run_id: str) -> None:
        """Note that a run, of an earlier session too, was started from here."""
        self._ours.setdefault(run_id, Phase.STARTING)

    def see(self, snapshot: Snapshot) -> None:
        """Listen to the store: a run that was started from here uses the uploads that it reads."""
        if not isinstance(snapshot, RunSnapshot):
            return
        if snapshot.phase is Phase.STARTING:
            self.is_ours(snapshot.run_id)
        elif not snapshot.live and snapshot.phase is not Phase.ENDED:
            self._ours.pop(snapshot.run_id, None)
        seen = self._ours.get(snapshot.run_id)
        if seen is None or seen is snapshot.phase or snapshot.phase not in (Phase.RUNNING, Phase.ENDED):
            return
        self._ours[snapshot.run_id] = snapshot.phase
        self._begin(self._used(snapshot))
        if not snapshot.live:
            del self._ours[snapshot.run_id]

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        chore = asyncio.create_task(work)
        self._chores.add(chore)
        chore.add_done_callback(self._chores.discard)

    async def _used(self, run: RunSnapshot) -> None:
        model, owner = run.target.model, self._owner()
        before = {upload.file: upload for upload in await self.read_by(model, run.actions)}
        if not before:
            return
        gone = [a for a in run.actions if any(is_file_gone(m.type, m.text) for m in a.messages)]
        lost = await self._sources(model, gone)
        files = [upload.file.file_id for upload in before.values()]
        await asyncio.to_thread(self._journal.uploads.used, owner, model.model_id, files, now())
        if lost:
            await asyncio.to_thread(self._journal.uploads.lost, owner, model.model_id, tuple(lost))
        for upload in await self.all():
            if upload.file in before:
                self._show(upload)
        for shown in self._store.uploads:
            if shown.file.file_id in lost and shown.file.model == model and shown.in_force_until is not None:
                self._store.put_upload(replace(shown, in_force_until=None))
