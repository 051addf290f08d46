"""Verify dumps on disk against the service, chunk by chunk, to prove that they are exact."""

import asyncio
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from anaplan_tui.api.errors import NotFound
from anaplan_tui.api.refs import DumpRef
from anaplan_tui.core.clock import now
from anaplan_tui.core.downloads import Receipt, Terms, dump_name
from anaplan_tui.core.downloads.errors import gone
from anaplan_tui.core.downloads.verify import compare
from anaplan_tui.core.dumps.traces import traces_of
from anaplan_tui.core.journal.journal import Journal
from anaplan_tui.core.journal.wanted import Asked
from anaplan_tui.core.snapshots import Action, DownloadSnapshot, Fetch, Match, RunSnapshot, Verified
from anaplan_tui.core.text import plural

if TYPE_CHECKING:
    from anaplan_tui.core.dumps.capture import Capture, Service


class Verifier:
    """Compares the dumps of runs with what the service has."""

    def __init__(self, client: "Service", journal: Journal, capture: "Capture", terms: Terms) -> None:
        self._client, self._journal, self._capture, self._terms = client, journal, capture, terms

    async def verify(
        self,
        run_id: str,
        object_ids: Sequence[str] | None = None,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> tuple[Verified, ...]:
        """Compare dumps on disk with the service's, whose chunks are read a second time.

        A file on disk is compared as it is, even if it was changed; a missing one is fetched first.

        Raises:
            NoDumps: with the reason.
            AnaplanError: the service did not answer.
        """
        run, wanted = self._capture.with_dumps(run_id, object_ids)
        found = {action.id: await self._file_of(run, action) for action in wanted}
        missing = [action_id for action_id, file in found.items() if file is None]
        fetched = await self._capture.settled(self._capture.fetch_dumps(run_id, missing)) if missing else ()
        came = {d.source.object_id: d for d in fetched if isinstance(d.source, DumpRef)}
        return tuple(
            [await self._compare(run, found[action.id] or came[action.id], on_progress) for action in wanted]
        )

    async def _file_of(self, run: RunSnapshot, action: Action) -> DownloadSnapshot | None:
        """The newest file on disk of an action's dump, changed or not; one in the run's folder wins."""
        assert run.task is not None, "a dump has a task"  # noqa: S101
        folder = self._capture.folder(run)
        target = folder / dump_name(action.name, action.id)
        known = await self._capture.saved(run, Asked.DUMP, action.id)

        def look() -> Receipt | None:
            there = [receipt for receipt in known if receipt.path.is_file()]
            here = [receipt for receipt in there if receipt.lies_in(folder)]
            if here or there:
                return (here or there)[-1]
            return Receipt(target, target.stat().st_size, "", 0) if target.is_file() else None

        receipt = await asyncio.to_thread(look)
        if receipt is None:
            return None
        return DownloadSnapshot(
            uuid.uuid4().hex,
            DumpRef(run.task, action.id),
            action.name,
            target,
            run_id=run.run_id,
            state=Fetch.DONE,
            bytes_done=receipt.bytes,
            chunks_total=receipt.chunks or None,
            path=receipt.path,
            sha256=receipt.sha256 or None,
        )

    async def _compare(
        self,
        run: RunSnapshot,
        file: DownloadSnapshot,
        on_progress: Callable[[int, int], None] | None,
    ) -> Verified:
        if file.path is None:
            return Verified(file, problem=file.problem or "not downloaded")
        try:
            compared = await compare(self._client, file.source, file.path, self._terms, on_progress)
        except NotFound:
            known = await traces_of(self._client, self._journal, run)
            why = gone(f"compare {file.path.name}", file.source, known, now())
            return Verified(file, Match.GONE, problem=why.said)
        at = compared.different_at
        if at is None:
            return Verified(replace(file, chunks_total=compared.chunks), Match.SAME)
        where = (
            f"different at chunk {at} of {compared.chunks}, counted from 0"
            if at < compared.chunks
            else f"the file goes on behind the last of {plural(compared.chunks, 'chunk')}"
        )
        return Verified(file, Match.DIFFERENT, at, where)
