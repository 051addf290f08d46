"""The bundle: one file with a run's verdict, reasons and rejected rows, for the owner of the data."""

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
