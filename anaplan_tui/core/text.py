"""Format sizes, times and counts for people, and states as a word with a symbol.

Foreign text is made safe where it enters, in ``api.clean``; here it is only shortened.
"""

import math
import unicodedata
from datetime import UTC, datetime, timedelta
from pathlib import Path

from anaplan_tui.core.snapshots import Fetch, OnDisk, Origin, Phase, RunSnapshot, Send, Step, Verdict

NOTHING = "–"
"""Shown in place of an unknown value."""

_VERDICTS = {
    Verdict.COMPLETED: ("✓", "completed"),
    Verdict.WARNINGS: ("!", "warnings"),
    Verdict.FAILED: ("✗", "failed"),
    Verdict.CANCELLED: ("⊘", "cancelled"),
    Verdict.UNKNOWN: ("?", "unknown"),
}
RUNNING = ("▶", "running")
"""Symbol and word of anything that runs."""
_PHASES = {
    Phase.WAITING: ("…", "queued"),
    Phase.STARTING: ("…", "starting"),
    Phase.RUNNING: RUNNING,
    Phase.ENDED: ("?", "unknown"),
    Phase.NOT_STARTED: ("✗", "not started"),
    Phase.UNKNOWN_START: ("?", "start unknown"),
}
_STEPS = {
    Step.WAITING: ("·", "waiting"),
    Step.RUNNING: RUNNING,
    Step.PASSED: ("…", "passed"),
    Step.ENDED: ("?", "unknown"),
    Step.NO_RESULT: ("?", "no result"),
    Step.NOT_RUN: ("·", "not run"),
}
_AFTERWARDS = {Step.WAITING: Step.NOT_RUN, Step.RUNNING: Step.NO_RESULT, Step.PASSED: Step.NO_RESULT}
"""The final step of an action, by the last one seen, when the run ended without a word about it."""
_FETCHES = {
    Fetch.QUEUED: ("…", "queued"),
    Fetch.LISTING: ("…", "listing"),
    Fetch.FETCHING: ("▶", "fetching"),
    Fetch.WAITING: ("!", "waiting"),
    Fetch.PUBLISHING: ("▶", "saving"),
    Fetch.PAUSED: ("⊘", "paused"),
    Fetch.DONE: ("✓", "exact"),
    Fetch.FAILED: ("✗", "failed"),
    Fetch.CANCELLED: ("⊘", "cancelled"),
}
_SENDS = {
    Send.QUEUED: ("…", "queued"),
    Send.CHECKING: ("…", "checking"),
    Send.SENDING: ("▶", "uploading"),
    Send.WAITING: ("!", "waiting"),
    Send.COMPLETING: ("▶", "completing"),
    Send.DONE: ("✓", "uploaded"),
    Send.FAILED: ("✗", "failed"),
    Send.CANCELLED: ("⊘", "cancelled"),
}


_ON_DISK = {
    OnDisk.SAME: "",
    OnDisk.CHANGED: "changed since it was fetched",
    OnDisk.MISSING: "no longer there",
}


def changed_since(on_disk: OnDisk) -> str:
    """Say what happened to a fetched file since; empty when the last check found it unchanged."""
    return _ON_DISK[on_disk]


def verdict_mark(verdict: Verdict) -> tuple[str, str]:
    """Return symbol and word of a verdict, which always go together."""
    return _VERDICTS[verdict]


def not_from_here(run: RunSnapshot) -> str:
    """Return the warning before somebody else's run is cancelled, with a name if known; empty for our own."""
    if run.origin is Origin.HERE:
        return ""
    whose = f", but by {run.started_by}" if run.started_by else "; Anaplan does not say by whom"
    return f"This run was not started from here{whose}."


def run_mark(run: RunSnapshot) -> tuple[str, str]:
    """Return symbol and word of a run: its verdict once it has one, else its phase."""
    if run.verdict is not None and run.phase is Phase.ENDED:
        return _VERDICTS[run.verdict]
    if run.phase is Phase.RUNNING and run.state == "NOT_STARTED":
        return ("…", "queued")
    if run.phase is Phase.RUNNING and (run.state == "CANCELLING" or run.cancel_requested):
        return ("⊘", "cancelling")
    return _PHASES[run.phase]


def step_mark(step: Step, verdict: Verdict | None, *, live: bool = True) -> tuple[str, str]:
    """Return symbol and word of an action of a run; once the run is over, no action runs or waits."""
    if verdict is not None:
        return _VERDICTS[verdict]
    return _STEPS[step if live else _AFTERWARDS.get(step, step)]


def fetch_mark(state: Fetch) -> tuple[str, str]:
    """Return symbol and word of a download."""
    return _FETCHES[state]


def send_mark(state: Send) -> tuple[str, str]:
    """Return symbol and word of an upload."""
    return _SENDS[state]


def count(number: int | None) -> str:
    """``1234`` → ``1,234``; unknown → ``–``."""
    return NOTHING if number is None else f"{number:,}"


def short_count(number: int | None) -> str:
    """A count where space is short: ``1,234``, ``234 k``, ``2.40 M``; never cut-off digits."""
    if number is None or abs(number) < 10_000:
        return count(number)
    for unit, of in (("k", 10**3), ("M", 10**6), ("G", 10**9), ("T", 10**12)):
        value = number / of
        if abs(value) < 999.5 or unit == "T":
            places = 2 if abs(value) < 9.995 else 1 if abs(value) < 99.95 else 0
            return f"{value:.{places}f} {unit}"
    raise AssertionError("the loop ends at T")


def size(count_bytes: int | None) -> str:
    """Bytes in powers of 1000: ``764 KB``, ``12.4 MB``."""
    if count_bytes is None:
        return NOTHING
    if count_bytes < 1000:
        return f"{count_bytes} B"
    value = float(count_bytes)
    for unit in ("KB", "MB", "GB", "TB"):
        value /= 1000
        if value < 999.5 or unit == "TB":
            return f"{value:.1f} {unit}" if value < 99.95 and unit != "KB" else f"{value:.0f} {unit}"
    raise AssertionError("the loop ends at TB")


def rate(bytes_a_second: float | None) -> str:
    """``12.4 MB/s``."""
    return NOTHING if bytes_a_second is None else f"{size(round(bytes_a_second))}/s"


def duration(seconds: float | None) -> str:
    """``0.3 s``, ``41 s``, ``1 m 12``, ``2 h 05``."""
    if seconds is None:
        return NOTHING
    if seconds < 9.95:
        return f"{max(seconds, 0):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} m {whole % 60:02}"
    return f"{whole // 3600} h {whole % 3600 // 60:02}"


def seconds(value: float) -> str:
    """Whole seconds for a countdown: ``4 s``, ``1 m 12``."""
    return duration(max(round(value), 0)) if value >= 10 else f"{max(round(value), 0)} s"


def at_least(value: float) -> str:
    """A duration of which only the end was seen, in six cells: ``≥12 s``, ``≥3 m``, ``≥2 h``."""
    whole = max(int(value), 0)
    if whole < 60:
        return f"≥{whole} s"
    return f"≥{whole // 60} m" if whole < 3600 else f"≥{whole // 3600} h"


def ago(then: datetime | None, now: datetime) -> str:
    """A time as a list shows it: ``03:10`` today, ``yesterday 03:10``, ``12 Nov 03:10``."""
    if then is None:
        return NOTHING
    local, here = then.astimezone(), now.astimezone()
    at = f"{local:%H:%M}"
    if local.date() == here.date():
        return at
    if local.date() == here.date() - timedelta(days=1):
        return f"yesterday {at}"
    if local.year == here.year:
        return f"{local.day} {local:%b} {at}"
    return f"{local.date().isoformat()}"


def stamp(then: datetime | None) -> str:
    """An absolute time with its zone, for details: ``2026-11-22 03:10:43Z``."""
    if then is None:
        return NOTHING
    return f"{then.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"


def local_time(then: datetime | None) -> str:
    """A local time of day, to the second and with its zone: ``03:10:43 CET``."""
    return NOTHING if then is None else _with_zone(f"{then.astimezone():%H:%M:%S %Z}")


def local_stamp(then: datetime | None) -> str:
    """A local date and time, with its zone: ``2026-11-22 03:10:43 CET``."""
    return NOTHING if then is None else _with_zone(f"{then.astimezone():%Y-%m-%d %H:%M:%S %Z}")


def _with_zone(written: str) -> str:
    return f"{written.removesuffix(' UTC')}Z" if written.endswith(" UTC") else written


def zone(now: datetime) -> str:
    """The zone of all displayed times: ``CET``."""
    return f"{now.astimezone():%Z}"


def severity(run: RunSnapshot) -> int:
    """Rank a run by how much it needs attention, 0 the most: failed runs come before live ones."""
    if run.phase is Phase.ENDED and run.verdict is not None:
        return _SEVERITIES.index(run.verdict)
    return {Phase.NOT_STARTED: 0, Phase.UNKNOWN_START: 2, Phase.ENDED: 2}.get(run.phase, 4)


_SEVERITIES = (
    Verdict.FAILED,
    Verdict.WARNINGS,
    Verdict.UNKNOWN,
    Verdict.CANCELLED,
    None,  # live runs
    Verdict.COMPLETED,
)


def cells(text: str) -> int:
    """Count the terminal cells that a text takes: East Asian characters take two, combining accents none."""
    return len(text) if text.isascii() else sum(map(_cells_of, text))


def _cells_of(sign: str) -> int:
    if unicodedata.category(sign) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1


def padded(text: str, width: int) -> str:
    """Pad ``text`` with trailing blanks to ``width`` cells."""
    return text + " " * (width - cells(text))


def middle(text: str, width: int) -> str:
    """Cut the middle out of ``text`` to fit ``width`` characters: the ends of names distinguish them."""
    if len(text) <= width:
        return text
    if width < 2:
        return text[: max(width, 0)]
    head = width // 2
    return f"{text[:head]}…{text[len(text) - (width - head - 1) :]}"


def middle_words(sentence: str, width: int) -> tuple[int, int]:
    """Return where the words to drop begin and end, so that a sentence with `` … `` fits ``width``.

    The last words are kept because they matter most.
    """
    head = sentence[: width * 3 // 5]
    tail = sentence[len(sentence) - (width - width * 3 // 5 - 3) :]
    begin = max(head.rfind(" "), 1) if " " in head.strip() else len(head)
    return begin, len(sentence) - len(tail) + tail.find(" ") + 1


def shortened(sentence: str, width: int) -> str:
    """Shorten a sentence to ``width`` characters by dropping words from its middle."""
    if len(sentence) <= width:
        return sentence
    begin, end = middle_words(sentence, width)
    return f"{sentence[:begin]} … {sentence[end:]}"


def percent(progress: float | None) -> str:
    """``62 %`` for progress from 0.0 to 1.0; never 100, which would say that it has ended.

    Empty for anything else: ``None``, -1.0 of an idle model, not a number.
    """
    if progress is None or not progress >= 0.0:
        return ""
    return f"{min(math.floor(round(progress * 100, 6)), 99)} %" if progress < 1.0 else "99 %"


def running_number(run: RunSnapshot) -> int | None:
    """Return the number of the running action, counted from 1; ``None`` when no action says that it runs."""
    return next((n for n, action in enumerate(run.actions, 1) if action.step is Step.RUNNING), None)


def step_of(run: RunSnapshot) -> str:
    """``step 3 of 5`` of a running process; empty when no action says that it runs."""
    number = running_number(run)
    return f"step {number} of {len(run.actions)}" if number else ""


def share(of_hundred: float) -> str:
    """A percentage without its sign: ``38``; ``<1`` for more than nothing, ``>99`` for less than all."""
    if of_hundred in (0.0, 100.0):
        return f"{of_hundred:.0f}"
    return "<1" if of_hundred < 1 else ">99" if of_hundred > 99 else f"{of_hundred:.0f}"


def home(path: Path | str) -> str:
    """A path for people, with ``~`` for the home directory; bytes that are not UTF-8 are spelled out."""
    try:
        below = Path(path).relative_to(Path.home())
        said = f"~/{below}" if below.parts else "~"
    except ValueError:
        said = str(path)
    return said.encode("utf-8", "backslashreplace").decode()


def plural(number: int, one: str, many: str | None = None) -> str:
    """``1 row``, ``1,234 rows``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
