"""The clients' TCP connections, where faults can reach them."""

import asyncio
import socket
import struct
import time
from dataclasses import dataclass, field

from uvicorn.protocols.http.h11_impl import H11Protocol

_BURST = 32_768.0

Peer = tuple[str, int]


@dataclass(slots=True)
class Connection:
    """A client's TCP connection."""

    transport: asyncio.Transport
    lost: asyncio.Event = field(default_factory=asyncio.Event)
    allowance: float = _BURST
    filled: float = field(default_factory=time.monotonic)

    def reset(self) -> None:
        """Close with a TCP reset: whatever the client has not read is lost."""
        sock = self.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def wait_for(self, size: int, rate: float) -> float:
        """Take `size` bytes from this connection's token bucket. Return the seconds to wait first."""
        now = time.monotonic()
        self.allowance = min(_BURST, self.allowance + (now - self.filled) * rate) - size
        self.filled = now
        return max(0.0, -self.allowance / rate)


Connections = dict[Peer, Connection]


def protocol_with(connections: Connections) -> type[H11Protocol]:
    """Return uvicorn's protocol class, extended to record its transports where faults can reach them."""

    class DemoProtocol(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
            super().connection_made(transport)
            # asyncio does this only for sockets that name their protocol; the ones accepted here do not
            transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.client is not None:
                connections[self.client] = Connection(transport)

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            if self.client is not None and (connection := connections.pop(self.client, None)):
                connection.lost.set()

    return DemoProtocol
