"""The failure dumps of runs, onto disk: what to fetch, where it goes, and who is told when it is there."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from anaplan_tui.api.refs import DumpRef, FileRef
from anaplan_tui.core.downloads import (
    ChunkClient,
    Connections,
    DownloadRequest,
    Downloads,
    Receipt,
    Terms,
    Traces,
    dump_name,
    run_folder,
)
from anaplan_tui.core.journal import Journal
from anaplan_tui.core.report import write_run_json
from anaplan_tui.core.runs import now
from anaplan_tui.core.snapshots import Action, DownloadSnapshot, Dump, Fetch, RunSnapshot, Verdict
from anaplan_tui.core.store import Store
from anaplan_tui.settings import Downloads as Wishes

log = logging.getLogger(__name__)


class NoDumps(Exception):
    """There is nothing to download; the message says why."""


class Capture:
    """Fetches dumps by the download queue, and tells run, ``run.json`` and journal about each."""

    def __init__(
        self,
        client: ChunkClient,
        journal: Journal,
        store: Store,
        wishes: Wishes,
        *,
        service: str,
        parts_dir: Path,
        directory: Path,
    ) -> None:
        """``service`` is the API's base URL; ``directory`` is where the folders of models are made."""
        self._journal, self._store = journal, store
        self.directory = directory
        self.downloads = Downloads(
            client,
            store,
            Terms(parts_dir, Connections(wishes.connections), wishes.window),
            service=service,
            on_finished=self._download_finished,
        )
        self._chores: set[asyncio.Task[Any]] = set()

    async def aclose(self) -> None:
        """Stop fetching and keep the parts; what is on disk already is still written down."""
        await self.downloads.aclose()
        await asyncio.gather(*self._chores, return_exceptions=True)

    def fetch_dumps(self, run_id: str, object_ids: Sequence[str] | None = None) -> tuple[str, ...]:
        """Queue the dumps of a run (or of some of its actions); returns the ids of the downloads.

        One that is on disk already, unchanged, is done without a request to the service.

        Raises:
            NoDumps: with the reason.
        """
        run = self._store.run(run_id)
        if run is None or run.task is None:
            raise NoDumps("This run has no task, so it has no dumps.")
        wanted = [a for a in run.actions if a.dump.available and (object_ids is None or a.id in object_ids)]
        if not wanted:
            raise NoDumps(_why_no_dumps(run, object_ids))
        folder = self.folder(run)
        return tuple(
            self.downloads.enqueue(
                DownloadRequest(
                    source=DumpRef(run.task, action.id),
                    name=action.name,
                    target=folder / dump_name(action.name, action.id),
                    base=self.directory,
                    run_id=run_id,
                    traces=partial(self._traces, run),
                    saved=partial(self._saved, run, action),
                )
            )
            for action in wanted
        )

    def fetch_output(self, run_id: str, action_id: str, target: Path | None = None) -> str:
        """Queue the file that an export of the run made; returns the id of the download.

        The file is the export's, not the task's (§8.3): a later run of the export replaces it.

        Args:
            target: where it goes, instead of beside the run's dumps.

        Raises:
            NoDumps: the action made no file.
        """
        run = self._store.run(run_id)
        action = next((a for a in run.actions if a.id == action_id), None) if run else None
        if run is None or action is None or not action.output.available:
            raise NoDumps("This action has no file to fetch: only exports that succeeded have one.")
        goal = target or self.folder(run) / output_name(action)
        return self.downloads.enqueue(
            DownloadRequest(
                source=FileRef(run.target.model, action.id),
                name=action.name,
                target=goal,
                base=None if target else self.directory,
                run_id=run_id,
                size_hint=action.output.bytes,
                edition=run.task_id,
            )
        )

    def folder(self, run: RunSnapshot) -> Path:
        """Where the files of a run go (design §1.5)."""
        started = _began(run)
        return run_folder(
            self.directory,
            run.model_name or run.target.model.model_id,
            run.name,
            started,
            run.task_id or run.run_id,
        )

    def _download_finished(self, download: DownloadSnapshot) -> None:
        """Tell the run, ``run.json`` and the journal about a download that ended."""
        run = self._store.run(download.run_id) if download.run_id else None
        if run is not None:
            run = replace(run, actions=tuple(_with(a, download) for a in run.actions))
            self._store.put_run(run)
        chore = asyncio.create_task(self._record(run, download))
        self._chores.add(chore)
        chore.add_done_callback(self._chores.discard)

    async def _record(self, run: RunSnapshot | None, download: DownloadSnapshot) -> None:
        if run is not None and download.path is not None and download.path.parent == self.folder(run):
            try:
                await asyncio.to_thread(write_run_json, download.path.parent, run)
            except OSError as error:
                log.warning("run.json not written beside %s: %s", download.path, error)
        if download.state is Fetch.DONE:
            write = (
                self._journal.file_saved
                if isinstance(download.source, FileRef)
                else partial(self._journal.dump_saved, download.run_id)
            )
            await asyncio.to_thread(write, download)

    async def _saved(self, run: RunSnapshot, action: Action) -> list[Receipt]:
        """Where the dump of an action was put before: by this session, or by any that wrote it down."""
        known = await asyncio.to_thread(self._journal.run, run.run_id)
        if known is None and run.task_id is not None:
            known = await asyncio.to_thread(self._journal.by_task, run.task_id)
        files = () if known is None else known.files
        found = [
            _receipt(file.path, file.bytes, file.sha256, file.chunks)
            for file in files
            if (file.task_id, file.object_id) == (run.task_id, action.id)
        ]
        dump = action.dump
        return [
            receipt
            for receipt in (_receipt(dump.path, dump.bytes, dump.sha256, dump.chunks), *found)
            if receipt
        ]

    async def _traces(self, run: RunSnapshot) -> Traces:
        """What the journal can say about a dump that the service no longer has (§7.4)."""
        last = await asyncio.to_thread(self._journal.last_run, run.target)
        known = await asyncio.to_thread(self._journal.run, run.run_id)
        later = last is not None and last.run_id != run.run_id and last.created_at > _began(run)
        own = known is not None and not known.adopted
        return Traces(ended_at=run.ended_at, later_run=True if later else None, own_run=True if own else None)

    async def settled(self, download_ids: Sequence[str]) -> tuple[DownloadSnapshot, ...]:
        """Wait until downloads have ended, and what they change is on disk."""
        ended = await self.downloads.wait(download_ids)
        await asyncio.gather(*tuple(self._chores))
        return ended


def _began(run: RunSnapshot) -> datetime:
    return run.started_at or run.contact.last_at or now()


def output_name(action: Action) -> str:
    """The file name of an export's output: the name the export gave it, else the action's, as CSV."""
    said = (v for m in action.messages for k, v in m.values if k == "exportName" and v)
    name = next(said, action.name)
    suffix = Path(name).suffix
    known = suffix if suffix[1:].isalnum() and len(suffix) <= 6 else ".csv"
    return dump_name(name.removesuffix(known), action.id, known)


def _receipt(path: Path | None, size: int | None, sha256: str | None, chunks: int | None) -> Receipt | None:
    """What is known of a file that was whole; ``None`` where it cannot be compared."""
    if path is None or size is None or sha256 is None or chunks is None:
        return None
    return Receipt(path, size, sha256, chunks)


def _with(action: Action, download: DownloadSnapshot) -> Action:
    """The action with what became of a download, if it is a download of its own."""
    source = download.source
    if isinstance(source, DumpRef) and source.object_id == action.id:
        return replace(action, dump=_fetched(action.dump, download))
    if isinstance(source, FileRef) and source.file_id == action.id:
        if download.state is not Fetch.DONE:
            return replace(action, output=replace(action.output, error=download.problem))
        done = replace(
            action.output, path=download.path, bytes=download.bytes_done, sha256=download.sha256, error=None
        )
        return replace(action, output=done)
    return action


def _fetched(dump: Dump, download: DownloadSnapshot) -> Dump:
    if download.state is Fetch.DONE:
        return replace(
            dump,
            path=download.path,
            bytes=download.bytes_done,
            sha256=download.sha256,
            chunks=download.chunks_total,
            error=None,
        )
    return replace(dump, error=download.problem or download.state.value)


def _why_no_dumps(run: RunSnapshot, object_ids: Sequence[str] | None) -> str:
    if run.live:
        return "The run has not ended; Anaplan tells about dumps when it has."
    if object_ids:
        return (
            "This action has no dump: only imports that rejected rows or loaded them with warnings have one."
        )
    if run.verdict is Verdict.UNKNOWN:
        return "The result of this run is unknown, and with it its dumps."
    return "No action of this run has a dump."
