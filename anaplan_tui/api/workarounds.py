"""Every touch of another library's private parts, with its version and reason."""

import httpcore
import httpx
from httpcore._sync.http11 import HTTP11Connection

from anaplan_tui.api.gathering import GatheringBackend

READ_BYTES = 256 * 1024
"""As much of a chunk as is handed on at once. Four times as much is a tenth quicker, and costs 10 MB of
memory a connection."""


def read_bigger_blocks(client: httpx.Client) -> None:
    """Let a blocking client (httpx 0.28, httpcore 1.0) read 256 KB at a time, also over TLS.

    Else it asks for 64 KB, and over TLS gets 16. httpcore takes another network backend, but httpx has no
    setting that hands it on, and there is none for the size.
    """
    HTTP11Connection.READ_NUM_BYTES = READ_BYTES
    backend = GatheringBackend()
    for transport in (client._transport, *client._mounts.values()):
        pool = getattr(transport, "_pool", None)
        if isinstance(pool, httpcore.ConnectionPool):
            pool._network_backend = backend
