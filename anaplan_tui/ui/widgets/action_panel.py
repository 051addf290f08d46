"""The drill-down: everything that is known of one action, the answer first and the evidence below."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from textual.content import Content

from anaplan_tui.core import text
from anaplan_tui.core.compare import Change, Trend
from anaplan_tui.core.details import Class, explain
from anaplan_tui.core.row_counts import balance
from anaplan_tui.core.snapshots import Action, DownloadSnapshot, Fetch, Message, Phase, RunSnapshot, Step
from anaplan_tui.ui.widgets.text_pane import TextPane
from anaplan_tui.ui.words import BAD, GOOD, LIVE, MUTED, STRONG, WARN, step_words

_SHOWN_PAIRS = 40
_ODD_ROWS = "Rows do not add up"
_ZERO_IS_NEWS = ("successRowCount", "totalRowCount")


class ActionPanel(TextPane):
    """Shows one action; scrolls when it has the focus."""

    def __init__(self) -> None:
        super().__init__(id="panel")
        self._about = ""

    def show(
        self,
        action: Action | None,
        run: RunSnapshot,
        download: DownloadSnapshot | None,
        changes: Sequence[Change],
        now: datetime,
    ) -> None:
        """Show this action of this run; ``changes`` is what it did otherwise than in the run before."""
        if run.phase is Phase.UNKNOWN_START:
            content = _unknown_start(run)
        else:
            lines = _about(action, run, download, changes, now) if action else (_no_actions(run),)
            content = Content("\n").join(lines)
        about = action.id if action else ""
        self.show_text(content, from_top=about != self._about)
        self._about = about


def _unknown_start(run: RunSnapshot) -> Content:
    """What happened, what to check, and what to press, where the drill-down stands otherwise."""
    if len(run.candidates) > 1:
        found = f"{len(run.candidates)} tasks began since; Anaplan does not say who started them."
    elif run.candidates:
        found = "One task began since; it may be this one or somebody else's."
    else:
        found = "No task began since, as far as the task list could be read."
    lines = [
        Content.styled("Did it start?", STRONG),
        Content("The request to start it was sent once, and its answer was lost on the way."),
        Content(found),
        Content.styled("It was not sent again.", WARN),
        Content(),
        Content.styled("What to do", STRONG),
        Content("c shows the tasks with their times and states; choose the one to watch."),
        Content("If none of them is yours, it did not start: r runs it again."),
    ]
    return Content("\n").join(lines)


def _no_actions(run: RunSnapshot) -> Content:
    if run.live:
        return Content.styled("Its actions are not known yet.", MUTED)
    return Content.styled("Anaplan said nothing about single actions.", MUTED)


def _about(
    action: Action,
    run: RunSnapshot,
    download: DownloadSnapshot | None,
    changes: Sequence[Change],
    now: datetime,
) -> Iterator[Content]:
    yield Content.styled(action.name, STRONG)
    yield Content.styled(f"{action.kind} · {action.id}", MUTED)
    yield step_words(action, live=run.live)
    if action.reason:
        yield Content(action.reason)
    yield from (_change(change) for change in changes)
    yield from _dump(action, run, download, now)
    yield from _output(action, download)
    yield from _unknown(action, run)
    yield from _times(action)
    rows = balance(action.counts)
    if rows:
        odd = rows.startswith(_ODD_ROWS)
        yield Content.styled(f"! {rows}", WARN) if odd else Content(rows)
    if action.messages:
        yield Content()
        for message in action.messages:
            yield from _message(message)


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
        parts.append(f"began {text.stamp(action.started_at)[11:]}")
    if action.duration_s is not None:
        parts.append(f"took {text.duration(action.duration_s)}")
    if parts:
        yield Content.styled(", ".join(parts), MUTED)


def _change(change: Change) -> Content:
    """Good and bad news, told apart by more than colour."""
    if change.trend in (Trend.BETTER, Trend.GONE):
        return Content.styled(f"↓ {change.sentence}", GOOD)
    return Content.styled(f"↑ {change.sentence}", WARN)


def _output(action: Action, download: DownloadSnapshot | None) -> Iterator[Content]:
    output = action.output
    if not output.available:
        return
    if output.path is not None:
        yield Content.styled(f"File on disk, {text.size(output.bytes)}, exact", GOOD)
        yield Content.styled(f"  {text.home(output.path)}", MUTED)
    elif download is not None and download.live:
        yield Content.styled(f"File is being fetched, {text.size(download.bytes_done)} so far", LIVE)
    elif output.error:
        yield Content.styled(f"File not fetched: {output.error}", BAD)
        yield Content.styled("  d tries again", MUTED)
    else:
        size = f", {text.size(output.bytes)}" if output.bytes is not None else ""
        yield Content.styled(f"It made a file{size}: d downloads it", WARN)
        yield Content.styled("  The next run of this export replaces it.", MUTED)


def _dump(
    action: Action, run: RunSnapshot, download: DownloadSnapshot | None, now: datetime
) -> Iterator[Content]:
    dump = action.dump
    if not dump.available:
        return
    if dump.path is not None:
        yield Content.styled(f"Dump on disk, {text.size(dump.bytes)}, exact", GOOD)
        yield Content.styled(f"  {text.home(dump.path)}", MUTED)
    elif download is not None and download.live:
        done = text.size(download.bytes_done)
        yield Content.styled(f"Dump is being fetched, {done} so far", LIVE)
    elif dump.error or (download is not None and download.state is Fetch.FAILED):
        yield Content.styled(f"Dump not fetched: {dump.error or (download.problem if download else '')}", BAD)
        yield Content.styled("  d tries again", MUTED)
    else:
        yield Content.styled("Dump not on disk yet: d downloads it", WARN)
        age = ""
        if run.ended_at is not None:
            age = f"It is {text.duration(max((now - run.ended_at).total_seconds(), 0.0))} old. "
        yield Content.styled(
            f"  {age}Anaplan removes it 48 h after the last access, when you run this again, or when the "
            "import next runs without errors.",
            MUTED,
        )


def _message(message: Message) -> Iterator[Content]:
    known = explain(message.type)
    times = f"{text.count(message.occurrences)} × " if message.occurrences else ""
    said = message.text.strip() or known.meaning or message.type
    yield Content.assemble((times, STRONG), said)
    if known.cls in (Class.FAILURE, Class.ROWS):
        advice = " ".join(part for part in (known.meaning, known.cure) if part and part != said)
        if advice:
            yield Content.styled(f"→ {advice}", MUTED)
    yield Content.styled(message.type, MUTED)
    yield from _values(message)


def _values(message: Message) -> Iterator[Content]:
    """The pairs as a table; counts of zero are left out, there are a dozen of them."""
    pairs = [(k, v) for k, v in message.values if v != "0" or k in _ZERO_IS_NEWS]
    width = min(max((len(key) for key, _value in pairs), default=0), 24)
    for key, value in pairs[:_SHOWN_PAIRS]:
        shown = text.NOTHING if value is None else value
        yield Content.assemble((f"  {text.middle(key, width):<{width}}  ", MUTED), shown)
    if len(pairs) > _SHOWN_PAIRS:
        yield Content.styled(f"  and {len(pairs) - _SHOWN_PAIRS} more", MUTED)
