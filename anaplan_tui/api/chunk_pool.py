"""The connection pool for chunk downloads: urllib3's, used by blocking threads.

httpx copies every byte three times on its way out, which cost 1.9 s of CPU per gigabyte when it was measured;
urllib3 passes on what the socket wrote, for 0.5 s, and over TLS for 2.0 s instead of 3.5 s. Current figures
are in ``tests/bench/benchmarks.md``. Everything else stays with httpx. Failures are raised as httpx's
exceptions, so that one place reports them.
"""

import base64
import contextlib
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    DecodeError,
    HTTPError,
    LocationValueError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from anaplan_tui.api.deadlines import BodyRate, TooSlow, patience_s
from anaplan_tui.api.proxies import Proxies, Proxy
from anaplan_tui.api.routes import NameUnknown

_BLOCK = 256 * 1024
"""Bytes per read. Bigger blocks cost memory and gain little."""
_RECORD = 16 * 1024
"""The largest TLS record (RFC 8446 §5.1)."""
_BRISK = 1024 * 1024
"""Bytes a second from which on reads wait for whole blocks."""
_CODINGS = "gzip, deflate"
"""The encodings that urllib3 unpacks without further packages."""
_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3}.*)")


class ChunkPool:
    """Sends requests from any thread. It follows no redirects and retries nothing."""

    def __init__(self, trust: ssl.SSLContext, proxies: Proxies, size: int) -> None:
        """``proxies`` picks the proxy for a URL; up to ``size`` connections to a host are kept open."""
        self._proxies = proxies
        self._shared: dict[str, Any] = {"ssl_context": trust, "maxsize": size}
        self._managers: dict[Proxy | None, urllib3.PoolManager] = {}

    def send(self, request: httpx.Request) -> "Answer":
        """Send ``request`` and return its answer, the body still unread. Raises ``httpx.HTTPError``."""
        limits = request.extensions.get("timeout", {})
        with _told(request, reading=False):
            response = self._manager(request.url).urlopen(
                request.method,
                str(request.url),
                body=request.content or None,
                headers={**request.headers, "accept-encoding": _CODINGS},
                timeout=urllib3.Timeout(connect=limits.get("connect"), read=limits.get("read")),
                redirect=False,
                retries=False,
                preload_content=False,
            )
        return Answer(request, response)

    def close(self) -> None:
        """Close the idle connections; those in use are closed when they are done."""
        for manager in self._managers.values():
            manager.clear()

    def _manager(self, url: httpx.URL) -> urllib3.PoolManager:
        proxy = self._proxies.of(str(url))
        if proxy not in self._managers:
            self._managers[proxy] = self._new_manager(proxy)
        return self._managers[proxy]

    def _new_manager(self, proxy: Proxy | None) -> urllib3.PoolManager:
        if proxy is None:
            return urllib3.PoolManager(**self._shared)
        if proxy.socks:
            from urllib3.contrib.socks import SOCKSProxyManager

            user, password = (None, None) if proxy.user is None else (proxy.user, proxy.password)
            return SOCKSProxyManager(proxy.url, username=user, password=password, **self._shared)
        pair = base64.b64encode(f"{proxy.user}:{proxy.password}".encode()).decode("ascii")
        return urllib3.ProxyManager(
            proxy.url,
            proxy_headers=None if proxy.user is None else {"Proxy-Authorization": f"Basic {pair}"},
            proxy_ssl_context=self._shared["ssl_context"],
            **self._shared,
        )


class Answer:
    """An answer whose body one thread reads once; other threads may break it off or give it up."""

    def __init__(self, request: httpx.Request, response: urllib3.BaseHTTPResponse) -> None:
        self._request, self._response = request, response
        self.rate = BodyRate(patience_s(request))
        self._given_up = False
        self.status = response.status
        headers = httpx.Headers(list(response.headers.items()))
        self._encoded = headers.get("content-encoding", "identity").strip().lower() != "identity"
        if self._encoded:
            # The body comes out unpacked, so neither header is true of it any more.
            del headers["content-encoding"]
            headers.pop("content-length", None)
        self.headers = headers

    def blocks(self) -> Iterator[bytes]:
        """The body, unpacked, in blocks as they arrive. Raises ``httpx.HTTPError``."""
        gathers = self._request.url.scheme == "https"
        size = _RECORD if gathers else _BLOCK
        read = self._response.read1
        while True:
            began = time.monotonic()
            block = self._next(read, size)
            if not block:
                return
            yield block
            if gathers:
                # A read returns one TLS record at most, and each costs as much as a big block. So reads wait
                # for more, as long as much comes quickly: a slow link still shows that it moves, even when a
                # little was held up and then arrives at once.
                brisk = len(block) >= max(_BRISK * (time.monotonic() - began), size // 4)
                size = min(_BLOCK, size * 2) if brisk else _RECORD
                read = self._response.read if brisk else self._response.read1

    def _next(self, read: Callable[..., bytes], size: int) -> bytes:
        self.rate.waits()
        try:
            with _told(self._request, reading=True):
                block = read(size, decode_content=self._encoded)
        except httpx.HTTPError as error:
            if self._given_up:
                raise self._slow() from error
            raise
        self.rate.came(len(block))
        if self._given_up or (block and self.rate.too_slow):
            raise self._slow()
        return block

    def _slow(self) -> TooSlow:
        return TooSlow("the body hardly moves", request=self._request)

    def give_up(self) -> None:
        """Break the answer off because it hardly moves; its reader raises :class:`TooSlow`."""
        self._given_up = True
        self.break_off()

    def break_off(self) -> None:
        """Wake the thread that waits for bytes of this answer: no more will come."""
        # ValueError and RuntimeError: it is closed, or its connection serves another request by now.
        with contextlib.suppress(ValueError, RuntimeError, OSError):
            self._response.shutdown()

    def close(self) -> None:
        """Give the connection back, or close it if the answer was not read to its end."""
        self._response.close()


@contextlib.contextmanager
def _told(request: httpx.Request, *, reading: bool) -> Iterator[None]:
    """Turn urllib3's exceptions into httpx's."""
    try:
        yield
    except HTTPError as error:
        kind, said = _kind_of(error, reading=reading)
        raise kind(said, request=request) from error


def _kind_of(error: HTTPError, *, reading: bool) -> tuple[type[httpx.RequestError], str]:
    if isinstance(error, ProxyError) and isinstance(error.original_error, HTTPError):
        return _kind_of(error.original_error, reading=reading)
    said = str(error)
    if (socks := _of_socks(error)) is not None:
        return socks
    refused = _TUNNEL.search(said)
    if refused:
        return httpx.ProxyError, refused[1]
    kinds: tuple[tuple[type[HTTPError], type[httpx.RequestError]], ...] = (
        (NewConnectionError, httpx.ConnectError),
        (ConnectTimeoutError, httpx.ConnectTimeout),
        (ReadTimeoutError, httpx.ReadTimeout),
        (SSLError, httpx.ReadError if reading else httpx.ConnectError),
        (DecodeError, httpx.DecodingError),
        (LocationValueError, httpx.UnsupportedProtocol),
    )
    for theirs, ours in kinds:
        if isinstance(error, theirs):
            return ours, said
    return httpx.RemoteProtocolError, said


def _of_socks(error: HTTPError) -> tuple[type[httpx.RequestError], str] | None:
    """What a SOCKS proxy said; urllib3 reports it as if there were no proxy."""
    cause: BaseException | None = error
    while cause is not None:
        # By name, because the library is an extra.
        if type(cause).__module__ == "socks" and type(cause).__name__ != "ProxyConnectionError":
            below = getattr(cause, "socket_err", None)
            if isinstance(below, socket.gaierror):
                return NameUnknown, str(below)
            return httpx.ProxyError, str(cause)
        cause = cause.__cause__ or cause.__context__
    return None
