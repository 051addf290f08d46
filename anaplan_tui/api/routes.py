"""The route of each request: direct, or through the proxy for its host (``proxies``)."""

import asyncio
import socket
import ssl
import time
from typing import Any

import httpx

from anaplan_tui.api.clock import ServerClock
from anaplan_tui.api.deadlines import TimedBody, TooSlow, head_within_s
from anaplan_tui.api.options import TransportOptions
from anaplan_tui.api.proxies import Proxies, Proxy


class NameUnknown(httpx.ConnectError):
    """This machine had to look up a name for a SOCKS proxy, and could not."""


class Routes(httpx.AsyncBaseTransport):
    """Sends each request by its route, with one connection pool per route, and enforces its deadline."""

    def __init__(
        self, proxies: Proxies, trust: ssl.SSLContext, options: TransportOptions, clock: ServerClock
    ) -> None:
        """``clock`` learns from every answer, even that of a refused login."""
        self._proxies = proxies
        self._trust = trust
        self._options = options
        self._clock = clock
        self._pools: dict[Proxy | None, httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request by the route to its host."""
        proxy = self._proxies.of(str(request.url))
        sent_at = time.time()
        try:
            async with asyncio.timeout(head_within_s(request)):
                response = await self._sent(request, proxy)
        except TimeoutError as error:
            raise TooSlow("the answer does not begin", request=request) from error
        self._clock.note(response.headers, sent_at=sent_at, received_at=time.time())
        assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101  # an asynchronous answer's is
        response.stream = TimedBody(response.stream, request)
        return response

    async def aclose(self) -> None:
        """Close every route."""
        for pool in self._pools.values():
            await pool.aclose()

    async def _sent(self, request: httpx.Request, proxy: Proxy | None) -> httpx.Response:
        if proxy not in self._pools:
            self._pools[proxy] = pool_through(proxy, self._trust, self._options)
        pool = self._pools[proxy]
        if proxy is None or not proxy.socks:
            return await pool.handle_async_request(request)
        return await _by_socks(pool, request if proxy.resolves else await by_address(request))


async def _by_socks(pool: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
    """Add what httpcore 1.0 lacks: close refused SOCKS connections, and report what is not SOCKS."""
    begun: list[Any] = []
    also = request.extensions.get("trace")

    async def note(event: str, info: dict[str, Any]) -> None:
        if also is not None:
            await also(event, info)
        if event == "socks.connect_tcp.complete":
            begun.append(info["return_value"])
        elif event == "socks.setup_socks5_connection.complete":
            begun.clear()

    request.extensions["trace"] = note
    try:
        return await pool.handle_async_request(request)
    except (httpx.HTTPError, OSError):
        raise
    except Exception as error:
        raise httpx.ProxyError("it does not speak SOCKS", request=request) from error
    finally:
        for stream in begun:
            await stream.aclose()


def pool_through(
    proxy: Proxy | None, trust: ssl.SSLContext, options: TransportOptions
) -> httpx.AsyncHTTPTransport:
    """Connections through ``proxy``, or direct ones."""
    return httpx.AsyncHTTPTransport(
        verify=trust,
        trust_env=False,
        http1=True,
        http2=False,
        proxy=None if proxy is None else _as_httpx(proxy, trust),
        limits=httpx.Limits(
            max_connections=options.max_connections,
            max_keepalive_connections=options.max_connections,
            keepalive_expiry=options.keepalive_s,
        ),
    )


def _as_httpx(proxy: Proxy, trust: ssl.SSLContext) -> httpx.Proxy:
    return httpx.Proxy(
        httpx.URL(scheme=proxy.scheme, host=proxy.host, port=proxy.port),
        auth=None if proxy.user is None else (proxy.user, proxy.password),
        ssl_context=trust if proxy.scheme == "https" else None,
    )


async def by_address(request: httpx.Request) -> httpx.Request:
    """``request`` with an address instead of a name; the certificate is still checked against the name."""
    host = request.url.host
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise NameUnknown(str(error), request=request) from error
    return httpx.Request(
        request.method,
        request.url.copy_with(host=found[0][4][0]),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": host},
    )
