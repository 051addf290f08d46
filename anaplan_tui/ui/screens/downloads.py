"""The screen of downloads and uploads: each file with its meter; a failed one says why and can be retried."""

from collections.abc import Sequence
from typing import ClassVar

from textual import events, getters, on, work
from textual.app import ComposeResult
from textual.content import Content
from typing_extensions import override

from anaplan_tui.api.refs import DumpRef
from anaplan_tui.core import text
from anaplan_tui.core.snapshots import DownloadSnapshot, Fetch, UploadSnapshot
from anaplan_tui.core.store import Snapshot
from anaplan_tui.ui import commands as c
from anaplan_tui.ui.place import ListPlace, bold
from anaplan_tui.ui.screens.transfer_words import (
    Transfer,
    can_be_dropped,
    can_be_retried,
    chunk_words,
    detail_words,
    done_words,
    file_words,
    left_words,
    local_path,
    rate_words,
    state_words,
    tally,
    transfer_id,
)
from anaplan_tui.ui.widgets.keyed_table import Column, KeyedTable
from anaplan_tui.ui.widgets.lines import Detail

_NO_RUN = "It belongs to no run."


class DownloadsScreen(ListPlace[Transfer]):
    """Lists the downloads and uploads that the store holds."""

    NAME = "downloads"
    NO_LINE = "There is no file in the list."
    HERE = (
        c.PAUSE,
        c.RETRY,
        c.DROP,
        c.OPEN_RUN,
        c.TRIAGE,
        *c.LISTS,
        c.BACK,
        *(command for command in c.EVERYWHERE if command is not c.DOWNLOADS),
    )
    BINDINGS = c.bindings(HERE)
    CSS_PATH: ClassVar[str] = "catalog.tcss"

    _detail = getters.query_one(Detail)

    @override
    def make_table(self) -> KeyedTable[Transfer]:
        return KeyedTable(
            self._columns(),
            key=transfer_id,
            match=lambda transfer: f"{transfer.name} {local_path(transfer)}",
            empty="Nothing was downloaded since the app was opened, and no upload of yours is in force.\n\n"
            f"{c.DUMPS.key} on a run fetches all of its dumps; {c.UPLOAD.key} on an import uploads its file.",
        )

    @override
    def body(self) -> ComposeResult:
        yield from super().body()
        yield Detail()

    @override
    def place_name(self) -> str:
        return "downloads"

    @on(KeyedTable.Moved)
    def _show_detail(self) -> None:
        transfer = self.current
        self._detail.show(detail_words(transfer, self.tui.now()) if transfer is not None else "")
        self.refresh_keys()

    @override
    def desk_opened(self) -> None:
        self._load()
        self.refresh_title()
        self.refresh_keys()
        self._look()

    @on(events.ScreenResume)
    def _shown_again(self) -> None:
        if self.tui.desk is not None:
            self._look()

    @work(group="look")
    async def _look(self) -> None:
        """Check which files are no longer what was fetched."""
        await self.desk.dumps.looks.at_downloads()

    def _load(self) -> None:
        """List the uploads, then the downloads, the newest first."""
        store = self.desk.store
        self.table.show((*reversed(store.uploads), *reversed(store.downloads)))

    @override
    def snapshot_arrived(self, snapshot: Snapshot) -> None:
        if isinstance(snapshot, DownloadSnapshot | UploadSnapshot):
            if not self.table.update(snapshot):
                self._load()
            self.refresh_title()
            self._show_detail()

    @override
    def heading(self) -> Content | str:
        return bold("Downloads")

    @override
    def heading_right(self) -> Content | str:
        return tally(self.table.items)

    def _columns(self) -> tuple[Column[Transfer], ...]:
        return (
            Column("FILE", self._file, share=2, sort=lambda d: d.name.casefold()),
            Column("STATE", state_words, width=14, sort=lambda d: d.state),
            Column("DONE", done_words, width=18, sort=lambda d: d.bytes_done, descending=True),
            Column("CHUNKS", chunk_words, width=9, from_width=96),
            Column("RATE", rate_words, width=10, right=True, from_width=96),
            Column("LEFT", left_words, width=8, right=True),
        )

    def _file(self, transfer: Transfer) -> Content | str:
        run = self.desk.store.run(transfer.run_id) if transfer.run_id else None
        return file_words(transfer, f"{run.name} {text.ago(run.started_at, self.tui.now())}" if run else "")

    # -- commands ----------------------------------------------------------------------------------

    @property
    def current(self) -> Transfer | None:
        """The highlighted download or upload."""
        return self.table.current

    def why_not_pause(self) -> str:
        """Needs a download that has not ended."""
        transfer = self.current
        if transfer is None:
            return self.why_no_line()
        if isinstance(transfer, UploadSnapshot):
            return "An upload is not paused; cancelled, it can be tried again."
        return "" if can_be_dropped(transfer) else "It has ended; there is nothing to pause."

    async def do_pause(self) -> None:
        """Pause or resume the download; its chunks stay."""
        transfer = self.current
        if not isinstance(transfer, DownloadSnapshot):
            return
        if transfer.state is Fetch.PAUSED:
            self.desk.dumps.resume(transfer.download_id)
        else:
            await self.desk.dumps.pause(transfer.download_id)

    def why_not_retry(self) -> str:
        """Needs a transfer that failed, was cancelled or changed; an upload, also a writable profile."""
        transfer = self.current
        if transfer is None:
            return self.why_no_line()
        if not can_be_retried(transfer):
            return "Only what failed, was cancelled or was changed since can be fetched again."
        if isinstance(transfer, UploadSnapshot) and self.desk.profile.read_only:
            return f"Profile '{self.desk.profile.name}' is read-only: no upload from here."
        return ""

    def do_retry(self) -> None:
        """Try again; a download resumes after the chunks that it has."""
        transfer = self.current
        if isinstance(transfer, UploadSnapshot):
            self.desk.uploads.retry(transfer.upload_id)
        elif transfer is not None:
            self.desk.dumps.resume(transfer.download_id)

    def why_not_drop(self) -> str:
        """Needs a transfer that is live or paused, or a failed download."""
        transfer = self.current
        if transfer is None:
            return self.why_no_line()
        # A failed download is tried again when the app is opened again, unless somebody drops it.
        if can_be_dropped(transfer) or transfer.state is Fetch.FAILED:
            return ""
        return "It has ended; there is nothing to cancel."

    async def do_drop(self) -> None:
        """Cancel the transfer; the run that it belongs to is untouched."""
        transfer = self.current
        if isinstance(transfer, UploadSnapshot):
            await self.desk.uploads.cancel(transfer.upload_id)
        elif transfer is not None:
            await self.desk.dumps.cancel(transfer.download_id)

    def why_not_open(self) -> str:
        """Needs a transfer that belongs to a run."""
        transfer = self.current
        if transfer is None:
            return self.why_no_line()
        return _NO_RUN if transfer.run_id is None else ""

    def do_open(self) -> None:
        """Open the run that the file belongs to."""
        transfer = self.current
        if transfer is not None and transfer.run_id is not None:
            self.jobs.runs.open_run_by_id(transfer.run_id)

    def why_not_triage(self) -> str:
        """Needs a failure dump: only dumps have rows with errors."""
        transfer = self.current
        if transfer is None:
            return self.why_no_line()
        if not (isinstance(transfer, DownloadSnapshot) and isinstance(transfer.source, DumpRef)):
            return "It is no failure dump; triage groups the rows of dumps."
        return _NO_RUN if transfer.run_id is None else ""

    def do_triage(self) -> None:
        """Show the dump's rows by error, after fetching what is missing."""
        transfer = self.current
        if not isinstance(transfer, DownloadSnapshot) or transfer.run_id is None:
            return
        if isinstance(transfer.source, DumpRef):
            self.jobs.dumps.triage(transfer.run_id, transfer.source.object_id)

    @override
    async def do_refresh(self) -> None:
        self.desk_opened()

    @override
    def copyable(self) -> Sequence[tuple[str, str]]:
        transfer = self.current
        if transfer is None:
            return ()
        sha256 = transfer.sha256 if isinstance(transfer, DownloadSnapshot) else None
        return (
            ("path", str(local_path(transfer))),
            ("sha-256", sha256 or ""),
            ("name", transfer.name),
            ("problem", transfer.problem),
        )
