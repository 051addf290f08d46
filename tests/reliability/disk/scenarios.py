"""What is done to the disk while it fails or loses its power, and what has to hold of it afterwards.

Each scenario has files from before (``prepare``), one thing that is done (``act``, in the recorded process),
and what must be true of a directory that it left at any point, given what it had claimed by then (``check``).
"""

import logging
from datetime import UTC, datetime

from tests.core.downloads_server import dump_of

logging.disable(logging.CRITICAL)

WHOLE = b"".join(dump_of([700] * 3))
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
