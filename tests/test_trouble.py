"""Every error shown to an operator has one root, words of its own and an exit code."""

import importlib
import pkgutil

import anaplan_tui
from anaplan_tui.commands.exits import of_error
from anaplan_tui.trouble import Exit, Trouble, badness, worst


def troubles() -> set[type[Trouble]]:
    """Return every subclass in the package."""
    for module in pkgutil.walk_packages(anaplan_tui.__path__, "anaplan_tui."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found: set[type[Trouble]] = set()
    left: list[type[Trouble]] = [Trouble]
    while left:
        kind = left.pop()
        found.add(kind)
        left += kind.__subclasses__()
    return found


def test_the_exit_codes_are_those_that_scripts_rely_on() -> None:
    codes = {kind.__name__: kind.exit_code for kind in troubles()}
    expected = {
        "ConfigError": Exit.USAGE,
        "NoConfig": Exit.USAGE,
        "UnsafePath": Exit.USAGE,
        "NoTerminal": Exit.USAGE,
        "Unusable": Exit.USAGE,
        "NoChoice": Exit.USAGE,
        "ReadOnly": Exit.USAGE,
        "AlreadyStarting": Exit.USAGE,
        "UploadRefused": Exit.USAGE,
        "NoFile": Exit.USAGE,
        "RunbookError": Exit.USAGE,
        "NoScript": Exit.USAGE,
        "NotAuthenticated": Exit.NOT_AUTHENTICATED,
        "NoSecret": Exit.NOT_AUTHENTICATED,
        "DownloadFailed": Exit.FILE,
        "DumpGone": Exit.FILE,
        "UploadFailed": Exit.FILE,
        "BundleFailed": Exit.FILE,
        "TriageError": Exit.FILE,
        "NotADump": Exit.FILE,
        "NotFound": Exit.NOT_FOUND,
        "NoAccess": Exit.NOT_FOUND,
        "ModelUnavailable": Exit.NOT_FOUND,
        "NoDumps": Exit.NOT_FOUND,
        "NoMatch": Exit.NOT_FOUND,
        "NoModel": Exit.NOT_FOUND,
        "NoTask": Exit.NOT_FOUND,
        "UnknownRun": Exit.NOT_FOUND,
        "Unreachable": Exit.NOT_REACHABLE,
        "ServerFailed": Exit.NOT_REACHABLE,
        "Unreadable": Exit.NOT_REACHABLE,
        "RateLimited": Exit.NOT_REACHABLE,
        "ContactLost": Exit.NOT_REACHABLE,
        "Refused": Exit.FAILED,
        "AnaplanError": Exit.FAILED,
    }
    assert {name: codes[name] for name in expected} == expected


def test_an_error_of_the_disk_is_a_file_and_anything_else_a_bug() -> None:
    assert of_error(OSError("full")) is Exit.FILE
    assert of_error(Trouble()) is Exit.FAILED
    assert of_error(ValueError("a bug")) is None


def test_the_worst_of_several_codes_is_that_which_must_not_be_tried_again() -> None:
    assert worst([]) is Exit.COMPLETED
    assert worst([Exit.COMPLETED, Exit.WARNINGS, Exit.CANCELLED]) is Exit.CANCELLED
    assert worst([Exit.START_UNKNOWN, Exit.FAILED, Exit.FILE]) is Exit.START_UNKNOWN
    assert sorted(Exit, key=badness)[0] is Exit.COMPLETED
