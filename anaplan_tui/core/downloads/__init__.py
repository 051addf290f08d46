"""The download engine: chunks in, one byte-exact file out.

``fetch`` gets one file; ``Downloads`` runs many in parallel and feeds the store. The engine serves process
dumps, import dumps and export files: anything that the service hands out in chunks.
"""

from anaplan_tui.core.downloads.engine import Fetched, FindSaved, FindTraces, Terms, discard, fetch
from anaplan_tui.core.downloads.errors import DownloadFailed, DumpGone, NoRoom, Traces
from anaplan_tui.core.downloads.naming import dump_name, run_folder, safe_name
from anaplan_tui.core.downloads.parts import PartIdentity
from anaplan_tui.core.downloads.publish import Published, make_folder, publish
from anaplan_tui.core.downloads.queue import DownloadRequest, Downloads
from anaplan_tui.core.downloads.receipts import Receipt
from anaplan_tui.core.downloads.service import Chunk, ChunkClient, ChunkStream
from anaplan_tui.core.downloads.tally import Tally
from anaplan_tui.core.transfers.locks import sweep
from anaplan_tui.core.transfers.meter import Meter
from anaplan_tui.core.transfers.pace import Connections, Patience

__all__ = [
    "Chunk",
    "ChunkClient",
    "ChunkStream",
    "Connections",
    "DownloadFailed",
    "DownloadRequest",
    "Downloads",
    "DumpGone",
    "Fetched",
    "FindSaved",
    "FindTraces",
    "Meter",
    "NoRoom",
    "PartIdentity",
    "Patience",
    "Published",
    "Receipt",
    "Tally",
    "Terms",
    "Traces",
    "discard",
    "dump_name",
    "fetch",
    "make_folder",
    "publish",
    "run_folder",
    "safe_name",
    "sweep",
]
