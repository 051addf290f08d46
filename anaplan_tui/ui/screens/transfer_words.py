"""The words of downloads and uploads, the lines of one list: pure functions of their snapshots."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from textual.content import Content

from anaplan_tui.core import text
from anaplan_tui.core.snapshots import DownloadSnapshot, Fetch, OnDisk, Send, UploadSnapshot
from anaplan_tui.ui import commands as c
from anaplan_tui.ui.widgets.meter import meter
from anaplan_tui.ui.words import BAD, LIVE, MUTED, WARN, fetch_words, send_words

Transfer = DownloadSnapshot | UploadSnapshot

_METER = 12
_NOT_AS_IT_WAS = {OnDisk.CHANGED: "! changed", OnDisk.MISSING: "✗ not there"}


def transfer_id(transfer: Transfer) -> str:
    """The key of a transfer's line."""
    return transfer.download_id if isinstance(transfer, DownloadSnapshot) else transfer.upload_id


def local_path(transfer: Transfer) -> Path:
    """The file on this machine: where a download is or will be, or an upload's source."""
    if isinstance(transfer, UploadSnapshot):
        return transfer.source
    return transfer.path or transfer.target


def has_failed(transfer: Transfer) -> bool:
    """Whether it failed."""
    return transfer.state in (Fetch.FAILED, Send.FAILED)


def can_be_retried(transfer: Transfer) -> bool:
    """Whether trying again makes sense."""
    if isinstance(transfer, DownloadSnapshot) and transfer.state is Fetch.DONE:
        return transfer.on_disk is not OnDisk.SAME
    return transfer.state in (Fetch.FAILED, Fetch.CANCELLED, Send.FAILED, Send.CANCELLED)


def can_be_dropped(transfer: Transfer) -> bool:
    """Whether it is live or paused, so that there is something to drop."""
    return transfer.live or transfer.state is Fetch.PAUSED


def problem_style(transfer: Transfer) -> str:
    """The colour of its problem."""
    return BAD if has_failed(transfer) else WARN


def tally(transfers: Sequence[Transfer]) -> str:
    """``total 3: 1 done, 2 going, 12.4 MB/s``; empty when there are none."""
    if not transfers:
        return ""
    counted = (
        ("done", sum(t.state in (Fetch.DONE, Send.DONE) for t in transfers)),
        ("going", sum(t.live for t in transfers)),
        ("paused", sum(t.state is Fetch.PAUSED for t in transfers)),
        ("cancelled", sum(t.state in (Fetch.CANCELLED, Send.CANCELLED) for t in transfers)),
        ("failed", sum(has_failed(t) for t in transfers)),
    )
    parts = [f"{number} {word}" for word, number in counted if number]
    rate = sum(t.rate or 0.0 for t in transfers if t.live)
    if rate:
        parts.append(text.rate(rate))
    return f"total {len(transfers)}: {', '.join(parts)} "


def file_words(transfer: Transfer, run: str) -> Content | str:
    """A file's name, with its problem, its ``run`` (empty without one) or the upload's state."""
    name = transfer.name if isinstance(transfer, DownloadSnapshot) else f"↑ {transfer.name}"
    if transfer.problem and (has_failed(transfer) or transfer.state in (Fetch.WAITING, Send.WAITING)):
        return Content.assemble(name, (f"  {transfer.problem}", problem_style(transfer)))
    about = of_upload(transfer) if isinstance(transfer, UploadSnapshot) else run
    return Content.assemble(name, (f"  ({about})", MUTED)) if about else name


def of_upload(upload: UploadSnapshot) -> str:
    """About an upload: whether imports read it now, its local file, and its rows if known."""
    stands = "in force" if upload.in_force_until is not None else ""
    return ", ".join(part for part in (stands, upload.source.name, upload.rows) if part)


def in_force_words(upload: UploadSnapshot, now: datetime) -> str:
    """An upload's effect on the user's runs, as a sentence; empty once it has none."""
    until = upload.in_force_until
    if until is None or until <= now:
        return ""
    rows = f"with {upload.rows} " if upload.rows else ""
    when = text.ago(until, now)
    return f"It replaces the whole file {rows}for your runs until {when}, 48 h after its last use."


def detail_words(transfer: Transfer, now: datetime) -> Content:
    """The details that do not fit the line: the whole problem, or the path."""
    if transfer.problem:
        return Content.styled(f"{transfer.name}: {transfer.problem}", problem_style(transfer))
    path = text.home(local_path(transfer))
    if isinstance(transfer, UploadSnapshot):
        note = f" {transfer.note}" if transfer.note else ""
        stands = in_force_words(transfer, now)
        return Content.assemble((f"{stands} " if stands else "", WARN), (f"From {path}.{note}", MUTED))
    changed = text.changed_since(transfer.on_disk)
    if changed:
        return Content.assemble((f"! {changed}; {c.RETRY.key} fetches it again. ", WARN), (path, MUTED))
    return Content.styled(path if transfer.path is not None else f"to {path}", MUTED)


def state_words(transfer: Transfer) -> Content:
    """The state, or a bar while bytes flow."""
    if transfer.state in (Fetch.FETCHING, Send.SENDING):
        return Content.styled("▶ ", LIVE) + meter(_fraction(transfer), _METER)
    if isinstance(transfer, UploadSnapshot):
        return send_words(transfer)
    if transfer.state is Fetch.DONE and transfer.on_disk is not OnDisk.SAME:
        return Content.styled(_NOT_AS_IT_WAS[transfer.on_disk], WARN)
    words = fetch_words(transfer)
    return words + Content.styled(" (kept)", MUTED) if transfer.unchanged else words


def _fraction(transfer: Transfer) -> float | None:
    if transfer.bytes_total:
        return min(transfer.bytes_done / transfer.bytes_total, 0.99)
    if transfer.chunks_total:
        return min(transfer.chunks_done / transfer.chunks_total, 0.99)
    return None


def done_words(transfer: Transfer) -> str:
    """The size done, of the total if known."""
    done = text.size(transfer.bytes_done)
    if transfer.state in (Fetch.DONE, Send.DONE) or transfer.bytes_total is None:
        return done
    is_exact = isinstance(transfer, UploadSnapshot) or transfer.total_is_exact
    return f"{done} of {'' if is_exact else '~'}{text.size(transfer.bytes_total)}"


def chunk_words(transfer: Transfer) -> str:
    """Chunks done, of how many; empty when that is not known."""
    if transfer.chunks_total is None:
        return ""
    return f"{transfer.chunks_done} of {transfer.chunks_total}"


def rate_words(transfer: Transfer) -> str:
    """The transfer rate; empty while nothing flows."""
    return text.rate(transfer.rate) if transfer.live and transfer.rate else ""


def left_words(transfer: Transfer) -> str:
    """Time left, or until the next try; empty when that is not known."""
    if transfer.retry_in_s is not None and transfer.live:
        return f"in {text.seconds(transfer.retry_in_s)}"
    return text.seconds(transfer.left_s) if transfer.left_s is not None and transfer.live else ""
