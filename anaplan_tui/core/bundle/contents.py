"""The contents of a bundle as values: the run, its dumps and their names inside, its errors, what changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from anaplan_tui.api.clean import spell_bytes
from anaplan_tui.core.bundle.excerpt import Excerpt
from anaplan_tui.core.bundle.service import ErrorGroup, TriageSummary
from anaplan_tui.core.run_document import Document, iso, run_document
from anaplan_tui.core.snapshots import Action, Counts, OnDisk, RunSnapshot
from anaplan_tui.core.text import NOTHING, count, plural, size
from anaplan_tui.core.verdict.compare import RunComparison


@dataclass(frozen=True, slots=True)
class BundledDump:
    """A dump to be put into the bundle."""

    source: Path
    name: str
    """Its name inside the bundle, folder included."""
    excerpt: Excerpt


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything the summary reports."""

    run: RunSnapshot
    dumps: Mapping[str, BundledDump]
    """By action id; dumps that are missing or changed on disk have no entry."""
    triage: Mapping[str, TriageSummary]
    """By action id."""
    comparison: RunComparison | None
    written_at: datetime
    standings: Mapping[str, OnDisk] = field(default_factory=dict)
    """Whether each fetched dump's file is still as it was fetched, by action id."""

    @property
    def without(self) -> tuple[Action, ...]:
        """Actions that have a dump which is not in the bundle."""
        return tuple(a for a in self.run.actions if a.dump.available and a.id not in self.dumps)

    def dump_words(self, action: Action) -> str:
        """How much of an action's dump the bundle holds, or why it holds none; empty if there is no dump."""
        dump = self.dumps.get(action.id)
        if dump is None:
            return self._why_left_out(action) if action.dump.available else ""
        if dump.excerpt.rows is None:
            return f"The whole dump: {dump.name} ({size(dump.excerpt.bytes)})."
        rows = plural(dump.excerpt.rows, "row")
        return (
            f"The first {rows} of the dump: {dump.name} "
            f"({size(dump.excerpt.bytes)} of {size(dump.excerpt.total)}, cut at the end of a row)."
        )

    def _why_left_out(self, action: Action) -> str:
        if self.standings.get(action.id) is OnDisk.CHANGED:
            return "There is a dump, but its file was changed since it was fetched, so it is not in here."
        if self.standings.get(action.id) is OnDisk.MISSING:
            return "There is a dump, and it was fetched, but its file is no longer there."
        return "There is a dump, but it was not on disk when this was written."


def document(contents: Contents) -> Document:
    """``summary.json``: the run's document, with names inside the bundle instead of paths."""
    found = run_document(contents.run)
    # The note is about this machine: where it looked, whom it waited for, why a file could not be written.
    del found["note"]
    changed = contents.comparison
    for action, told in zip(contents.run.actions, found["actions"], strict=True):
        dump = contents.dumps.get(action.id)
        told["dump"] = {
            "available": action.dump.available,
            "path": dump.name if dump else None,
            "bytes": dump.excerpt.bytes if dump else None,
            "bytes_of_the_whole": dump.excerpt.total if dump else None,
            "rows": dump.excerpt.rows if dump else None,
            "sha256_of_the_whole": action.dump.sha256,
            "on_disk": contents.standings[action.id].value if action.id in contents.standings else None,
        }
        output = action.output
        told["output"] = {
            "available": output.available,
            "bytes": output.bytes,
            "sha256": output.sha256,
        }
        triage = contents.triage.get(action.id)
        told["groups"] = None if triage is None else [_group(group) for group in triage.groups]
        told["changes"] = [c.sentence for c in changed.of(action.id)] if changed else None
    found["changes"] = [c.sentence for c in changed.changes] if changed else None
    found["changed_since"] = iso(changed.since) if changed else None
    found["workspace_name"] = contents.run.workspace_name or None
    found["model_name"] = contents.run.model_name or None
    found["written_at"] = iso(contents.written_at)
    return found


def _group(group: ErrorGroup) -> Document:
    return {
        "error": spell_bytes(group.error),
        "status": group.status,
        "rows": group.rows,
        "also": group.also,
        "column": None if group.column is None else spell_bytes(group.column),
        "top_values": [{"value": spell_bytes(value), "rows": rows} for value, rows in group.top_values],
        "first_lines": list(group.first_lines),
    }


def counts_words(counts: Counts) -> list[str]:
    """Cells of a table: ok, warnings, rejected, invalid, ignored, total, and the unit."""
    numbers = (counts.ok, counts.warnings, counts.failed, counts.invalid, counts.ignored, counts.total)
    return [*map(count, numbers), counts.unit.value if counts.said else NOTHING]
