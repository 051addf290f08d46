"""Downloads: each dump or file with its meter; what failed says why and can be tried again."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.content import Content

from anaplan_tui.api.refs import DumpRef
from anaplan_tui.core import text
from anaplan_tui.core.snapshots import DownloadSnapshot, Fetch
from anaplan_tui.core.store import Snapshot
from anaplan_tui.ui import commands as c
from anaplan_tui.ui.place import ListPlace, bold
from anaplan_tui.ui.widgets.keyed_table import Column, KeyedTable
from anaplan_tui.ui.widgets.lines import Detail
from anaplan_tui.ui.widgets.meter import meter
from anaplan_tui.ui.words import BAD, LIVE, MUTED, WARN, fetch_words


class DownloadsScreen(ListPlace):
    """Renders the downloads that the store holds."""

    NAME = "downloads"
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

    def make_table(self) -> KeyedTable[DownloadSnapshot]:
        return KeyedTable(
            self._columns(),
            key=lambda download: download.download_id,
            match=lambda download: f"{download.name} {download.target}",
            empty="Nothing was downloaded since the app was opened.\n\nD on a run fetches all of its dumps.",
        )

    def body(self) -> ComposeResult:
        yield from super().body()
        yield Detail()

    def place_name(self) -> str:
        return "downloads"

    @on(KeyedTable.Moved)
    def _show_detail(self) -> None:
        download = self.current
        detail = self.query_one(Detail)
        if download is None:
            detail.show("")
        elif download.problem:
            style = BAD if download.state is Fetch.FAILED else WARN
            detail.show(Content.styled(f"{download.name}: {download.problem}", style))
        elif download.path is not None:
            detail.show(Content.styled(text.home(download.path), MUTED))
        else:
            detail.show(Content.styled(f"to {text.home(download.target)}", MUTED))
        self.refresh_keys()

    def desk_opened(self) -> None:
        self.table.show(reversed(self.desk.store.downloads))
        self.refresh_title()
        self.refresh_keys()

    def snapshot_arrived(self, snapshot: Snapshot) -> None:
        if isinstance(snapshot, DownloadSnapshot):
            if not self.table.update(snapshot):
                self.table.show(reversed(self.desk.store.downloads))
            self.refresh_title()
            self._show_detail()

    def heading(self) -> Content | str:
        return bold("Downloads")

    def heading_right(self) -> Content | str:
        downloads = self.table.items
        if not downloads:
            return ""
        parts = [
            f"{number} {word}"
            for word, number in (
                ("done", sum(1 for d in downloads if d.state is Fetch.DONE)),
                ("going", sum(1 for d in downloads if d.live)),
                ("paused", sum(1 for d in downloads if d.state is Fetch.PAUSED)),
                ("failed", sum(1 for d in downloads if d.state is Fetch.FAILED)),
            )
            if number
        ]
        rate = sum(d.rate or 0.0 for d in downloads if d.live)
        if rate:
            parts.append(text.rate(rate))
        return f"total {len(downloads)}: {', '.join(parts)} "

    def _columns(self) -> tuple[Column[DownloadSnapshot], ...]:
        return (
            Column("FILE", self._file, share=2, sort=lambda d: d.name.casefold()),
            Column("STATE", _state, width=14, sort=lambda d: d.state),
            Column("DONE", _done, width=18, sort=lambda d: d.bytes_done, descending=True),
            Column("CHUNKS", _chunks, width=9, from_width=96),
            Column("RATE", _rate, width=10, right=True, from_width=96),
            Column("LEFT", _left, width=8, right=True),
        )

    def _file(self, download: DownloadSnapshot) -> Content | str:
        if download.problem and download.state in (Fetch.FAILED, Fetch.WAITING):
            style = BAD if download.state is Fetch.FAILED else WARN
            return Content.assemble(download.name, (f"  {download.problem}", style))
        run = self.desk.store.run(download.run_id) if download.run_id else None
        if run is None:
            return download.name
        when = text.ago(run.started_at, self.tui.now())
        return Content.assemble(download.name, (f"  ({run.name} {when})", MUTED))

    # -- commands ----------------------------------------------------------------------------------

    @property
    def current(self) -> DownloadSnapshot | None:
        download = self.table.current
        return download if isinstance(download, DownloadSnapshot) else None

    def why_not(self, command: c.Command) -> str:
        if command.id not in ("open", "pause", "retry", "drop", "triage"):
            return ""
        download = self.current
        if download is None:
            return "There is no download in the list."
        if command.id == "triage" and not isinstance(download.source, DumpRef):
            return "It is no failure dump; triage groups the rows of dumps."
        if command.id in ("open", "triage") and download.run_id is None:
            return "It belongs to no run."
        if command.id == "pause" and not (download.live or download.state is Fetch.PAUSED):
            return "It has ended; there is nothing to pause."
        if command.id == "retry" and download.state not in (Fetch.FAILED, Fetch.CANCELLED):
            return "Only a failed or cancelled download can be tried again."
        if command.id == "drop" and not (download.live or download.state is Fetch.PAUSED):
            return "It has ended; there is nothing to cancel."
        return ""

    async def do_pause(self) -> None:
        download = self.current
        if download is None:
            return
        if download.state is Fetch.PAUSED:
            self.desk.downloads.resume(download.download_id)
        else:
            await self.desk.downloads.pause(download.download_id)

    def do_retry(self) -> None:
        if self.current is not None:
            self.desk.downloads.retry(self.current.download_id)

    async def do_drop(self) -> None:
        if self.current is not None:
            await self.desk.downloads.cancel(self.current.download_id)

    async def do_open(self) -> None:
        if self.current is not None and self.current.run_id is not None:
            await self.tui.open_run(self.current.run_id)

    def do_triage(self) -> None:
        download = self.current
        if download is None or download.run_id is None or self.tui.jobs is None:
            return
        if isinstance(download.source, DumpRef):
            self.tui.jobs.triage(download.run_id, download.source.object_id)

    async def do_refresh(self) -> None:
        self.desk_opened()

    def copyable(self) -> Sequence[tuple[str, str]]:
        download = self.current
        if download is None:
            return ()
        return (
            ("path", str(download.path or download.target)),
            ("sha-256", download.sha256 or ""),
            ("name", download.name),
            ("problem", download.problem),
        )


def _state(download: DownloadSnapshot) -> Content:
    if download.state is Fetch.FETCHING:
        return Content.styled("▶ ", LIVE) + meter(_fraction(download), 12)
    words = fetch_words(download)
    return words + Content.styled(" (kept)", MUTED) if download.unchanged else words


def _fraction(download: DownloadSnapshot) -> float | None:
    if download.bytes_total:
        return min(download.bytes_done / download.bytes_total, 0.99)
    if download.chunks_total:
        return min(download.chunks_done / download.chunks_total, 0.99)
    return None


def _done(download: DownloadSnapshot) -> str:
    done = text.size(download.bytes_done)
    if download.state is Fetch.DONE or download.bytes_total is None:
        return done
    about = "" if download.total_is_exact else "~"
    return f"{done} of {about}{text.size(download.bytes_total)}"


def _chunks(download: DownloadSnapshot) -> str:
    if download.chunks_total is None:
        return ""
    return f"{download.chunks_done} of {download.chunks_total}"


def _rate(download: DownloadSnapshot) -> str:
    return text.rate(download.rate) if download.live and download.rate else ""


def _left(download: DownloadSnapshot) -> str:
    if download.retry_in_s is not None and download.live:
        return f"in {text.seconds(download.retry_in_s)}"
    return text.seconds(download.left_s) if download.left_s is not None and download.live else ""
