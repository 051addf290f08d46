"""Upload errors: why a file was not uploaded, in words that an operator can act on."""

from collections.abc import Sequence
from pathlib import Path

from anaplan_tui.api.errors import AnaplanError
from anaplan_tui.trouble import Exit

_NOTHING_SENT = "Nothing was sent."
_RESUMABLE = "What the service has taken is remembered; upload again and only the rest is sent."


class UploadRefused(AnaplanError):
    """The file cannot be a source for an import. Raised before anything is sent."""

    exit_code = Exit.USAGE


class UploadFailed(AnaplanError):
    """The upload was not completed: an import still reads the previous content, if any."""

    exit_code = Exit.FILE


class SourceChanged(UploadFailed):
    """The file on disk is not the one that was inspected, or was written to while it was read."""


class Miscounted(UploadFailed):
    """The service does not hold as many chunks as were sent."""


class UploadBusy(UploadFailed):
    """Another upload from this machine to the same file is under way: two would mix their chunks."""


def refused(path: Path, said: str, advice: str) -> UploadRefused:
    """``path`` cannot be a source; ``said`` says why."""
    return UploadRefused(f"upload {path.name or path}", said, f"{_NOTHING_SENT} {advice}")


def unfit(name: str, obstacles: Sequence[str], advice: str) -> UploadRefused:
    """The import would load nothing of the file, or load it wrongly; ``obstacles`` are sentences."""
    return UploadRefused(f"upload {name}", " ".join(obstacles).removesuffix("."), f"{_NOTHING_SENT} {advice}")


def no_source(wanted: str) -> UploadRefused:
    """``wanted`` names a file that an export makes, not a source file."""
    return UploadRefused(
        f"upload to {wanted}",
        "it is what an export makes, not a file that imports read",
        f"{_NOTHING_SENT} Name the source file of an import.",
    )


def changed(name: str) -> SourceChanged:
    """The file is being written to, or was replaced or removed."""
    return SourceChanged(
        f"upload {name}",
        "the file was written to, replaced or removed since it was looked at",
        "The upload was not completed. Wait until the file is written, then upload it again.",
    )


def busy(name: str, holder: str) -> UploadBusy:
    """``holder`` is the id of the process that uploads, empty if unknown."""
    who = f"process {holder}" if holder else "another upload"
    return UploadBusy(f"upload {name}", f"{who} uploads to the same file now", "Wait until it has ended.")


def unreadable(name: str, error: OSError) -> UploadFailed:
    """The disk refused a read during the upload."""
    return UploadFailed(
        f"upload {name}",
        f"the file cannot be read any more: {error.strerror or 'the file system refused'}",
        f"The upload was not completed. {_RESUMABLE}",
    )


def no_record(path: Path, error: OSError) -> UploadFailed:
    """The state directory cannot store what a later try needs to resume."""
    said = f"the state directory cannot be written ({path}): {error.strerror or 'the file system refused'}"
    return UploadFailed("remember the upload", said, "Make room there, or set ANAPLAN_TUI_STATE_DIR.")


def gave_up(name: str, chunk: int, tries: int, last: AnaplanError) -> UploadFailed:
    """A chunk failed as often as patience allows; ``last`` is the last error."""
    said = f"chunk {chunk} failed {tries} times, last: {last.said or last.doing}"
    return UploadFailed(f"upload {name}", said, _RESUMABLE, status=last.status)


def miscounted(name: str, sent: int, found: int) -> Miscounted:
    """The service does not hold as many chunks as were sent."""
    said = f"the service holds {found:,} chunks of it where {sent:,} were sent"
    return Miscounted(f"upload {name}", said, "Do not run the import on it; upload the file again.")
