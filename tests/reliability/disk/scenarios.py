"""What is done to the disk while it fails or loses its power, and what has to hold of it afterwards.

Each scenario has files from before (``prepare``), one thing that is done (``act``, in the recorded process),
and what must be true of a directory that it left at any point, given what it had claimed by then (``check``).
"""

import asyncio
import hashlib
import json
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from pydantic import SecretStr

from anaplan_tui.api.refs import FileRef
from anaplan_tui.core.bundle import BundleFailed, write_bundle
from anaplan_tui.core.downloads import (
    Connections,
    DownloadFailed,
    Fetched,
    PartIdentity,
    Patience,
    Terms,
    fetch,
    make_folder,
    publish,
)
from anaplan_tui.core.downloads.parts import Parts
from anaplan_tui.core.journal import Journal
from anaplan_tui.core.journal_wanted import Asked, Wanted
from anaplan_tui.core.login import TokenFile
from anaplan_tui.core.run_json import write_run_json
from anaplan_tui.core.snapshots import Dump, Phase, RunSnapshot, Verdict
from anaplan_tui.core.triage.errors import TriageError
from anaplan_tui.core.triage.layout import Layout
from anaplan_tui.core.triage.writing import write_rows
from anaplan_tui.core.uploads.record import Content, Record
from anaplan_tui.paths import UnsafePath
from tests.core.downloads_server import DUMP, ChunkServer, client_of, dump_of
from tests.core.journal_writer import TARGET, intent

logging.disable(logging.CRITICAL)

WHOLE = b"".join(dump_of([700] * 3))
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
