"""Compare a run with the previous one of the same target: what is new, gone, worse, better, slower.

Pure functions with ready sentences. Where either run says nothing, nothing is concluded.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from anaplan_tui.core.snapshots import Action, Counts, Message, RunSnapshot, Verdict
from anaplan_tui.core.text import ago, duration, verdict_mark
from anaplan_tui.core.verdict.details import Class, explain

SLOWER_BY = 1.5
"""A run that takes this many times as long as usual is worth a sentence …"""
SLOWER_BY_S = 5.0
"""… if it also takes this many seconds longer: the service needs seconds to pick up a task anyway."""

FEWER = 0.8
"""Below this share of the previous run's rows, a sentence says that they are fewer."""

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_RANKS = {
    verdict: rank
    for rank, verdict in enumerate((Verdict.COMPLETED, Verdict.WARNINGS, Verdict.FAILED, Verdict.CANCELLED))
}
"""From good to bad; an unknown result is neither."""


class Trend(StrEnum):
    """The direction of a change; changes are shown in this order."""

    NEW = "new"
    WORSE = "worse"
    SLOWER = "slower"
    BETTER = "better"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed, as a plain phrase without a full stop."""

    trend: Trend
    sentence: str

    @property
    def words(self) -> str:
        """The phrase, preceded by its trend unless it begins with it: an arrow would be ambiguous."""
        said, trend = self.sentence, self.trend.value
        return said if said.casefold().startswith(trend) else f"{trend}: {said}"


@dataclass(frozen=True, slots=True)
class ActionChanges:
    """The changes of one action, the most urgent first; empty when nothing changed."""

    action_id: str
    name: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class RunComparison:
    """All changes since the previous run."""

    since: datetime | None
    """When the previous run ended, or began if its end is unknown."""
    changes: tuple[Change, ...]
    """The changes of the run as a whole."""
    actions: tuple[ActionChanges, ...]
    """One for each action of the newer run, in its order."""

    @property
    def same(self) -> bool:
        """Whether nothing changed that is worth a word."""
        return not self.changes and not any(action.changes for action in self.actions)

    def of(self, action_id: str) -> tuple[Change, ...]:
        """Return the changes of one action."""
        return next((action.changes for action in self.actions if action.action_id == action_id), ())


def compare_runs(
    old: RunSnapshot, new: RunSnapshot, *, now: datetime, usual_s: Mapping[str, float] | None = None
) -> RunComparison:
    """Return the changes from ``old`` to ``new``.

    Args:
        now: to name the day of the previous run.
        usual_s: usual seconds of actions by id; an action without any is measured by the previous run.
            The run as a whole is measured by ``new.usual_s``.

    Raises:
        ValueError: the two are not runs of the same target.
    """
    if old.target != new.target:
        raise ValueError("runs of different targets cannot be compared")
    since = old.ended_at or old.started_at
    when = "the last run" if since is None else ago(since, now)
    before = dict(_numbered(old))
    usual = usual_s or {}
    actions = tuple(
        ActionChanges(
            action.id,
            action.name,
            _ordered(_action(before[number], action, when, usual.get(action.id)))
            if number in before
            else _added(action, old),
        )
        for number, action in _numbered(new)
    )
    return RunComparison(since, _ordered(_run(old, new)), actions)


def _numbered(run: RunSnapshot) -> Iterator[tuple[tuple[str, int], Action]]:
    """Yield each action with its id and the id's earlier occurrences: a process may hold an import twice."""
    seen: Counter[str] = Counter()
    for action in run.actions:
        yield (action.id, seen[action.id]), action
        seen[action.id] += 1


def _run(old: RunSnapshot, new: RunSnapshot) -> Iterator[Change]:
    if not new.live:
        yield from _verdict(old.verdict, new.verdict)
        yield from _fewer_in_all(old, new)
        yield from _slower(old.duration_s, new.duration_s, new.usual_s)
    if new.actions:
        after = dict(_numbered(new))
        for number, action in _numbered(old):
            if number not in after:
                yield Change(Trend.GONE, f"no longer part of the process: {action.name}")


def _added(action: Action, old: RunSnapshot) -> tuple[Change, ...]:
    # An old run without actions is not an empty process: little is known about it.
    return (Change(Trend.NEW, "was not part of the last run"),) if old.actions else ()


def _action(old: Action, new: Action, when: str, usual_s: float | None) -> Iterator[Change]:
    if not _is_known(old) or not _is_known(new):
        return
    yield from _verdict(old.verdict, new.verdict)
    yield from _messages(old, new, when)
    yield from _rows(old, new)
    yield from _fewer(old, new)
    yield from _slower(old.duration_s, new.duration_s, usual_s)


def _is_known(action: Action) -> bool:
    return action.verdict not in (None, Verdict.UNKNOWN)


def _verdict(old: Verdict | None, new: Verdict | None) -> Iterator[Change]:
    if old is None or new is None or old is new or old not in _RANKS or new not in _RANKS:
        return
    trend = Trend.WORSE if _RANKS[new] > _RANKS[old] else Trend.BETTER
    yield Change(trend, f"{_word(new)}, was {_word(old)}")


def _word(verdict: Verdict) -> str:
    return verdict_mark(verdict)[1]


def _messages(old: Action, new: Action, when: str) -> Iterator[Change]:
    before, after = _problems(old), _problems(new)
    for key, message in after.items():
        if key not in before:
            yield Change(Trend.NEW, f"New since {when}: {_counted(message)}")
        elif before[key].occurrences and message.occurrences:
            text = f"{message.text or message.type}: {message.occurrences:,}"
            yield from _number(text, before[key].occurrences, message.occurrences)
    for key, message in before.items():
        if key not in after:
            yield Change(Trend.GONE, f"Gone since {when}: {_counted(message)}")


def _problems(action: Action) -> dict[tuple[str, str], Message]:
    """Return the problems of rows or of the whole action; equal ones are summed up in one.

    Texts that differ only in numbers are equal: the numbers are counts and line numbers.
    """
    found: dict[tuple[str, str], Message] = {}
    for message in action.messages:
        # A message that sums up the others says less than the counts do.
        if explain(message.type, message.text).cls not in (Class.ROWS, Class.FAILURE):
            continue
        key = (message.type, _NUMBER.sub("#", message.text))
        known = found.get(key)
        if known is not None:
            total = max(known.occurrences, 1) + max(message.occurrences, 1)
            message = replace(known, occurrences=total)
        found[key] = message
    return found


def _counted(message: Message) -> str:
    text = message.text or message.type
    return f"{text} ({message.occurrences:,})" if message.occurrences else text


def _rows(old: Action, new: Action) -> Iterator[Change]:
    """Compare the counts of each unit that both runs report."""
    earlier = {counts.unit: counts for counts in old.tallies}
    for counts in new.tallies:
        was = earlier.get(counts.unit, Counts())
        for word, before, after in (
            ("rejected", was.failed, counts.failed),
            ("invalid", was.invalid_besides, counts.invalid_besides),
            ("with warnings", was.warnings, counts.warnings),
            ("ignored", was.ignored, counts.ignored),
        ):
            if before is not None and after is not None:
                yield from _number(f"{counts.unit.value} {word}: {after:,}", before, after)


def _fewer_in_all(old: RunSnapshot, new: RunSnapshot) -> Iterator[Change]:
    """Name the actions that loaded fewer rows: a better verdict means little for a part of the data."""
    before = dict(_numbered(old))
    found = [
        (action, change)
        for number, action in _numbered(new)
        if number in before
        for change in _fewer(before[number], action)
    ]
    if len(found) == 1:
        action, change = found[0]
        yield replace(change, sentence=f"{change.sentence} ({action.name})")
    elif found:
        names = ", ".join(action.name for action, _ in found)
        yield Change(Trend.WORSE, f"fewer loaded by {len(found)} actions: {names}")


def _fewer(old: Action, new: Action) -> Iterator[Change]:
    """Report fewer rows read or loaded: the source may be only a part, such as the corrected rows.

    If the verdict got better, any drop of the total counts, else only a large one.
    """
    if not _is_known(old) or not _is_known(new):
        return
    limit = 1.0 if Trend.BETTER in (c.trend for c in _verdict(old.verdict, new.verdict)) else FEWER
    earlier = {counts.unit: counts for counts in old.tallies}
    for now in new.tallies:
        was = earlier.get(now.unit, Counts())
        if _is_under(now.total, was.total, limit) or _is_under(now.ok, was.ok, FEWER):
            said = f"fewer {now.unit.value} loaded: {_loaded(now)}, was {_loaded(was)}"
            yield Change(Trend.WORSE, said)


def _is_under(now: int | None, was: int | None, limit: float) -> bool:
    return now is not None and was is not None and now < was * limit


def _loaded(counts: Counts) -> str:
    """``4,000 of 5,234``, or the known part of it."""
    if counts.ok is None or counts.total is None:
        known = counts.total if counts.ok is None else counts.ok
        return "unknown" if known is None else f"{known:,}"
    return f"{counts.ok:,} of {counts.total:,}"


def _number(text: str, before: int, after: int) -> Iterator[Change]:
    if before != after:
        yield Change(Trend.WORSE if after > before else Trend.BETTER, f"{text}, was {before:,}")


def _slower(old_s: float | None, new_s: float | None, usual_s: float | None) -> Iterator[Change]:
    measure, word = (old_s, "was") if usual_s is None else (usual_s, "usually")
    if new_s is None or measure is None:
        return
    if new_s >= measure * SLOWER_BY and new_s - measure >= SLOWER_BY_S:
        yield Change(Trend.SLOWER, f"took {duration(new_s)}, {word} {duration(measure)}")


def _ordered(changes: Iterator[Change]) -> tuple[Change, ...]:
    order = list(Trend)
    return tuple(sorted(changes, key=lambda change: order.index(change.trend)))
