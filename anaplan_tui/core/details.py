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

_KNOWN: dict[str, Explanation] = {
    "deleteFromSelectionSucceeded": Explanation(_C, "The selected items were deleted."),
    "exportSucceeded": Explanation(_C, "The export was made."),
    "hierarchyNoChanges": Explanation(_C, "The list already held everything in the source."),
    "hierarchyRowsProcessed": Explanation(_C, "Rows were loaded into the list."),
    "hierarchyRowsProcessedWithFailures": Explanation(
        _R, "Rows were loaded into the list, but some were rejected or loaded with a warning."
    ),
    "lineItemRowsProcessed": Explanation(_C, "Rows were loaded into the module."),
    "lineItemRowsProcessedWithFailures": Explanation(
        _R, "Rows were loaded into the module, but some were rejected or loaded with a warning."
    ),
    "taskElementSucceeded": Explanation(_C, "The action was carried out."),
    "usersRowsProcessed": Explanation(_C, "Users were loaded."),
    "versionsRowsProcessed": Explanation(_C, "Versions were loaded."),
    "actionFailed": Explanation(
        _F, "The action failed.", "Read its other messages; run it alone to see more."
    ),
    "connectorError": Explanation(
        _F, "The source system of the import refused.", "Check the connection in the model."
    ),
    "crossCustomerImport": Explanation(_F, "The source model belongs to another tenant."),
    "deleteFromSelectionFailed": Explanation(
        _F, "The selection could not be deleted.", "Check that its list and saved view still exist."
    ),
    "failedToLocateEntity": Explanation(
        _F, "Something that the action needs no longer exists.", "Open the action in the model and repair it."
    ),
    "failedToLocateHierarchy": Explanation(
        _F, "The list no longer exists.", "Repair the action in the model."
    ),
    "failedToLocateModel": Explanation(
        _F, "The source model is gone or hidden.", "Ask for access to it, or repair the import's source."
    ),
    "failedToLocateModule": Explanation(
        _F, "The module no longer exists.", "Repair the action in the model."
    ),
    "failedToLocateSavedView": Explanation(
        _F, "The saved view that is the source no longer exists.", "Repair the import's source in the model."
    ),
    "hierarchyImportFailed": Explanation(_F, "The list import failed as a whole."),
    "hierarchyImportDuplicateSourceKey": Explanation(
        _F, "A key stands twice in the source.", "Remove the double rows from the source."
    ),
    "hierarchyImportDuplicateTargetKey": Explanation(
        _F, "A key stands twice in the list.", "Repair the list's codes or names in the model."
    ),
    "importFailedGeneralError": Explanation(_F, "The import failed as a whole."),
    "internalError": Explanation(_F, "Anaplan reports an internal error."),
    "missingFields": Explanation(
        _F, "Columns that the import maps are missing from the source.", "Compare the file's header line."
    ),
    "moduleImportFailed": Explanation(_F, "The module import failed as a whole."),
    "moduleImportNoWriteAccess": Explanation(
        _F, "No write access to the module.", "Ask a workspace administrator for the right."
    ),
    "noAccessToModule": Explanation(
        _F, "No access to the module.", "Ask a workspace administrator for the right."
    ),
    "notAuthorised": Explanation(
        _F, "This user may not run the action.", "Ask a workspace administrator for the right."
    ),
    "sourceModelArchived": Explanation(
        _F, "The source model is archived.", "Ask a workspace administrator to bring it back."
    ),
    "uploadedFileNoLongerAvailable": Explanation(
        _F, "The uploaded file is gone: it is kept for 48 hours.", "Upload the file again, then run again."
    ),
    "msgExportCancelled": Explanation(_X, "The export was cancelled."),
    "msgImportCancelled": Explanation(_X, "The import was cancelled."),
    "columnSeparatorExpected": Explanation(
        _R, "A column separator is missing in the line.", "Check quotes and separators in the source."
    ),
    "dateFormatInvalid": Explanation(_R, "A date is not in the import's format."),
    "unmatchedTextDelimiter": Explanation(
        _R, "A quote is opened and not closed.", "Check the quotes in the source."
    ),
    "hierarchyImportInvalidCode": Explanation(_R, "A code is not valid."),
    "hierarchyImportInvalidName": Explanation(_R, "A name is empty or not valid."),
    "hierarchyImportInvalidParent": Explanation(
        _R, "The parent is not in its list.", "Load the parent list first, or correct the parent."
    ),
    "hierarchyImportEmptyKey": Explanation(_R, "The key is empty."),
    "hierarchyImportFailedDependency": Explanation(
        _R, "The row depends on one that was rejected.", "Correct the other row first."
    ),
    "hierarchyImportNameOrCodeExists": Explanation(_R, "The name or code is taken already."),
    "hierarchyImportAccessNoUpdate": Explanation(_R, "No right to change the item."),
    "hierarchyImportAccessNoMove": Explanation(_R, "No right to move the item."),
    "moduleImportBooleanFormat": Explanation(_R, "Not a true or false."),
    "moduleImportDateFormat": Explanation(_R, "A date is not in the import's format."),
    "moduleImportNumberFormat": Explanation(_R, "Not a number."),
    "moduleImportInvalidLineItemIdentifier": Explanation(
        _R,
        "The line item is not in the module.",
        "Compare the source's headers with the module's line items.",
    ),
    "moduleImportInvalidListIdentifier": Explanation(
        _R, "The item is not in its list.", "Load the list first, or correct the item."
    ),
    "moduleImportInvalidTimeEntityIdentifier": Explanation(
        _R,
        "The period is not in the model's calendar.",
        "Check the period's spelling and the model's time range.",
    ),
    "usersImportInvalidEmail": Explanation(_R, "Not an e-mail address."),
    "usersImportInvalidRole": Explanation(_R, "The role does not exist."),
    "usersImportConflictingRoles": Explanation(_R, "The user is given two roles."),
}

_UNKNOWN = Explanation(Class.OTHER)


def explain(code: str) -> Explanation:
    """What a detail code means; an unknown one is about rows when it ends in ``WithFailures``."""
    known = _KNOWN.get(code)
    if known is not None:
        return known
    return Explanation(Class.ROWS) if code.endswith("WithFailures") else _UNKNOWN
