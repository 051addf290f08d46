"""Values as styled text: states in their colours, wrapped sentences, and lines with two ends.

Text from the service is only ever wrapped in :class:`~textual.content.Content`, which parses nothing.
Styles are theme variables, so every theme works, as does none (``NO_COLOR``).
"""

from rich.cells import cell_len
from textual.content import Content

from anaplan_tui.core import text
from anaplan_tui.core.snapshots import (
    Action,
    DownloadSnapshot,
    Fetch,
    Phase,
    RunSnapshot,
    Send,
    Step,
    UploadSnapshot,
    Verdict,
)

MUTED = "$text-muted"
STRONG = "bold"
ACCENT = "$accent"
GOOD = "$text-success"
WARN = "$text-warning"
BAD = "bold $text-error"
LIVE = "$text-accent"

_VERDICT_STYLES = {
    Verdict.COMPLETED: GOOD,
    Verdict.WARNINGS: WARN,
    Verdict.FAILED: BAD,
    Verdict.CANCELLED: MUTED,
    Verdict.UNKNOWN: WARN,
}
_PHASE_STYLES = {Phase.NOT_STARTED: BAD, Phase.UNKNOWN_START: WARN, Phase.ENDED: WARN}
_FETCH_STYLES = {
    Fetch.DONE: GOOD,
    Fetch.FAILED: BAD,
    Fetch.WAITING: WARN,
    Fetch.PAUSED: MUTED,
    Fetch.CANCELLED: MUTED,
    Fetch.QUEUED: MUTED,
}
_SEND_STYLES = {
    Send.DONE: GOOD,
    Send.FAILED: BAD,
    Send.WAITING: WARN,
    Send.CANCELLED: MUTED,
    Send.QUEUED: MUTED,
}


_INK = {"red": "white", "blue": "white", "magenta": "white"}


def banner(label: str, colour: str) -> Content:
    """Return a profile's own label on its colour; empty if it has none."""
    if not label:
        return Content("")
    style = f"bold {_INK.get(colour, 'black')} on {colour}" if colour else STRONG
    return Content.styled(f" {label} " if colour else label, style)


def verdict_style(verdict: Verdict | None) -> str:
    """Return the colour of a verdict; without one, the colour of a live run."""
    return LIVE if verdict is None else _VERDICT_STYLES[verdict]


def marked(mark: tuple[str, str], style: str) -> Content:
    """Return symbol and word, which always go together, in their colour."""
    return Content.styled(" ".join(mark), style)


def verdict_words(verdict: Verdict) -> Content:
    """Return symbol and word of a verdict."""
    return marked(text.verdict_mark(verdict), verdict_style(verdict))


def run_words(run: RunSnapshot) -> Content:
    """Return symbol and word for a run's state."""
    style = verdict_style(run.verdict) if run.verdict else _PHASE_STYLES.get(run.phase, LIVE)
    return marked(text.run_mark(run), style)


def fetch_words(download: DownloadSnapshot) -> Content:
    """Return symbol and word for a download's state."""
    return marked(text.fetch_mark(download.state), _FETCH_STYLES.get(download.state, LIVE))


def send_words(upload: UploadSnapshot) -> Content:
    """Return symbol and word for an upload's state."""
    return marked(text.send_mark(upload.state), _SEND_STYLES.get(upload.state, LIVE))


def step_words(action: Action, *, live: bool) -> Content:
    """Return symbol and word for an action's state; warnings may become "rejected" or "ignored"."""
    symbol, word = text.step_mark(action.step, action.verdict, live=live)
    if action.verdict is Verdict.WARNINGS:
        if any(counts.failed for counts in action.tallies):
            word = "rejected"
        elif action.counts.ignored and not action.counts.warnings and not action.counts.invalid_besides:
            word = "ignored"
    if action.verdict is not None:
        style = verdict_style(action.verdict)
    else:
        style = LIVE if live and action.step is Step.RUNNING else MUTED
    return marked((symbol, word), style)


def join(*parts: Content | str, gap: str = "  ") -> Content:
    """Join the parts that are not empty, with a gap between them."""
    return Content(gap).join([part for part in parts if part])


def scroll_mark(y: int, top: int, height: int, total: int) -> Content:
    """Return the last cell of line ``y`` of a scrolling widget: the thumb, the track, or nothing."""
    if total <= height or height <= 0:
        return Content(" ")
    thumb = max(height * height // total, 1)
    first = (height - thumb) * top // (total - height)
    return (
        Content.styled("█", "$scrollbar") if first <= y < first + thumb else Content.styled("│", "$scrollbar")
    )


def shortened(sentence: Content, width: int) -> Content:
    """Shorten a sentence to ``width`` cells; words in its middle go, because the last ones matter."""
    if sentence.cell_length <= width:
        return sentence
    begin, end = text.middle_words(sentence.plain, width)
    return Content.assemble(sentence[:begin], " … ", sentence[end:])


def wrapped(sentence: Content, width: int, most: int, first: int | None = None) -> list[Content]:
    """Wrap a sentence into at most ``most`` lines of whole words; words go only if that is too few.

    Args:
        first: cells of the first line, if it shares the line with something else.
    """
    room, lines = width if first is None else first, list[Content]()
    while sentence.cell_length > room and len(lines) < most - 1:
        end = word_end(sentence, room)
        lines.append(sentence[:end].rstrip())
        sentence, room = sentence[end:], width
    return [*lines, shortened(sentence.rstrip(), room)]


def word_end(sentence: Content, width: int) -> int:
    """Return how many characters the whole words that fit in ``width`` cells take, with the last one's blank.

    A word that is longer than that is cut anywhere.
    """
    plain = sentence.plain
    fitting = len(plain)
    while fitting > 1 and cell_len(plain[:fitting].rstrip()) > width:
        fitting -= 1
    if fitting == len(plain) or plain[fitting - 1] == " ":
        return fitting
    return plain.rfind(" ", 0, fitting) + 1 or fitting


def spread(left: Content | str, right: Content | str, width: int) -> Content:
    """Make a line with two ends; the right end is kept whole, or dropped if the left one needs its room."""
    left = left if isinstance(left, Content) else Content(left)
    right = right if isinstance(right, Content) else Content(right)
    if right and right.cell_length + 1 + min(left.cell_length, width // 3) <= width:
        room = width - right.cell_length - 1
        return Content.assemble(left.truncate(room, ellipsis=True, pad=True), " ", right)
    return left.truncate(width, ellipsis=True, pad=True)
