"""The drill-down panel: everything known of one action, the answer first and the evidence below."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from textual.content import Content

from anaplan_tui.core import text
from anaplan_tui.core.downloads.retention import why_gone
from anaplan_tui.core.snapshots import (
    Action,
    DownloadSnapshot,
    Fetch,
    Message,
    OnDisk,
    Phase,
    RunSnapshot,
    Step,
    is_optimizer,
)
from anaplan_tui.core.verdict.compare import Change, Trend
from anaplan_tui.core.verdict.details import advice, is_item_missing, words
from anaplan_tui.core.verdict.row_counts import balances, brief
from anaplan_tui.ui import commands as c
from anaplan_tui.ui.widgets.text_pane import Hanging, TextPane
from anaplan_tui.ui.words import BAD, GOOD, LIVE, MUTED, STRONG, WARN, join, step_words

_FETCHED_AGAIN = "d fetches it again; nothing is overwritten."
_FETCHED_ANEW = "d fetches it as it is now; nothing is overwritten."
"""By then an export's file may be that of a later run."""
_SHOWN_PAIRS = 40
_LONGEST_KEY = 24
_DULL_ZEROS = frozenset(
    (
        *("successCreateCount", "successUpdateCount", "warningsRowCount", "warningsCreateCount"),
        *("warningsUpdateCount", "failedCount", "ignoredCount", "totalCreateCount", "totalUpdateCount"),
        *("invalidCount", "updatedCount", "renamedCount", "createdCount", "failureCount"),
    )
)
"""Counts that every load reports (service.md §5.5) and that say nothing while they are zero."""
_TREND_STYLES = {Trend.BETTER: GOOD, Trend.GONE: GOOD}


@dataclass(frozen=True, slots=True)
class About:
    """An action, and what is known of it beyond its run."""

    action: Action
    download: DownloadSnapshot | None = None
    """The download of its dump, or of the file that it made."""
    changes: Sequence[Change] = ()
    """What changed since the run before."""
    last_time: Action | None = None
    """The same action in the run before."""
    run_since: bool = False
    """The target was run again since, which replaced the dump."""


class ActionPanel(TextPane):
    """Shows one action; scrolls when it has the focus."""

    def __init__(self) -> None:
        super().__init__(id="panel")
        self._about = ""

    def show(self, about: "About | None", run: RunSnapshot, now: datetime) -> None:
        """Show an action of this run, or say why there is none."""
        if run.phase is Phase.UNKNOWN_START:
            lines: Sequence[Content | Hanging] = _unknown_start(run)
        else:
            lines = tuple(_lines(about, run, now)) if about else (_no_actions(run),)
        action_id = about.action.id if about else ""
        self.show_text(lines, from_top=action_id != self._about)
        self._about = action_id


def _unknown_start(run: RunSnapshot) -> Sequence[Content]:
    """What happened, what to check, and what to press, in place of the drill-down."""
    if len(run.candidates) > 1:
        found = f"{len(run.candidates)} tasks began since; Anaplan does not say who started them."
    elif run.candidates:
        found = "One task began since; it may be this one or somebody else's."
    else:
        found = "No task began since, as far as the task list could be read."
    return (
        Content.styled("Did it start?", STRONG),
        Content("The request to start it was sent once, and its answer was lost on the way."),
        Content(found),
        Content.styled("It was not sent again.", WARN),
        Content(),
        Content.styled("What to do", STRONG),
        Content(f"{c.CANDIDATES.key} shows the tasks with their times and states; choose the one to watch."),
        Content(f"If none of them is yours, it did not start: {c.RUN.key} runs it again."),
    )


def _no_actions(run: RunSnapshot) -> Content:
    if run.live:
        return Content.styled("Its actions are not known yet.", MUTED)
    return Content.styled("Anaplan said nothing about single actions.", MUTED)


def _lines(about: About, run: RunSnapshot, now: datetime) -> Iterator[Content | Hanging]:
    action = about.action
    yield Content.styled(action.name, STRONG)
    yield Content.styled(f"{action.kind} · {action.id}", MUTED)
    yield step_words(action, live=run.live)
    if action.reason:
        yield Content(action.reason)
    if is_optimizer(action) and action.verdict is not None:
        yield Content(f"{c.SOLUTION_LOG.key} shows what the optimizer said.")
    yield from (Content.styled(c.words, _TREND_STYLES.get(c.trend, WARN)) for c in about.changes)
    yield from _dump(about, run, now)
    yield from _output(action, about.download)
    yield from _unknown(action, run)
    yield from _last_time(about, run)
    yield from _times(action)
    for found in balances(action):
        yield Content.styled(f"! {found.words}", WARN) if found.odd else Content(found.words)
    if action.messages:
        yield Content()
        advised: set[str] = set()
        for message in action.messages:
            yield from _message(message, advised)


def _last_time(about: About, run: RunSnapshot) -> Iterator[Content]:
    """``Last time: ✓ completed, 4,980 rows ok in 22 s``, while the run is live."""
    last = about.last_time
    if not run.live or last is None or last.verdict is None:
        return
    said = " and ".join(filter(None, map(brief, last.tallies)))
    took = f"in {text.duration(last.duration_s)}" if last.duration_s is not None else ""
    yield join("Last time:", step_words(last, live=False), said, took, gap=" ")


def _unknown(action: Action, run: RunSnapshot) -> Iterator[Content]:
    if action.verdict is not None:
        return
    if run.live and action.step is not Step.ENDED:
        yield Content.styled("Anaplan reports an action's rows when the whole process has ended.", MUTED)
    elif not run.live:
        yield Content.styled("The result says nothing about this action.", MUTED)


def _times(action: Action) -> Iterator[Content]:
    parts = []
    if action.started_at is not None:
        parts.append(f"began {text.local_time(action.started_at)}")
    if action.duration_s is not None:
        parts.append(f"took {text.duration(action.duration_s)}")
    if parts:
        yield Content.styled(", ".join(parts), MUTED)


def _output(action: Action, download: DownloadSnapshot | None) -> Iterator[Content]:
    output = action.output
    if not output.available:
        return
    if output.path is not None and output.saved:
        yield Content.styled(f"File on disk, {text.size(output.bytes)}, exact", GOOD)
        yield Content.styled(f"  {text.home(output.path)}", MUTED)
    elif download is not None and download.live:
        yield Content.styled(f"File is being fetched, {text.size(download.bytes_done)} so far", LIVE)
    elif output.path is not None:
        yield from _not_as_it_was("File", output.path, output.on_disk, _FETCHED_ANEW)
    elif output.error:
        yield Content.styled(f"File not fetched: {output.error}", BAD)
        yield Content.styled(f"  {c.DUMP.key} tries again", MUTED)
    else:
        size = f", {text.size(output.bytes)}" if output.bytes is not None else ""
        yield Content.styled(f"It made a file{size}: {c.DUMP.key} downloads it", WARN)
        yield Content.styled("  The next run of this export replaces it.", MUTED)


def _dump(about: About, run: RunSnapshot, now: datetime) -> Iterator[Content]:
    dump, download = about.action.dump, about.download
    if not dump.available:
        return
    gone = why_gone(dump, run, now, run_since=about.run_since)
    if dump.path is not None and dump.saved:
        yield Content.styled(f"Dump on disk, {text.size(dump.bytes)}, exact", GOOD)
        yield Content.styled(f"  {text.home(dump.path)}", MUTED)
    elif download is not None and download.live:
        done = text.size(download.bytes_done)
        yield Content.styled(f"Dump is being fetched, {done} so far", LIVE)
    elif dump.path is not None:
        again = f"Anaplan cannot give it again: {gone}" if gone else _FETCHED_AGAIN
        yield from _not_as_it_was("Dump", dump.path, dump.on_disk, again)
    elif gone:
        yield Content.styled(f"Dump gone: {gone}", BAD)
        yield Content.styled(
            f"  {c.RUN.key} runs it again, which makes a new one where rows fail again.", MUTED
        )
    elif dump.error or (download is not None and download.state is Fetch.FAILED):
        yield Content.styled(f"Dump not fetched: {dump.error or (download.problem if download else '')}", BAD)
        yield Content.styled(f"  {c.DUMP.key} tries again", MUTED)
    else:
        yield Content.styled(f"Dump not on disk yet: {c.DUMP.key} downloads it", WARN)
        age = ""
        if run.ended_at is not None:
            age = f"It is {text.duration(max((now - run.ended_at).total_seconds(), 0.0))} old. "
        yield Content.styled(
            f"  {age}Anaplan removes it 48 h after the last access, when you run this again, or when the "
            "import next runs without errors.",
            MUTED,
        )


def _not_as_it_was(what: str, path: Path, on_disk: OnDisk, again: str) -> Iterator[Content]:
    """Lines about a file that was whole and is now changed or gone."""
    was = "was" if on_disk is OnDisk.CHANGED else "is"
    yield Content.styled(f"{what} {was} {text.changed_since(on_disk)}", WARN)
    yield Content.styled(f"  {text.home(path)}", MUTED)
    yield Content.styled(f"  {again}", MUTED)


def _message(message: Message, advised: set[str]) -> Iterator[Content | Hanging]:
    """``advised``: advice already given above, not to be repeated for each line item."""
    times = f"{text.count(message.occurrences)} × " if message.occurrences else ""
    yield Content.assemble((times, STRONG), words(message.type, message.text))
    told = advice(message.type, message.text)
    if told and told not in advised:
        yield Hanging(Content.styled("→ ", MUTED), Content.styled(told, MUTED))
    advised.add(told)
    if is_item_missing(message.text):
        yield Hanging(Content("→ "), Content("Here: r, then p, then for example Version=Actual."))
    if message.type:
        yield Content.styled(message.type, MUTED)
    yield from _values(message)


def _values(message: Message) -> Iterator[Content | Hanging]:
    """The pairs as a table; dull zeros are left out, and counted."""
    pairs = [(k, v) for k, v in message.values if v != "0" or k not in _DULL_ZEROS]
    zeros = len(message.values) - len(pairs)
    width = min(max((len(key) for key, _value in pairs), default=0), _LONGEST_KEY)
    for key, value in pairs[:_SHOWN_PAIRS]:
        head = Content.styled(f"  {text.middle(key, width):<{width}}  ", MUTED)
        yield Hanging(head, Content(text.NOTHING if value is None else value))
    if len(pairs) > _SHOWN_PAIRS:
        yield Content.styled(f"  and {len(pairs) - _SHOWN_PAIRS} more", MUTED)
    if zeros:
        yield Content.styled(f"  {text.plural(zeros, 'zero')} not shown", MUTED)
