"""Codes of imports into lists (the service calls a list a hierarchy)."""

from anaplan_tui.core.verdict.codes.explanation import (
    ASK_ADMIN,
    ASK_SUPPORT,
    READ_THE_DUMP,
    Table,
    cancelled,
    completion,
    failure,
    partly,
    rows,
)

_LOADED = "Rows were loaded into the list"
_MADE = "Items of the list were created and updated"
_NAMES = f"Names must not be empty, too long or taken. {READ_THE_DUMP}"
_KEY = "Repair the import in the model: choose other properties as its key."
_MAPPING = "Repair the import's mapping in the model."
_DOUBLE_ROWS = "Remove the double rows from the source."
_DOUBLE_ITEMS = "Repair the list's codes or names in the model."
_ONE_NAME_A_CODE = "Give each code one name in the source, and look whether code and name are mapped right."
_KEY_VALUE = "Correct the columns that identify the item."
_NO_PARENT = "Give the row a parent that you may change, or ask a workspace administrator for the right."
_OR_KEEP_PARENT = f"{ASK_ADMIN} Or leave its parent as it is in the list."
_PARENT_FIRST = "Load the parent list first, or ask a workspace administrator for the right."

LISTS: Table = {
    "hierarchyNoChanges": completion("The list already held everything in the source."),
    "hierarchyRowsProcessed": completion(f"{_LOADED}."),
    "hierarchyRowsProcessedFromLineItem": completion(f"{_MADE} from a line item."),
    "hierarchyRowsProcessedWithWarnings": partly(f"{_LOADED}, some with a warning."),
    "hierarchyRowsProcessedWithFailures": partly(
        f"{_LOADED}, but some were rejected or loaded with a warning."
    ),
    "hierarchyRowsProcessedWithFailuresFromLineItem": partly(f"{_MADE} from a line item, but some failed."),
    "hierarchyRowsProcessedWithInvalidNames": partly(f"{_MADE}, but some names are not valid.", _NAMES),
    "hierarchyRowsProcessedWithInvalidNamesAndFailures": partly(
        f"{_MADE}, but some failed and some names are not valid.", _NAMES
    ),
    # The import as a whole.
    "hierarchyImportFailed": failure(
        "The list import failed as a whole.",
        "Compare the file's header line with the import's mapping; the other messages may name the column.",
    ),
    "hierarchyImportBombed": failure("Anaplan stopped on an error of its own in a list import.", ASK_SUPPORT),
    "hierarchyImportFailedToUpdateProperties": failure(
        "Anaplan stopped on an error of its own; the properties of the items were not updated.", ASK_SUPPORT
    ),
    "hierarchyImportDuplicateSourceKey": failure("A key stands twice in the source.", _DOUBLE_ROWS),
    "hierarchyImportDuplicateTargetKey": failure("A key stands twice in the list.", _DOUBLE_ITEMS),
    "hierarchyImportInconsistentRenaming": failure(
        "One code is to get two different names.", _ONE_NAME_A_CODE
    ),
    "hierarchyImportUniqueness": failure("One code stands with two different names.", _ONE_NAME_A_CODE),
    "hierarchyImportNameAndCodeUnmapped": failure(
        "The import maps neither the name nor the code, so it cannot tell the items.", _MAPPING
    ),
    "hierarchyImportNameOrCodeSameAsParent": failure(
        "The import reads the name or the code from the same column as the parent.", _MAPPING
    ),
    "hierarchyImportNoSelectiveEditing": failure("This user may not change the list.", ASK_ADMIN),
    "hierarchyImportPropertyKeyCalculated": failure(
        "A property in the import's key is calculated, which a key may not be.", _KEY
    ),
    "hierarchyImportPropertyKeyInvalidMissing": failure(
        "A property in the import's key no longer exists.", _KEY
    ),
    "hierarchyImportPropertyKeyInvalidNoDefintion": failure(
        "A property in the import's key is not defined.", _KEY
    ),
    "hierarchyImportPropertyKeyInvalidSystem": failure(
        "A property in the import's key is one that Anaplan keeps for itself.", _KEY
    ),
    "hierarchyImportPropertyKeyUnmapped": failure(
        "The import does not map one of the properties in its key.", _MAPPING
    ),
    "hierarchyImportCancelledByUser": cancelled(
        "Somebody cancelled the import; the properties were not updated.",
        "Run it again when nothing stands in its way; what it had done may have stayed applied.",
    ),
    # Single rows: their keys, codes, names and parents.
    "hierarchyImportEmptyKey": rows(
        "The key is empty.",
        "Fill in the column that identifies the item (its code or name), or remove the empty rows.",
    ),
    "hierarchyImportParseErrorInKey": rows("The key cannot be read.", _KEY_VALUE),
    "hierarchyImportInvalidEntityIdInKey": rows(
        "The key names an item that is not in its list.", f"Load that list first. {_KEY_VALUE}"
    ),
    "hierarchyImportDuplicateKeyInSource": rows(
        "An earlier row of the source has the same key.", _DOUBLE_ROWS
    ),
    "hierarchyImportDuplicateKeyInTarget": rows(
        "The key fits more than one item of the list.", _DOUBLE_ITEMS
    ),
    "hierarchyImportInvalidCode": rows(
        "A code is not valid.",
        "Correct the code in the source: look for blanks around it, and for one that is too long.",
    ),
    "hierarchyImportInvalidName": rows(
        "A name is empty or not valid.",
        "Give the row a name. Where the value is a header word, a header line stands among the rows: "
        "remove it.",
    ),
    "hierarchyImportNameOrCodeExists": rows(
        "The name or code is taken already.", "Give the item another one, or remove the double row."
    ),
    "hierarchyImportNoNameOrCode": rows(
        "The row would make a new item, but has neither name nor code.",
        "Fill in the name or the code, or correct the properties that identify the item.",
    ),
    "hierarchyImportNewEntityNumberedList": rows(
        "The list numbers its items itself, so a new one cannot be given a name.",
        "Leave the name empty for new items, or correct it to that of an item that exists.",
    ),
    "hierarchyImportInvalidParent": rows(
        "The parent is not in its list.", "Load the parent list first, or correct the parent."
    ),
    "hierarchyImportParentMustBeLeaf": rows(
        "The parent has children from another list already.",
        "Choose a parent whose children are all of this list.",
    ),
    "hierarchyImportCannotChangeCodeForTopLevel": rows(
        "The code of the list's top item cannot be changed by an import.",
        "Remove the row of the top item, or leave its code as it is.",
    ),
    "hierarchyImportInvalidStatus": rows(
        "The workflow status is not one that the list knows.", "Correct the status in the source."
    ),
    "hierarchyImportFailedDependency": rows(
        "The row depends on one that was rejected.", "Correct the other row first."
    ),
    "hierarchyImportPropertyChangeFailed": rows(
        "A property could not be changed.", "The text says why. Correct the value in the source."
    ),
    # Single rows: what this user may not do.
    "hierarchyImportAccessNoUpdate": rows("No right to change the item.", ASK_ADMIN),
    "hierarchyImportAccessNoMove": rows("No right to move the item.", _OR_KEEP_PARENT),
    "hierarchyImportAccessCantMoveFromParent": rows(
        "No right to move the item away from its parent.", _OR_KEEP_PARENT
    ),
    "hierarchyImportAccessCantMoveToParent": rows(
        "No right to move the item to this parent.", _OR_KEEP_PARENT
    ),
    "hierarchyImportAccessNoMoveWithoutParent": rows(
        "No right to move an item that has no parent.", _OR_KEEP_PARENT
    ),
    "hierarchyImportAccessNoRemoveParent": rows(
        "No right to take the item from its parent.", _OR_KEEP_PARENT
    ),
    "hierarchyImportAccessNoCreateWithoutParent": rows(
        "No right to add an item without a parent.", _NO_PARENT
    ),
    "hierarchyImportAccessNoImplicitAddToTopLevel": rows(
        "The parent is new, and there is no right to add it below the top item.", _PARENT_FIRST
    ),
    "hierarchyImportAccessNoImplicitCreate": rows(
        "The parent is new, and there is no right to add it.", _PARENT_FIRST
    ),
}
