"""Upload source files for imports: inspect them, compare them with the import, and send them in chunks.

``inspect`` says what a file is before anything is sent, ``differences`` how it differs from what the import
expects, ``upload`` sends one file, and ``Uploads`` runs them in the background.
"""

from anaplan_tui.core.source_form import SourceForm
from anaplan_tui.core.uploads.encodings import words as encoding_words
from anaplan_tui.core.uploads.engine import Uploaded, UploadTerms, discard, upload
from anaplan_tui.core.uploads.errors import SourceChanged, UploadBusy, UploadFailed, UploadRefused
from anaplan_tui.core.uploads.expected import (
    ColumnPair,
    Difference,
    Differs,
    beside,
    differences,
    expectation,
    separator_words,
)
from anaplan_tui.core.uploads.queue import UploadRequest, Uploads
from anaplan_tui.core.uploads.service import UploadClient
from anaplan_tui.core.uploads.source import RowCount, SourceFile, inspect
from anaplan_tui.core.uploads.tally import Tally

__all__ = [
    "ColumnPair",
    "Difference",
    "Differs",
    "RowCount",
    "SourceChanged",
    "SourceFile",
    "SourceForm",
    "Tally",
    "UploadBusy",
    "UploadClient",
    "UploadFailed",
    "UploadRefused",
    "UploadRequest",
    "UploadTerms",
    "Uploaded",
    "Uploads",
    "beside",
    "differences",
    "discard",
    "encoding_words",
    "expectation",
    "inspect",
    "separator_words",
    "upload",
]
