"""A process for every detail code and for each recorded result (service.md §5.5)."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from anaplan_tui.demo.company import company
from anaplan_tui.demo.company_objects import (
    ACTIONS,
    EXPORTS,
    IMPORTS,
    LEDGER_CSV,
    import_from,
    other,
)
from anaplan_tui.demo.company_processes import PROCESSES, process
from anaplan_tui.demo.content import Blob
from anaplan_tui.demo.model import Company, Outcome, Process, Script
from anaplan_tui.demo.outcomes import (
    Cells,
    Rows,
    detail,
    imported,
    loaded,
    rows_processed,
    users_imported,
)
from anaplan_tui.demo.rows import table
from anaplan_tui.demo.words import Values, Wording, say, wordings

_FIRST = 400
_BAD = 3
"""Rows affected in each example of a row-level code."""


def results() -> Company:
    """Return the company with these processes added; each ran last night, so its result is there at once."""
    examples = [_example(_FIRST + n, wording) for n, wording in enumerate(wordings().values())]
    added = (*examples, *_recorded(_FIRST + len(examples)))
    actions = [action for found in added for action in found.actions]
    return company((*PROCESSES, *added), (*IMPORTS, *EXPORTS, *ACTIONS, *actions))


def _example(number: int, wording: Wording) -> Process:
    outcome = _outcome(wording)
    if wording.code.startswith("deleteFromSelection"):
        action = replace(other(number, f"Action for {wording.code}", "DELETE_BY_SELECTION"), play=outcome)
    else:
        kind = next((word for lead, word in _TYPES.items() if wording.code.startswith(lead)), "MODULE_DATA")
        action = import_from(number, f"Import for {wording.code}", LEDGER_CSV, outcome, 1.0, kind)
    return process(number, wording.code, action, runs_at=(0.1,))


_TYPES = {"hierarchy": "HIERARCHY_DATA", "users": "USERS", "version": "VERSIONS"}
"""VERSIONS comes from service.md §3.1 and anaplan-sdk; the published schema does not list it."""


def _outcome(wording: Wording) -> Outcome:
    values = _values(wording)
    if wording.group != "row":
        said = say(wording.code, values)
        if wording.code == "missingFields":
            return loaded(Cells("Amount", 90), errors=(said,))
        completed = wording.group == "completion"
        return Outcome(successful=completed, details=(said,), clean=completed)
    said = say(wording.code, values, occurrences=_BAD)
    if wording.code.endswith("Unmapped"):
        return loaded(Cells("Amount", 90, ignored=_BAD), errors=(said,))
    rows = [("4000", "North", "x", "n/a", str(at), said["localMessageText"]) for at in range(2, 2 + _BAD)]
    dump = Blob(table((*LEDGER_CSV.columns, "_Line_", "_Error_1_"), rows, b"\r\n"))
    if wording.code.startswith("hierarchy"):
        return imported("Products", Rows(90, failed=_BAD), said, dump=dump)
    if wording.code.startswith("users"):
        return replace(users_imported(4, 86, said, failed=_BAD), dump=dump)
    return loaded(Cells("Amount", 90, failed=_BAD), errors=(said,), dump=dump)


def _values(wording: Wording) -> Values:
    """Return a sample value for each placeholder of the message."""
    return {
        place: _SAMPLES.get(place, 7 if place.endswith("Count") else place[:1].upper() + place[1:])
        for place in wording.places
    }


_SAMPLES: Values = {
    "affectedItems": 14,
    "count": 3,
    "dimension": "Account",
    "fields": "Amount",
    "fileSize": 4_321,
    "items": "9990, 9991, 9999",
    "lineItemName": "Amount",
    "lineNumber": 7,
    "modelId": "C6B1A0F9E8D74C5A93B2817065F4E3D2",
    "position": 12,
}


@dataclass(frozen=True, slots=True)
class _Recorded:
    name: str
    outcomes: tuple[Outcome, ...]
    import_type: str = "HIERARCHY_DATA"
    script: Script = field(default_factory=Script)

    def process(self, first: int) -> Process:
        """Return the process, its imports numbered from `first`."""
        imports = [
            import_from(number, f"Import {number}", LEDGER_CSV, outcome, 1.0, self.import_type)
            for number, outcome in enumerate(self.outcomes, first)
        ]
        return process(first, f"Recorded: {self.name}", *imports, script=self.script, runs_at=(0.1,))


def _recorded(first: int) -> Iterator[Process]:
    """Yield one process for each combination seen in the service's results or documents."""
    products = imported("Products", Rows(53))
    keyless = say("hierarchyImportEmptyKey", occurrences=1)
    row = ("E", "", "9", keyless["localMessageText"])
    dump = Blob(table(("_Status_", "Name", "_Line_", "_Error_1_"), [row]))
    rejected = imported("Products", Rows(53, failed=1, ignored=3), keyless, dump=dump)
    contradicted = rows_processed("Products", Rows(53)) | {
        "localMessageText": "Products: 53 (0/53) rows successful,3 failed, 1 ignored "
    }
    only_words = rows_processed("Products", Rows(13, failed=2)) | {"values": []}
    items = detail(
        "moduleImportInvalidListIdentifier", "Item not located in Account list", ("A-381", "A-382"), 2
    )
    line_items = (Cells("Headcount", 480), Cells("Salary", 466, failed=14), Cells("Start", 460, 12, 8))
    below = Script(successful=True, flag=False, names="dumps-or-null")
    for recorded in (
        _Recorded("dump below, none at the top", (products, rejected, products), script=below),
        _Recorded("words against values", (Outcome(successful=False, details=(contradicted,), dump=dump),)),
        _Recorded("counts in words only", (Outcome(details=(only_words,), dump=dump, clean=False),)),
        _Recorded(
            "items as values", (Outcome(successful=False, details=(items,), dump=dump),), "MODULE_DATA"
        ),
        _Recorded("three line items", (loaded(*line_items, dump=dump),), "MODULE_DATA"),
        _Recorded("failed without a word", (Outcome(successful=False, clean=False),)),
    ):
        yield recorded.process(first)
        first += len(recorded.outcomes)
