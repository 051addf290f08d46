"""One file to hand over: what a run came to, why, and the rows, for the owner of the data."""

from anaplan_tui.core.bundle.archive import (
    BYTES_LIMIT,
    ROW_LIMIT,
    Bundle,
    BundleFailed,
    refuse_taken,
    write_bundle,
)
from anaplan_tui.core.bundle.service import ErrorGroup, TriageSummary

__all__ = [
    "BYTES_LIMIT",
    "ROW_LIMIT",
    "Bundle",
    "BundleFailed",
    "ErrorGroup",
    "TriageSummary",
    "refuse_taken",
    "write_bundle",
]
