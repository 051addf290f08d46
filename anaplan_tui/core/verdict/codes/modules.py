"""Codes of imports into modules, which count cells for each line item."""

from anaplan_tui.core.verdict.codes.explanation import (
    ASK_ADMIN,
    READ_THE_DUMP,
    Table,
    completion,
    failure,
    partly,
    rows,
)
from anaplan_tui.core.verdict.codes.sources import DATES

_LOADED = "Cells were loaded into the line item"
_IGNORED = (
    "Cells that are calculated, summed or locked take no value, and no dump names them. "
    "Leave them out of the source, or ask the model's builder whether they are meant to be loaded."
)
_UNMAPPED = (
    "Their values were left out. Map them in the import, or correct how the source writes them, and load it "
    "again."
)

MODULES: Table = {
    "lineItemRowsProcessed": completion(f"{_LOADED}."),
    "lineItemRowsProcessedWithFailures": partly(f"{_LOADED}, but some were rejected."),
    "lineItemRowsProcessedWithIgnored": partly(f"{_LOADED}, but some were ignored.", _IGNORED),
    "lineItemRowsProcessedWithFailuresAndIgnored": partly(
        f"{_LOADED}, but some were rejected and some ignored.", f"{READ_THE_DUMP} {_IGNORED}"
    ),
    "moduleImportFailed": failure(
        "The module import failed as a whole.",
        "Compare the file's header line with the import's mapping; the other messages may name the column.",
    ),
    "moduleImportNoWriteAccess": failure("No write access to the module.", ASK_ADMIN),
    "moduleImportDimensionIdentifiersUnmapped": rows(
        "The import does not know these items of a dimension.", _UNMAPPED
    ),
    "moduleImportLineItemIdentifiersUnmapped": rows("The import does not know these line items.", _UNMAPPED),
    "moduleImportInvalidLineItemIdentifier": rows(
        "The line item is not in the module.",
        "Compare the source's headers with the module's line items.",
    ),
    "moduleImportInvalidListIdentifier": rows(
        "The item is not in its list.", "Load the list first, or correct the item."
    ),
    "moduleImportInvalidTimeEntityIdentifier": rows(
        "The period is not in the model's calendar.",
        "Check the period's spelling and the model's time range.",
    ),
    "moduleImportInvalidTimescaleIdentifier": rows(
        "Neither a date nor a period of the module's time scale.",
        "Check the period's spelling and the model's time range.",
    ),
    "moduleImportRepeatedNonNumeric": rows(
        "The source has several values for one cell that is no number, and those cannot be added up.",
        "Leave one row for each cell in the source.",
    ),
    "moduleImportBooleanFormat": rows(
        "Not a true or false.", "Write true or false (or yes and no) in the source."
    ),
    "moduleImportDateFormat": rows("A date is not in the import's format.", DATES),
    "moduleImportNumberFormat": rows(
        "Not a number.",
        "Write plain digits in the source: no text such as n/a, no currency sign, and the decimal "
        "separator that the import's settings name.",
    ),
}
