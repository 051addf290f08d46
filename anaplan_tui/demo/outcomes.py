"""What actions say about themselves: details with the codes, texts and values of `anaplan-api.md` §5.5."""

from dataclasses import dataclass

from anaplan_tui.demo.content import Content
from anaplan_tui.demo.model import Json, Outcome

FILE_GONE = "The uploaded file is no longer available; please upload the file again"
"""The server's words in seeds/002."""


def detail(
    kind: str, text: str | None = None, values: tuple[str | None, ...] | None = None, occurrences: int = 0
) -> Json:
    """One entry of `details`; keys that have nothing to say are left out, as in seeds/002."""
    entry: Json = {} if text is None else {"localMessageText": text}
    entry |= {"occurrences": occurrences, "type": kind}
    if values is not None:
        entry["values"] = list(values)
    return entry


@dataclass(frozen=True, slots=True)
class Rows:
    """How many rows of an import went which way."""

    ok: int
    created: int = 0
    warnings: int = 0
    failed: int = 0
    ignored: int = 0

    @property
    def total(self) -> int:
        """All rows read; ignored ones count (seeds/003: 95 = 90 + 5)."""
        return self.ok + self.warnings + self.failed + self.ignored


def rows_processed(name: str, rows: Rows, code: str = "hierarchyRowsProcessed") -> Json:
    """The summary detail of an import: the keys of seeds/003, the words of seeds/003 and CloudWorks."""
    updated = rows.ok - rows.created
    if rows.failed or rows.warnings:
        code += "WithFailures"
        text = (
            f"{name}: {rows.ok} ({rows.created}/{updated}) rows successful, "
            f"{rows.warnings} (0/{rows.warnings}) rows has warnings, "
            f"{rows.failed} failed, {rows.ignored} ignored"
        )
    else:
        text = f"{name}: {rows.ok} ({rows.created}/{updated}) rows successful, {rows.ignored} ignored "
    counts = {
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
        "renamedCount": 0,
        "createdCount": rows.created,
    }
    values: list[str | None] = ["hierarchyName", name]
    for key, count in counts.items():
        values += [key, str(count)]
    return detail(code, text, tuple(values))


def imported(
    name: str,
    rows: Rows,
    *errors: Json,
    dump: Content | None = None,
    successful: bool = True,
    code: str = "hierarchyRowsProcessed",
) -> Outcome:
    """An import that ran: its counts, then one detail a kind of error."""
    return Outcome(
        successful=successful,
        details=(rows_processed(name, rows, code), *errors),
        dump=dump,
        clean=not (rows.failed or rows.warnings or rows.ignored),
    )


def import_failed(message: str, code: str = "importFailedGeneralError") -> Outcome:
    """An import that did not run: the shape of seeds/002."""
    return Outcome(successful=False, clean=False, details=(detail(code, message, ("errorMessage", message)),))


def exported(size: int, name: str | None, successful: bool = True) -> Outcome:
    """An export: no text, and values with nulls, as in seeds/002."""
    values = ("fileSize", str(size), "serverAlert", None, "exportName", name)
    return Outcome(
        successful=successful, clean=successful, details=(detail("exportSucceeded", values=values),)
    )
