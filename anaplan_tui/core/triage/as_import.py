"""A dump read as its import reads it, where the bytes alone leave its encoding open."""

from collections.abc import Callable

from anaplan_tui.core.triage.engine import Triage
from anaplan_tui.core.triage.errors import NotADump, TriageCancelled, TriageError


def open_as_import(read: Callable[[str | None], Triage], ask: Callable[[], str | None]) -> Triage:
    """A loaded triage of a dump; ``ask`` is called only where its answer can make a difference.

    Args:
        read: opens and loads the dump, with the encoding of its import when that is known.
        ask: gives the encoding that the import reads, as the service names it; ``None`` when that is unknown.

    Raises what ``read`` and ``ask`` raise; nothing stays open then.
    """
    try:
        triage = read(None)
    except NotADump as error:
        encoding = ask() if error.may_be_text else None
        again = read_as_import(None, encoding, read) if encoding is not None else None
        if again is None:
            raise
        return again
    try:
        encoding = ask() if triage.leaves_open else None
        again = read_as_import(triage, encoding, read) if encoding is not None else None
    except BaseException:
        triage.close()
        raise
    if again is None:
        return triage
    triage.close()
    return again


def read_as_import(before: Triage | None, encoding: str, read: Callable[[str], Triage]) -> Triage | None:
    """The dump as its import reads it; ``before`` was read without knowing the import's ``encoding``.

    ``None`` when it reads as before, or cannot be read as the import would read it. Raises
    ``TriageCancelled``.
    """
    if before is not None and not before.reads_otherwise(encoding):
        return None
    try:
        return read(encoding)
    except TriageCancelled:
        raise
    except TriageError:
        return None
