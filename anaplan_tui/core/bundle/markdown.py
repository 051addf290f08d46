"""Write a bundle's ``summary.md``, for an owner of the data who has never seen this tool."""

import re
from collections.abc import Iterator, Sequence

from anaplan_tui.api.clean import clean
from anaplan_tui.core.bundle.contents import Contents, counts_words
from anaplan_tui.core.bundle.service import TriageSummary
from anaplan_tui.core.snapshots import Action, Message, Verdict
from anaplan_tui.core.text import NOTHING, duration, plural, share, stamp, step_mark
from anaplan_tui.core.triage.blanks import BLANK, blank_words, visible
from anaplan_tui.core.verdict.details import advice, words
from anaplan_tui.core.verdict.outcomes import actions_of
from anaplan_tui.core.verdict.row_counts import balances

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~&!])")
_CELL_LIMIT = 120
_MOST_GROUPS = 50
_MOST_VALUES = 3
_MOST_LINES = 5


def summary(contents: Contents) -> str:
    """Return the whole page. Foreign text in it is shown literally and never acts as markup."""
    run = contents.run
    actions = actions_of(run)
    parts = [
        [f"# {_safe(run.name)}: {_verdict(run.verdict)}", _safe(_sentence(run.reason))],
        [_table(("", ""), _facts(contents))],
        ["## Actions", _table(_COLUMNS, [row for n, a in enumerate(actions, 1) for row in _rows(n, a)])],
        _changes(contents),
        *(_section(contents, action) for action in actions if _has_story(contents, action)),
        ["## In this bundle", _inventory(contents)],
    ]
    return "\n\n".join(block for part in parts for block in part if block) + "\n"


_GROUP_COLUMNS = ("Rows", "Share", "Further", "Error", "In column", "Top values", "First lines of the source")
_COUNTED = ("OK", "Warnings", "Rejected", "Invalid", "Ignored", "Total", "Of")
_COLUMNS = ("#", "Action", "Kind", "Result", *_COUNTED, "Took")


def _facts(contents: Contents) -> list[Sequence[str]]:
    run = contents.run
    return [
        (run.target.kind.value.capitalize(), f"{_safe(run.name)} ({_safe(run.target.id)})"),
        ("Workspace", _named(run.workspace_name, run.target.model.workspace_id)),
        ("Model", _named(run.model_name, run.target.model.model_id)),
        ("Task", _safe(run.task_id or NOTHING)),
        ("Started", stamp(run.started_at)),
        ("Ended", stamp(run.ended_at)),
        ("Took", duration(run.duration_s)),
        ("Written", stamp(contents.written_at)),
    ]


def _named(name: str, object_id: str) -> str:
    return f"{_safe(name)} ({_safe(object_id)})" if name else _safe(object_id)


def _rows(number: int, action: Action) -> Iterator[Sequence[str]]:
    """Yield a line for each unit that an action counts in; at least one."""
    result = step_mark(action.step, action.verdict, live=False)[1]
    first = (str(number), _safe(action.name), _safe(action.kind), result)
    yield (*first, *counts_words(action.counts), duration(action.duration_s))
    for counts in action.tallies[1:]:
        yield (*[""] * len(first), *counts_words(counts), "")


def _changes(contents: Contents) -> list[str]:
    found = contents.comparison
    if found is None:
        return []
    head = "## Compared with the previous run"
    when = f"That one ended {stamp(found.since)}." if found.since else ""
    if found.same:
        return [head, when, "Nothing changed that is worth a word."]
    lines = [f"- {_safe(change.words)}" for change in found.changes]
    for action in found.actions:
        lines += [f"- {_safe(action.name)}: {_safe(change.words)}" for change in action.changes]
    return [head, when, "\n".join(lines)]


def _has_story(contents: Contents, action: Action) -> bool:
    return action.verdict is not Verdict.COMPLETED or action.id in contents.triage or action.dump.available


def _section(contents: Contents, action: Action) -> list[str]:
    triage = contents.triage.get(action.id)
    return [
        f"## {_safe(action.name)}: {_verdict(action.verdict)}",
        _safe(_sentence(action.reason)),
        _safe(" ".join(_sentence(sum_.words) for sum_ in balances(action))),
        "\n".join(_messages(action.messages)),
        *(_groups(triage) if triage is not None else ()),
        _safe(contents.dump_words(action)),
    ]


def _messages(messages: Sequence[Message]) -> Iterator[str]:
    advised: set[str] = set()
    for message in messages:
        times = f" ({message.occurrences:,} times)" if message.occurrences > 1 else ""
        said = _sentence(words(message.type, message.text).rstrip(".") + times)
        # Advice helps a reader who does not know the code; once is enough.
        told = advice(message.type, message.text)
        more = told if told not in advised else ""
        advised.add(told)
        yield f"- {_safe(' '.join(part for part in (said, more) if part))}"


def _groups(triage: TriageSummary) -> Iterator[str]:
    rejected, warned = plural(triage.rejected, "row"), plural(triage.warnings, "row")
    unclear = f", {plural(triage.unclear, 'row')} without a known status" if triage.unclear else ""
    yield (
        f"The dump has {plural(triage.rows, 'row')}: "
        f"{rejected} rejected, {warned} loaded with warnings{unclear}."
    )
    if triage.cut_off:
        yield f"{triage.cut_off}: only the whole rows before that are counted."
    if any(group.also for group in triage.groups):
        yield "A row is counted under its first error; further errors of a row are counted beside that."
    shown = triage.groups[:_MOST_GROUPS]
    rows = [
        (
            f"{group.rows:,}",
            f"{share(group.percent)} %",
            f"{group.also:,}",
            _safe(visible(group.error)),
            _safe(visible(group.column or NOTHING)),
            _top_values(group.top_values),
            ", ".join(str(line) for line in group.first_lines[:_MOST_LINES]),
        )
        for group in shown
    ]
    if rows:
        yield _table(_GROUP_COLUMNS, rows)
    if len(triage.groups) > len(shown):
        yield f"{plural(len(triage.groups) - len(shown), 'more kind')} of errors are in summary.json."


def _top_values(values: Sequence[tuple[str, int]]) -> str:
    """The most common values, with a note on blanks that a reader would miss."""
    said = _safe(", ".join(f"{visible(value)} ({times:,})" for value, times in values[:_MOST_VALUES]))
    blanks = blank_words([value for value, _times in values])
    return f"{said}: {blanks} ({BLANK})" if blanks else said


def _inventory(contents: Contents) -> str:
    lines = ["- summary.md: this page", "- summary.json: the same for programs"]
    if contents.run.raw is not None:
        lines.append("- task.json: the answer of Anaplan, as it came")
    for dump in contents.dumps.values():
        rows = dump.excerpt.rows
        how = "the whole dump"
        if rows is not None:
            how = f"the first {plural(rows, 'row')} of the dump; ask the sender for the whole"
        lines.append(f"- {_safe(dump.name)}: {how}")
    lines += [f"- missing: the dump of {_safe(action.name)}" for action in contents.without]
    return "\n".join(lines)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _verdict(verdict: Verdict | None) -> str:
    return "no result" if verdict is None else verdict.value.replace("_", " ")


def _sentence(text: str) -> str:
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."


def _safe(text: str) -> str:
    return _MARKUP.sub(r"\\\1", clean(text, limit=_CELL_LIMIT * 5))
