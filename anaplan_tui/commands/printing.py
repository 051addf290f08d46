"""Print results for people: tables and results on stdout, progress on stderr.

On a terminal the progress is one line that is overwritten. Elsewhere it is a line at the beginning, one at
the end and one every few seconds between. With ``--json`` only the lines between are printed, so a short
command leaves stderr empty.
"""

import contextlib
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from anaplan_tui.api.clean import clean
from anaplan_tui.ascii_face import is_unicode
from anaplan_tui.commands.saying import broken, row, say
from anaplan_tui.core.clock import now
from anaplan_tui.core.play import Play, Stage
from anaplan_tui.core.snapshots import (
    Action,
    DownloadSnapshot,
    Dump,
    Fetch,
    Match,
    Origin,
    Output,
    Phase,
    RunSnapshot,
    UploadSnapshot,
    Verified,
)
from anaplan_tui.core.store import Snapshot, Store
from anaplan_tui.core.text import (
    ago,
    cells,
    changed_since,
    duration,
    fetch_mark,
    home,
    local_stamp,
    middle,
    padded,
    percent,
    plural,
    rate,
    run_mark,
    seconds,
    send_mark,
    shortened,
    size,
    step_mark,
    verdict_mark,
)
from anaplan_tui.core.verdict.outcomes import actions_of

if TYPE_CHECKING:
    from anaplan_tui.core.doctor.examine import Check
    from anaplan_tui.core.journal.journal import JournalRun, SavedFile, Wanted
    from anaplan_tui.core.run_document import Document
    from anaplan_tui.core.uploads.prepared import Prepared

_PLAIN_EVERY_S = 5.0
_FINDINGS = 28
"""The column where the doctor's words begin."""


def json_document(document: "Document") -> None:
    """Print one document on stdout, as UTF-8, or as pure ASCII if the stream is not UTF-8."""
    from anaplan_tui.core.run_document import to_json

    text = to_json(document, ascii_only=not is_unicode(sys.stdout))
    click.echo(text.encode())


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a plain table; the last column is not padded."""
    listed = [tuple(headers), *(tuple(r) for r in rows)]
    widths = [max(cells(line[at]) for line in listed) for at in range(len(headers))]
    for line in listed:
        filled = [padded(cell, width) for cell, width in zip(line[:-1], widths, strict=False)]
        row(filled, line[-1])


def run_result(run: RunSnapshot) -> None:
    """Print a run's result: the verdict first, then each action with its dump and file."""
    symbol, word = run_mark(run)
    took = f", {duration(run.duration_s)}" if run.duration_s is not None else ""
    say(f"{symbol} {word}  {run.name}{': ' + run.reason if run.reason else ''}{took}")
    if run.task_id:
        say(f"  task {run.task_id}, started {local_stamp(run.started_at)}")
    if run.note:
        say(f"  {run.note}")
    for candidate in run.candidates:
        say(f"  candidate: task {candidate}")
    for action in actions_of(run):
        _action(action, live=run.live)


def _action(action: Action, *, live: bool) -> None:
    symbol, word = step_mark(action.step, action.verdict, live=live)
    took = f"  {duration(action.duration_s)}" if action.duration_s is not None else ""
    say(f"  {symbol} {word:<10} {action.name} ({action.kind} {action.id}){took}")
    if action.reason:
        say(f"      {action.reason}")
    if action.dump.path is not None:
        click.echo(f"      dump: {_file(action.dump)}")
    elif action.dump.error:
        say(f"      dump not downloaded: {action.dump.error}")
    elif action.dump.available:
        say("      a failure dump is available")
    if action.output.path is not None:
        click.echo(f"      file: {_file(action.output)}")
    elif action.output.error:
        say(f"      file not downloaded: {action.output.error}")


def verified_result(verified: Iterable[Verified]) -> None:
    """Print for each dump whether the service still has the same."""
    for one in verified:
        path = one.download.path
        where = home(path) if path is not None else one.download.name
        if one.match is Match.SAME:
            click.echo(f"✓ same  {where}  {size(one.download.bytes_done)}")
        else:
            word = one.match.value if one.match else "not compared"
            say(f"✗ {word}  {where}: {one.problem}")


def _file(file: Dump | Output) -> str:
    where = home(file.path) if file.path is not None else ""
    return ", ".join(part for part in (f"{where} ({size(file.bytes)})", changed_since(file.on_disk)) if part)


def downloads_result(downloads: Iterable[DownloadSnapshot]) -> None:
    """Print for each download the file, or why there is none."""
    for download in downloads:
        symbol, word = fetch_mark(download.state)
        if download.path is not None:
            kept = ", the same bytes were there already" if download.unchanged else ""
            click.echo(f"{symbol} {word}  {home(download.path)}  {size(download.bytes_done)}{kept}")
            click.echo(f"    sha256 {download.sha256}")
        else:
            say(f"{symbol} {word}  {download.name}: {download.problem}")


def _by(run: "JournalRun") -> str:
    """Return who started a run, as far as it is known."""
    if run.summary.origin is Origin.ELSEWHERE:
        return run.summary.started_by or Origin.ELSEWHERE.value
    return f"{run.who.user}@{run.who.process.machine}"


def journal_result(runs: "Sequence[JournalRun]", wanted: "Sequence[Wanted]") -> None:
    """Print the journal: its runs, then their files, then the downloads still wanted."""
    rows = [
        (
            when(run.summary.started_at),
            " ".join(run_mark(run.summary)),
            run.summary.name,
            _by(run),
            run.summary.task_id or "–",
            run.summary.reason,
        )
        for run in runs
    ]
    table(("STARTED", "STATE", "NAME", "BY", "TASK", "REASON"), rows)
    files = [(run.summary.name, file) for run in runs for file in run.files]
    if files:
        click.echo()
        found = [
            (when(file.saved_at), name, size(file.bytes), file.sha256 or "–", _where(file))
            for name, file in files
        ]
        table(("SAVED", "RUN", "SIZE", "SHA-256", "FILE"), found)
    if wanted:
        say("\nNot whole yet; the app goes on with these when it is opened:")
        for wish in wanted:
            click.echo(f"  {'⊘ paused' if wish.paused else '…'}  {wish.name}  to {home(wish.target)}")


def history_result(runs: Iterable[RunSnapshot]) -> None:
    """Print the runs of all users, one on each line."""
    rows = [
        (
            when(run.started_at),
            " ".join(run_mark(run)),
            run.name,
            duration(run.duration_s),
            run.started_by or run.origin.value,
            run.reason,
        )
        for run in runs
    ]
    table(("STARTED", "STATE", "NAME", "TOOK", "BY", "REASON"), rows)


@contextlib.contextmanager
def changing_line() -> Iterator[Callable[[str], None]]:
    """Overwrite one line on stderr; write nothing when stderr is not a terminal."""

    def show(words: str) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{words}")
            sys.stderr.flush()

    try:
        yield show
    finally:
        show("")


def _where(file: "SavedFile") -> str:
    said = changed_since(file.on_disk)
    return f"{home(file.path)}  ! {said}" if said else home(file.path)


class Progress:
    """Follows the store and reports the progress of runs and transfers on stderr."""

    def __init__(self, *, sparing: bool = False) -> None:
        """``sparing`` leaves out beginning and end when stderr is not a terminal."""
        self._terminal = sys.stderr.isatty()
        self._sparing = sparing
        self._silent = False
        self._began_at = time.monotonic()
        self._shown: dict[str, str] = {}
        """The last line of each subject: a run, an upload, all downloads together."""
        self._shown_at: dict[str, float] = {}
        self._live: set[str] = set()
        self._downloads: dict[str, DownloadSnapshot] = {}
        self._step: int | None = None
        """The step of a play that was printed last."""

    def __call__(self, snapshot: Snapshot) -> None:
        """Show a snapshot, as a listener of the store."""
        if isinstance(snapshot, RunSnapshot):
            self._show(snapshot.run_id, _run_line(snapshot), snapshot.live)
        elif isinstance(snapshot, UploadSnapshot):
            self._show(snapshot.upload_id, _upload_line(snapshot), snapshot.live)
        elif isinstance(snapshot, Play):
            self._play(snapshot)
        else:
            self._downloads[snapshot.download_id] = snapshot
            going_on = any(d.live for d in self._downloads.values())
            self._show("downloads", _downloads_line(self._downloads.values()), going_on)

    def _play(self, play: Play) -> None:
        """Print the step that begins on a line that stays; below it show what a waiting step waits for."""
        told = next((step for step in play.steps if step.number == self._step), None)
        if self._terminal and told is not None and told.stage is Stage.ENDED and told.verdict is not None:
            # A run's line is overwritten; the step's verdict stays.
            symbol, word = verdict_mark(told.verdict)
            said = f"  {symbol} {word}  {clean(told.reason)}".rstrip()
            said = "\n".join(broken(said, shutil.get_terminal_size().columns))
            self._write(f"{self._clear}{said}\n")
            self._step = None
        step = play.current
        if step is None or self._silent:
            return
        if step.number != self._step:
            self._step = step.number
            self._write(f"{self._clear}{play.place_of(step)}: {clean(step.label)}\n")
        if step.reason and step.does == "wait":
            self._show(f"{play.play_id} {step.number}", f"… {step.reason}", live=True)

    @property
    def _clear(self) -> str:
        return "\r\x1b[K" if self._terminal else ""

    def close(self) -> None:
        """Erase the line before other output follows."""
        if self._terminal and self._shown and not self._silent:
            self._write("\r\x1b[K")

    def _show(self, subject: str, line: str, live: bool) -> None:
        ended = not live and subject in self._live
        began = live and subject not in self._live
        (self._live.add if live else self._live.discard)(subject)
        if self._silent or line == self._shown.get(subject):
            return
        if self._terminal:
            width = shutil.get_terminal_size().columns - 1
            self._write(f"\r\x1b[K{shortened(line, width)}")
        else:
            turn = (began or ended) and not self._sparing
            early = time.monotonic() - self._shown_at.get(subject, self._began_at) < _PLAIN_EVERY_S
            if not turn and (early or not live):
                return
            self._write(f"{line}\n")
        self._shown[subject], self._shown_at[subject] = line, time.monotonic()

    def _write(self, text: str) -> None:
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except OSError:
            # Nobody reads stderr any more; the watching continues anyway.
            self._silent = True


@contextlib.contextmanager
def following(store: Store, *, sparing: bool) -> Iterator[None]:
    """Report on stderr what the store learns while the block runs; see :class:`Progress`."""
    progress = Progress(sparing=sparing)
    unsubscribe = store.subscribe(progress)
    try:
        yield
    finally:
        unsubscribe()
        progress.close()


@contextlib.contextmanager
def reading(doing: str = "reading") -> Iterator[Callable[[int, int], None] | None]:
    """Yield a progress callback for reading a file: bytes read, bytes in all. ``None`` without a terminal."""
    if not sys.stderr.isatty():
        yield None
        return

    def show(done: int, total: int) -> None:
        sys.stderr.write(f"\r\x1b[K{doing}  {size(done)} of {size(total)}")
        sys.stderr.flush()

    try:
        yield show
    finally:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


def _run_line(run: RunSnapshot) -> str:
    symbol, word = run_mark(run)
    if run.live and run.contact.failures and run.phase is Phase.RUNNING:
        # The last known step has no room beside that, and may be long over.
        return _outage(run, now())
    parts = [f"{symbol} {word}  {middle(run.name, 40)}"]
    if run.live:
        parts.append(" ".join(p for p in (percent(run.progress), run.current_step or "") if p))
        if run.note:
            parts.append(run.note)
        elif run.began is not None:
            parts.append(seconds((now() - run.began).total_seconds()))
    else:
        parts.append(run.reason)
    return "  ".join(p for p in parts if p)


def _outage(run: RunSnapshot, now: datetime) -> str:
    """Say how long contact has been lost, when the next try is, and how the last one failed."""
    contact = run.contact
    silent = f" for {seconds((now - contact.last_at).total_seconds())}" if contact.last_at else ""
    again = ""
    if contact.next_look_at is not None:
        again = f", next try in {seconds((contact.next_look_at - now).total_seconds())}"
    symbol, _word = run_mark(run)
    said = f"{symbol} no contact{silent}, the task goes on{again}"
    return f"{said}  {middle(run.name, 40)} ({contact.problem})"


def _downloads_line(downloads: Iterable[DownloadSnapshot]) -> str:
    listed = list(downloads)
    live = [d for d in listed if d.live]
    done = sum(1 for d in listed if d.state is Fetch.DONE)
    if not live:
        failed = sum(1 for d in listed if d.state is Fetch.FAILED)
        tail = f", {failed} failed" if failed else ""
        return f"↓ {done} of {plural(len(listed), 'file')} on disk{tail}"
    bytes_done = sum(d.bytes_done for d in listed)
    chunks = f"chunk {sum(d.chunks_done for d in listed)} of {sum(d.chunks_total or 0 for d in listed)}"
    speed = sum(d.rate or 0.0 for d in live)
    left = max((d.left_s for d in live if d.left_s is not None), default=None)
    problem = next((d.problem for d in live if d.problem), "")
    parts = [
        f"↓ {done} of {plural(len(listed), 'file')}",
        size(bytes_done),
        chunks,
        rate(speed) if speed else "",
        f"{seconds(left)} left" if left is not None else "",
        problem,
    ]
    return "  ".join(p for p in parts if p)


def _upload_line(upload: UploadSnapshot) -> str:
    symbol, word = send_mark(upload.state)
    parts = [
        f"{symbol} {word}  {middle(upload.name, 40)}",
        f"{size(upload.bytes_done)} of {size(upload.bytes_total)}",
        rate(upload.rate) if upload.rate is not None else "",
        f"{seconds(upload.left_s)} left" if upload.left_s is not None else "",
        upload.problem if upload.live else "",
    ]
    return "  ".join(p for p in parts if p)


def prepared_upload(prepared: "Prepared") -> None:
    """Print on stderr, before anything is sent, how a file fits what its import expects."""
    from anaplan_tui.core.uploads import encoding_words

    source = prepared.source
    rows = "" if source.rows is None else f", {source.rows}"
    say(
        f"{clean(source.name)}: {size(source.bytes)}, {encoding_words(source.encoding)}, "
        f"{plural(source.columns, 'column')}{rows}",
        err=True,
    )
    say(clean(prepared.replaces), err=True)
    for sentence in (*prepared.obstacles, *prepared.doubts):
        say(f"! {clean(sentence)}", err=True)


def check_line(check: "Check") -> None:
    """Print one check of the doctor: its finding, and what to do."""
    symbol = {"ok": "✓", "warning": "!", "failed": "✗"}[check.finding.value]
    say(f"{symbol} {check.finding.value:<8} {check.name:<16} {check.said}", hang=_FINDINGS)
    if check.advice:
        say(" " * _FINDINGS + check.advice)


def when(moment: datetime | None) -> str:
    """A time as a list shows it."""
    return ago(moment, datetime.now(UTC))
