"""Outcomes of actions: details with codes, texts, values and counts (service.md §5.5)."""

from dataclasses import dataclass

from anaplan_tui.demo.content import Content
from anaplan_tui.demo.model import Json, Outcome
from anaplan_tui.demo.words import say

FILE_GONE = "The uploaded file is no longer available; please upload the file again"
"""The service's words in the recorded failure (service.md §5.7)."""


def detail(
    kind: str, text: str | None = None, values: tuple[str | None, ...] | None = None, occurrences: int = 0
) -> Json:
    """Return one entry of `details`; keys without a value are left out, as in service.md §5.7."""
    entry: Json = {} if text is None else {"localMessageText": text}
    entry |= {"occurrences": occurrences, "type": kind}
    if values is not None:
        entry["values"] = list(values)
    return entry


@dataclass(frozen=True, slots=True)
class Rows:
    """The row counts of a list import."""

    ok: int
    created: int = 0
    warnings: int = 0
    failed: int = 0
    ignored: int = 0

    @property
    def total(self) -> int:
        """All rows read, including ignored ones (service.md §5.7: 95 = 90 + 5)."""
        return self.ok + self.warnings + self.failed + self.ignored

    @property
    def clean(self) -> bool:
        """Whether every row was loaded without a warning."""
        return not (self.failed or self.warnings or self.ignored)


@dataclass(frozen=True, slots=True)
class Cells:
    """The cell counts of one line item in a module import.

    The service counts cells here, not rows (service.md §5.5). No source says whether `rowCount` includes
    failed and ignored cells; here it does not, unless the fault `cells-all` is on.
    """

    line_item: str
    loaded: int
    failed: int = 0
    ignored: int = 0

    @property
    def clean(self) -> bool:
        """Whether every cell was loaded."""
        return not (self.failed or self.ignored)


def rows_processed(name: str, rows: Rows) -> Json:
    """Return the summary of a list import: keys from service.md §5.7, text from the table of codes.

    In every recorded result `renamedCount` equals `updatedCount` (service.md §5.5).
    """
    updated = rows.ok - rows.created
    code = "hierarchyRowsProcessed"
    if rows.failed:
        code += "WithFailures"
    elif rows.warnings:
        code += "WithWarnings"
    said = say(
        code,
        {
            "hierarchyName": name,
            "successRowCount": rows.ok,
            "successCreateCount": rows.created,
            "successUpdateCount": updated,
            "warningsRowCount": rows.warnings,
            "warningsCreateCount": 0,
            "warningsUpdateCount": rows.warnings,
            "failedCount": rows.failed,
            "ignoredCount": rows.ignored,
            "totalRowCount": rows.total,
            "totalCreateCount": rows.created,
            "totalUpdateCount": updated,
            "invalidCount": 0,
            "updatedCount": updated,
            "renamedCount": updated,
            "createdCount": rows.created,
        },
    )
    if code == "hierarchyRowsProcessed":
        said["localMessageText"] += " "  # as recorded, service.md §5.7
    return said


def cells_processed(cells: Cells) -> Json:
    """Return the summary of a line item: `Revenue cells: 3866 (134 failed, 20 ignored)` (table of codes)."""
    values: dict[str, int | str | None] = {"lineItemName": cells.line_item, "rowCount": cells.loaded}
    code = "lineItemRowsProcessed"
    if cells.failed:
        values["failureCount"] = cells.failed
    if cells.ignored:
        values["ignoredCount"] = cells.ignored
    if not cells.clean:
        code += "With" + "And".join(
            word for word, count in (("Failures", cells.failed), ("Ignored", cells.ignored)) if count
        )
    return say(code, values)


def imported(
    name: str, rows: Rows, *errors: Json, dump: Content | None = None, successful: bool = True
) -> Outcome:
    """A list import that ran: its counts, then one detail per kind of error."""
    return Outcome(
        successful=successful, details=(rows_processed(name, rows), *errors), dump=dump, clean=rows.clean
    )


def loaded(
    *cells: Cells, errors: tuple[Json, ...] = (), dump: Content | None = None, successful: bool = True
) -> Outcome:
    """A module import that ran: a summary for each line item, then one detail per kind of error.

    Source: service.md §5.5.
    """
    return Outcome(
        successful=successful,
        details=(*map(cells_processed, cells), *errors),
        dump=dump,
        clean=not errors and all(item.clean for item in cells),
    )


def users_imported(created: int, updated: int, *errors: Json, failed: int = 0, invalid: int = 0) -> Outcome:
    """An import of users that ran: people created, permissions updated (table of codes)."""
    if not any((created, updated, failed, invalid)):
        return Outcome(details=(say("usersNoChanges"),))
    kinds = [word for word, count in (("InvalidNames", invalid), ("Failures", failed)) if count]
    values: dict[str, int | str | None] = {"createdCount": created, "updatedCount": updated}
    if invalid:
        values["invalidCount"] = invalid
    if failed:
        values["failedCount"] = failed
    code = "usersRowsProcessed" + ("With" if kinds else "") + "And".join(kinds)
    return Outcome(details=(say(code, values), *errors), clean=not (kinds or errors))


def versions_imported(created: int, updated: int, *errors: Json, failed: int = 0) -> Outcome:
    """An import of versions that ran (table of codes)."""
    if not any((created, updated, failed)):
        return Outcome(details=(say("versionsNoChanges"),))
    values: dict[str, int | str | None] = {"createdCount": created, "updatedCount": updated}
    if failed:
        values["failedCount"] = failed
    code = "versionsRowsProcessedWithFailures" if failed else "versionsRowsProcessed"
    return Outcome(details=(say(code, values), *errors), clean=not (failed or errors))


def import_failed(message: str) -> Outcome:
    """An import that did not run, for a reason without a code of its own: the shape of service.md §5.7."""
    return refused("importFailedGeneralError", errorMessage=message)


def refused(code: str, **values: int | str | None) -> Outcome:
    """An action that did not run, with the text of its code."""
    return Outcome(successful=False, clean=False, details=(say(code, values),))


def incomplete(fields: tuple[str, ...]) -> Json:
    """`missingFields`: a failure in the table, though its text is a warning (service.md §5.5)."""
    return say("missingFields", {"fields": ", ".join(fields)})


def exported(size: int, name: str | None, successful: bool = True) -> Outcome:
    """An export: no text, and null values, as in service.md §5.7."""
    values = ("fileSize", str(size), "serverAlert", None, "exportName", name)
    return Outcome(
        successful=successful, clean=successful, details=(detail("exportSucceeded", values=values),)
    )
