"""Codes of actions in general: exports, deletions, whole imports, rights, missing objects."""

from anaplan_tui.core.verdict.codes.explanation import (
    ASK_ADMIN,
    ASK_SUPPORT,
    Table,
    cancelled,
    completion,
    failure,
)

_REPAIR_ACTION = "Open the action in the model and repair it."
_REPAIR_SOURCE = "Repair the import's source in the model."
_SOURCE_WORKSPACE = "Ask for access to the workspace of the source model, or repair the import's source."
_TEXT_FILE = "Let the export write a text file (CSV) instead, or export less."
_RUN_AGAIN = "Run it again when nothing stands in its way; what it had done may have stayed applied."

ACTIONS: Table = {
    "deleteFromSelectionSucceeded": completion("The selected items were deleted."),
    "exportSucceeded": completion("The export was made.", "Fetch its file."),
    "taskElementSucceeded": completion("The action was carried out."),
    "actionFailed": failure("The action failed.", "Read its other messages; run it alone to see more."),
    "taskElementFailed": failure("The action failed.", "The text says why. Run it alone to see more."),
    "deleteFromSelectionFailed": failure(
        "The selection could not be deleted.", "Check that its list and saved view still exist."
    ),
    "importFailedGeneralError": failure(
        "The import failed as a whole.",
        "The text says why. Often the source file is gone (48 hours), or its columns are no longer those "
        "that the import maps: compare its header line.",
    ),
    "internalError": failure(
        "Anaplan stopped on an error of its own.",
        "Read what the actions say; if they say nothing, run it again once, then ask Anaplan's support and "
        "name the task id.",
    ),
    "failedToCreateRevision": failure(
        "Anaplan could not make the revision of the model that the action asks for.",
        f"The text says why. {ASK_SUPPORT}",
    ),
    "notAuthorised": failure("This user may not run the action.", ASK_ADMIN),
    "failedToLocateEntity": failure("Something that the action needs no longer exists.", _REPAIR_ACTION),
    "failedToLocateHierarchy": failure("The list no longer exists.", _REPAIR_ACTION),
    "failedToLocateModule": failure("The module no longer exists.", _REPAIR_ACTION),
    "failedToLocateSavedView": failure("The saved view that is the source no longer exists.", _REPAIR_SOURCE),
    "failedToLocateModel": failure(
        "The source model is gone or hidden.", "Ask for access to it, or repair the import's source."
    ),
    "modelObjectNotLocated": failure(
        "The list, module or view that is the source no longer exists.", _REPAIR_SOURCE
    ),
    "modelObjectNotSupported": failure(
        "An import cannot read from a thing of this kind.", "Choose a list, module or saved view as source."
    ),
    "noAccessToModule": failure("No access to the module that is the source.", ASK_ADMIN),
    "sourceModelArchived": failure(
        "The source model is archived.", "Ask a workspace administrator to bring it back."
    ),
    "sourceWorkspaceNoAccess": failure(
        "No access to the workspace that the source is in.", _SOURCE_WORKSPACE
    ),
    "sourceWorkspaceNotLocated": failure(
        "The workspace that the source is in is gone or hidden.", _SOURCE_WORKSPACE
    ),
    "crossCustomerImport": failure(
        "The source model belongs to another tenant.",
        "Choose a source model of your own tenant for the import.",
    ),
    "msgTooManyColumns": failure("An Excel file of this kind holds no more than 256 columns.", _TEXT_FILE),
    "msgTooManyRows": failure("An Excel file of this kind holds no more than 65,536 rows.", _TEXT_FILE),
    "msgExportCancelled": cancelled("Somebody cancelled the export.", _RUN_AGAIN),
    "msgImportCancelled": cancelled("Somebody cancelled the import.", _RUN_AGAIN),
}
