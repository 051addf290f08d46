"""Codes of imports into the users and the versions of a model."""

from anaplan_tui.core.verdict.codes.explanation import (
    ASK_SUPPORT,
    READ_THE_DUMP,
    Table,
    completion,
    failure,
    partly,
    rows,
)

_USERS = "Users were created and their rights updated"
_VERSIONS = "Versions were created and their properties updated"
_NAMES = f"A user's name is an e-mail address. {READ_THE_DUMP}"
_ONE_ROW = "Leave one row for each user, with one"
_FILL_IN = "Fill it in; a new user needs both names."

USERS: Table = {
    "usersNoChanges": completion("The users already were as in the source."),
    "usersRowsProcessed": completion(f"{_USERS}."),
    "usersRowsProcessedWithFailures": partly(f"{_USERS}, but some failed."),
    "usersRowsProcessedWithInvalidNames": partly(f"{_USERS}, but some names are not valid.", _NAMES),
    "usersRowsProcessedWithInvalidNamesAndFailures": partly(
        f"{_USERS}, but some failed and some names are not valid.", _NAMES
    ),
    "usersImportFailed": failure(
        "The import of users failed as a whole.",
        "The text says why. Compare the file's header line with the import's mapping.",
    ),
    "usersImportBombed": failure(
        "Anaplan stopped on an error of its own in an import of users.", ASK_SUPPORT
    ),
    "usersImportInvalidEmail": rows("Not an e-mail address.", "Correct it in the source."),
    "usersImportInvalidRole": rows(
        "The role does not exist.", "Write the role as it is called in the model, or create it there."
    ),
    "usersImportInvalidListIdentifier": rows(
        "The item that the user is to have access to is not in its list.",
        "Load the list first, or correct the item.",
    ),
    "usersImportFirstNameMissing": rows("A new user has no first name.", _FILL_IN),
    "usersImportLastNameMissing": rows("A new user has no last name.", _FILL_IN),
    "usersImportConflictingNames": rows("The user is given two names.", f"{_ONE_ROW} name."),
    "usersImportConflictingRoles": rows("The user is given two roles.", f"{_ONE_ROW} role."),
    "usersImportConflictingAccessLevel": rows(
        "The user is given two levels of access to the same item.", f"{_ONE_ROW} level for an item."
    ),
    "usersImportConflictingAncestry": rows(
        "The user is given access to an item and to its parent; that to the parent holds.",
        "Leave one of the two in the source.",
    ),
    "usersImportCreationFailed": rows(
        "The user could not be created.",
        "Check the address; ask the tenant's administrator whether the user may be added there.",
    ),
    "usersImportNoSelectiveAccess": rows(
        "The list no longer restricts who sees which item.",
        "Turn selective access on for the list, or take its column out of the import.",
    ),
    "usersImportSSOStatusChangeFailed": rows(
        "How the user signs in (single sign-on or not) could not be changed.",
        "Ask the tenant's administrator to change it.",
    ),
}

VERSIONS: Table = {
    "versionsNoChanges": completion("The versions already were as in the source."),
    "versionsRowsProcessed": completion(f"{_VERSIONS}."),
    "versionsRowsProcessedWithFailures": partly(f"{_VERSIONS}, but some failed."),
    "versionsImportFailed": failure(
        "The import of versions failed as a whole.",
        "The text says why. Compare the file's header line with the import's mapping.",
    ),
    "versionsImportBombed": failure(
        "Anaplan stopped on an error of its own in an import of versions.", ASK_SUPPORT
    ),
    "versionImportPropertyChangeFailed": failure(
        "A property of a version could not be changed.",
        "Check the value in the source, and whether the version may be changed.",
    ),
}
