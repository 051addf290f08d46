"""A network stream that hands on what has arrived in one piece, instead of one TLS record at a time.

A TLS record is 16 KB, and each piece costs the same work in the HTTP library whatever its size: gathered,
a chunk over TLS takes less than half of the CPU (``tests/bench/benchmarks.md``).
"""

import ssl
from collections.abc import Iterable
from typing import Any

import httpcore


class GatheringBackend(httpcore.SyncBackend):
    """Opens connections as usual, and reads them in big pieces."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        return _Gathering(super().connect_tcp(host, port, timeout, local_address, socket_options))


class _Gathering(httpcore.NetworkStream):
    """Waits for the first bytes as long as it is told to, then takes what else is there already."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream
        self._socket = stream.get_extra_info("socket")
        self._buffer = memoryview(b"")

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if len(self._buffer) < max_bytes:
            self._buffer = memoryview(bytearray(max_bytes))
        try:
            self._socket.settimeout(timeout)
            size = self._socket.recv_into(self._buffer[:max_bytes])
            if size:
                size = self._more(size, max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout(error) from error
        except OSError as error:
            raise httpcore.ReadError(error) from error
        return bytes(self._buffer[:size])

    def _more(self, size: int, max_bytes: int) -> int:
        self._socket.settimeout(0)
        try:
            while size < max_bytes and (more := self._socket.recv_into(self._buffer[size:max_bytes])):
                size += more
        except (BlockingIOError, ssl.SSLWantReadError):
            pass
        return size

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        inner = self._stream.start_tls(ssl_context, server_hostname, timeout)
        # TLS within the TLS of a proxy is not read from the socket: it stays as it is.
        return _Gathering(inner) if isinstance(inner.get_extra_info("ssl_object"), ssl.SSLSocket) else inner

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
