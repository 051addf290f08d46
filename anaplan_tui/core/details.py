"""What the service's detail codes mean (anaplan-api.md §5.5), in an operator's words.

The codes are an open set: one that is not here is shown as it came and counts as plain information.
"""

from dataclasses import dataclass
from enum import StrEnum


class Class(StrEnum):
    """What a detail says about its action."""

    COMPLETION = "completion"
    FAILURE = "failure"
    ROWS = "rows"
    """Some rows were rejected or loaded with a warning."""
    CANCELLED = "cancelled"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Explanation:
    """A code in plain words, and the usual cure."""

    cls: Class
    meaning: str = ""
    cure: str = ""


_C, _F, _R, _X = Class.COMPLETION, Class.FAILURE, Class.ROWS, Class.CANCELLED

_ASK_ADMIN = "Ask a workspace administrator for the right."
_DATES = (
    "Bring the dates into the format that the import's settings name, or change the format there. "
    "Day and month swapped fail from the 13th on only."
)
_UPLOAD_AGAIN = "Upload the file again, then run again."
_FILE_GONE = "uploaded file is no longer available"
"""How the failure of a vanished source file reads; its code is a general one (seeds/002)."""
_ITEM_NOT_CHOSEN = "no item was chosen for"
_FILE_IS_GONE = "Anaplan keeps an uploaded file for 48 hours after its last use; this one is gone."

_COMPLETIONS = {
    "deleteFromSelectionSucceeded": "The selected items were deleted.",
    "exportSucceeded": "The export was made.",
    "hierarchyNoChanges": "The list already held everything in the source.",
    "hierarchyRowsProcessed": "Rows were loaded into the list.",
    "lineItemRowsProcessed": "Rows were loaded into the module.",
    "taskElementSucceeded": "The action was carried out.",
    "usersRowsProcessed": "Users were loaded.",
    "versionsRowsProcessed": "Versions were loaded.",
}

_CANCELS = {
    "msgExportCancelled": "The export was cancelled.",
    "msgImportCancelled": "The import was cancelled.",
}

_FAILURES = {
    "actionFailed": ("The action failed.", "Read its other messages; run it alone to see more."),
    "connectorError": ("The source system of the import refused.", "Check the connection in the model."),
    "crossCustomerImport": (
        "The source model belongs to another tenant.",
        "Choose a source model of your own tenant for the import.",
    ),
    "deleteFromSelectionFailed": (
        "The selection could not be deleted.",
        "Check that its list and saved view still exist.",
    ),
    "failedToLocateEntity": (
        "Something that the action needs no longer exists.",
        "Open the action in the model and repair it.",
    ),
    "failedToLocateHierarchy": ("The list no longer exists.", "Repair the action in the model."),
    "failedToLocateModel": (
        "The source model is gone or hidden.",
        "Ask for access to it, or repair the import's source.",
    ),
    "failedToLocateModule": ("The module no longer exists.", "Repair the action in the model."),
    "failedToLocateSavedView": (
        "The saved view that is the source no longer exists.",
        "Repair the import's source in the model.",
    ),
    "hierarchyImportFailed": (
        "The list import failed as a whole.",
        "Compare the file's header line with the import's mapping; the other messages may name the column.",
    ),
    "hierarchyImportDuplicateSourceKey": (
        "A key stands twice in the source.",
        "Remove the double rows from the source.",
    ),
    "hierarchyImportDuplicateTargetKey": (
        "A key stands twice in the list.",
        "Repair the list's codes or names in the model.",
    ),
    "importFailedGeneralError": (
        "The import failed as a whole.",
        "The text says why. Often the source file is gone (48 hours), or its columns are no longer those "
        "that the import maps: compare its header line.",
    ),
    "internalError": (
        "Anaplan stopped on an error of its own.",
        "Read what the actions say; if they say nothing, run it again once, then ask Anaplan's support and "
        "name the task id.",
    ),
    "missingFields": (
        "Columns that the import maps are missing from the source.",
        "Compare the file's header line.",
    ),
    "moduleImportFailed": (
        "The module import failed as a whole.",
        "Compare the file's header line with the import's mapping; the other messages may name the column.",
    ),
    "moduleImportNoWriteAccess": ("No write access to the module.", _ASK_ADMIN),
    "noAccessToModule": ("No access to the module.", _ASK_ADMIN),
    "notAuthorised": ("This user may not run the action.", _ASK_ADMIN),
    "sourceModelArchived": (
        "The source model is archived.",
        "Ask a workspace administrator to bring it back.",
    ),
    "uploadedFileNoLongerAvailable": (_FILE_IS_GONE, _UPLOAD_AGAIN),
}

_ROWS = {
    "hierarchyRowsProcessedWithFailures": (
        "Rows were loaded into the list, but some were rejected or loaded with a warning.",
        "",
    ),
    "lineItemRowsProcessedWithFailures": (
        "Rows were loaded into the module, but some were rejected or loaded with a warning.",
        "",
    ),
    "columnSeparatorExpected": (
        "A column separator is missing in the line.",
        "Check quotes and separators in the source.",
    ),
    "dateFormatInvalid": ("A date is not in the import's format.", _DATES),
    "unmatchedTextDelimiter": ("A quote is opened and not closed.", "Check the quotes in the source."),
    "hierarchyImportInvalidCode": (
        "A code is not valid.",
        "Correct the code in the source: look for blanks around it, and for one that is too long.",
    ),
    "hierarchyImportInvalidName": (
        "A name is empty or not valid.",
        "Give the row a name. Where the value is a header word, a header line stands among the rows: "
        "remove it.",
    ),
    "hierarchyImportInvalidParent": (
        "The parent is not in its list.",
        "Load the parent list first, or correct the parent.",
    ),
    "hierarchyImportEmptyKey": (
        "The key is empty.",
        "Fill in the column that identifies the item (its code or name), or remove the empty rows.",
    ),
    "hierarchyImportFailedDependency": (
        "The row depends on one that was rejected.",
        "Correct the other row first.",
    ),
    "hierarchyImportNameOrCodeExists": (
        "The name or code is taken already.",
        "Give the item another one, or remove the double row.",
    ),
    "hierarchyImportAccessNoUpdate": ("No right to change the item.", _ASK_ADMIN),
    "hierarchyImportAccessNoMove": (
        "No right to move the item.",
        f"{_ASK_ADMIN} Or leave its parent as it is in the list.",
    ),
    "moduleImportBooleanFormat": (
        "Not a true or false.",
        "Write true or false (or 1 and 0) in the source.",
    ),
    "moduleImportDateFormat": ("A date is not in the import's format.", _DATES),
    "moduleImportNumberFormat": (
        "Not a number.",
        "Write plain digits in the source: no text such as n/a, no currency sign, and the decimal "
        "separator that the import's settings name.",
    ),
    "moduleImportInvalidLineItemIdentifier": (
        "The line item is not in the module.",
        "Compare the source's headers with the module's line items.",
    ),
    "moduleImportInvalidListIdentifier": (
        "The item is not in its list.",
        "Load the list first, or correct the item.",
    ),
    "moduleImportInvalidTimeEntityIdentifier": (
        "The period is not in the model's calendar.",
        "Check the period's spelling and the model's time range.",
    ),
    "usersImportInvalidEmail": (
        "Not an e-mail address.",
        "Correct it in the source.",
    ),
    "usersImportInvalidRole": (
        "The role does not exist.",
        "Write the role as it is called in the model, or create it there.",
    ),
    "usersImportConflictingRoles": (
        "The user is given two roles.",
        "Leave one row for each user, with one role.",
    ),
}

_KNOWN = {
    **{code: Explanation(_C, meaning) for code, meaning in _COMPLETIONS.items()},
    **{code: Explanation(_X, meaning) for code, meaning in _CANCELS.items()},
    **{code: Explanation(_F, meaning, cure) for code, (meaning, cure) in _FAILURES.items()},
    **{code: Explanation(_R, meaning, cure) for code, (meaning, cure) in _ROWS.items()},
}

_ITEM_MISSING = Explanation(
    _F,
    "The import asks for an item at the start of the run, and none was given.",
    "Run it again with a parameter of the form Dimension=Item.",
)
_UNKNOWN = Explanation(Class.OTHER)


def explain(code: str, said: str = "") -> Explanation:
    """What a detail code means; an unknown one is about rows when it ends in ``WithFailures``.

    ``said`` is the message's text: some failures have a general code, and only the text tells which
    (seeds/002).
    """
    if is_item_missing(said):
        return _ITEM_MISSING
    known = _KNOWN["uploadedFileNoLongerAvailable"] if is_file_gone(code, said) else _KNOWN.get(code)
    if known is not None:
        return known
    return Explanation(Class.ROWS) if code.endswith("WithFailures") else _UNKNOWN


def is_file_gone(code: str, said: str) -> bool:
    """Whether a detail says that the file that an import reads is no longer there (seeds/002)."""
    return code == "uploadedFileNoLongerAvailable" or _FILE_GONE in said.casefold()


def is_item_missing(said: str) -> bool:
    """Whether an import failed because the run was not given an item that it asks for."""
    return _ITEM_NOT_CHOSEN in said.casefold()
