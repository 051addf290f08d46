"""The HTTP/1.1 client: sends requests, repeats those that may be repeated, and raises our own errors.

Redirects are never followed and every URL is built from the API host, so the token reaches no other host.
HTTP/2 is left out on purpose: in a measurement it moved chunks at a fifth of the speed.
"""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
from tenacity import AsyncRetrying, retry_if_exception

from anaplan_tui.api import failures
from anaplan_tui.api.clock import ServerClock
from anaplan_tui.api.errors import Broken, Unreachable
from anaplan_tui.api.exchange import BlockingTransport, Exchange
from anaplan_tui.api.options import TransportOptions
from anaplan_tui.api.proxies import Proxies, is_loopback
from anaplan_tui.api.quota import Quota, WithinQuota
from anaplan_tui.api.ratelimit import Bucket
from anaplan_tui.api.retry import Repeat, Retries
from anaplan_tui.api.routes import Routes
from anaplan_tui.api.tls import explain, trust

if TYPE_CHECKING:
    from anaplan_tui.api.chunk_pool import ChunkPool

log = logging.getLogger(__name__)

Trace = Callable[[str, Mapping[str, Any]], Awaitable[None]]
"""Called with what httpcore does with a request."""

_ERROR_BODY_LIMIT = 64 * 1024
_PARSE_IN_THREAD_FROM = 256 * 1024
_LOGIN_STEPS = 100_000
"""httpx counts every step of a login as a redirect, and allows 20. A code that waits to be typed is polled
for its whole life, which is 180 steps at the usual pace. Real redirects are not followed."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request in the client's terms."""

    doing: str
    """What it is for, as a phrase that follows "Cannot": it becomes the head of the error."""
    method: str
    path: str
    """Relative to the API base, with its parts quoted."""
    repeat: Repeat = Repeat.FREELY
    params: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    """Sent as JSON, in this order: the service wants ``localeName`` first (service.md §4)."""
    content: bytes | None = field(default=None, repr=False)
    """Sent as it is, instead of ``body``."""
    content_type: str = "application/octet-stream"
    accept: str = "application/json"
    quick: bool = False
    """Answered at once even by a busy model: a shorter read timeout detects a dead link earlier.

    Source: service.md §9.2.
    """
    within_s: float | None = None
    """Seconds after sending at which to give up, whatever has come; waiting to send does not count."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer with a status of success."""

    call: Call
    status: int
    headers: httpx.Headers
    body: bytes = field(repr=False)

    async def document(self) -> Any:
        """The JSON it holds; a big one is parsed in a thread. Raises :class:`Unreadable`."""
        arguments = (self.call.doing, self.body, self.headers.get("content-type", ""))
        if len(self.body) < _PARSE_IN_THREAD_FROM:
            return failures.parsed(*arguments)
        return await asyncio.to_thread(failures.parsed, *arguments)


class Transport:
    """Sends calls to one API host with one login."""

    def __init__(self, api_url: str, auth: httpx.Auth, options: TransportOptions) -> None:
        self._base = api_url.rstrip("/")
        self._options = options
        self.clock = ServerClock()
        limit = None if is_loopback(api_url) else options.rate_limit
        self._bucket = Bucket(limit, options.sleep) if limit else None
        self.quota: Quota | None = None
        """The limit for all requests, login requests included."""
        self._auth = auth
        self._trust = trust(options.ca_bundle)
        self._proxies = Proxies(options.proxy)
        self._http = httpx.AsyncClient(
            auth=auth,
            transport=self._within_quota(Routes(self._proxies, self._trust, options, self.clock)),
            trust_env=False,
            follow_redirects=False,
            max_redirects=_LOGIN_STEPS,
            headers={"User-Agent": options.user_agent},
        )
        self._streaming: httpx.AsyncClient | None = None
        self._making_streaming = asyncio.Lock()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()
        if self._streaming is not None:
            await self._streaming.aclose()

    async def fetch(self, call: Call) -> Answer:
        """Send a call, as often as its kind allows, and read the whole answer.

        If no try succeeds, raises the last one's error, one of the :class:`AnaplanError` family.
        """
        retries = Retries(self._options.retry, call.repeat, reading=call.method == "GET")
        tries = AsyncRetrying(
            sleep=self._options.sleep,
            retry=retry_if_exception(retries.may_repeat),
            wait=retries.pause_s,
            stop=retries.is_spent,
            reraise=True,
        )
        async with _within(call) as trace:
            async for attempt in tries:
                with attempt:
                    number = attempt.retry_state.attempt_number
                    async with self._opened(call, self._http, number, trace) as response:
                        body = await self._body(call, response)
        return Answer(call, response.status_code, response.headers, body)

    @asynccontextmanager
    async def stream(self, call: Call) -> AsyncIterator[tuple[httpx.Response, Exchange]]:
        """Send a call once, and yield the answer for a thread to read, if its status is success.

        Failures while it is read inside the ``with`` block are raised as our errors, too.
        """
        async with self._making_streaming:
            if self._streaming is None:
                self._streaming = await self._streaming_client()
        async with self._opened(call, self._streaming) as response:
            yield response, response.extensions["exchange"]

    @asynccontextmanager
    async def _opened(
        self,
        call: Call,
        http: httpx.AsyncClient,
        number: int = 1,
        trace: Trace | None = None,
    ) -> AsyncIterator[httpx.Response]:
        """Send a call once and yield the answer, still unread, if its status is success."""
        if self._bucket is not None:
            await self._bucket.take()
        request = self._request(call)
        if trace is not None:
            request.extensions["trace"] = trace
        async with self._told(call.doing, request):
            response = await self._sent(call, request, http, number)
            try:
                if not response.is_success:
                    raise failures.from_status(call.doing, response, await _beginning(response))
                yield response
            finally:
                await response.aclose()

    async def send_plain(self, doing: str, request: httpx.Request) -> None:
        """Send a request as it is, once, without our login, to whatever host it names."""
        request.extensions["timeout"] = self._timeout(quick=True).as_dict()
        request.headers.setdefault("User-Agent", self._options.user_agent)
        async with self._told(doing, request):
            response = await self._http.send(request, auth=None)
        if not response.is_success:
            raise failures.from_status(doing, response, response.content)

    async def knock(self, method: str, url: str, *, named: bool) -> int:
        """Send a request once, without our login, and return the answer's status; its body is not read."""
        request = httpx.Request(method, url, extensions={"timeout": self._timeout(quick=True).as_dict()})
        if named:
            request.headers["User-Agent"] = self._options.user_agent
        async with self._told("reach Anaplan", request):
            response = await self._http.send(request, auth=None, stream=True)
            await response.aclose()
        return response.status_code

    def _request(self, call: Call) -> httpx.Request:
        headers = {"Accept": call.accept}
        content = call.content
        if call.body is not None:
            content = json.dumps(call.body, ensure_ascii=False, separators=(",", ":")).encode()
            headers["Content-Type"] = "application/json"
        elif content is not None:
            headers["Content-Type"] = call.content_type
        return self._http.build_request(
            call.method,
            self._base + call.path,
            params=dict(call.params) or None,
            headers=headers,
            content=content,
            timeout=self._timeout(quick=call.quick),
        )

    async def _sent(
        self, call: Call, request: httpx.Request, http: httpx.AsyncClient, number: int
    ) -> httpx.Response:
        began = time.monotonic()
        outcome = "failed"
        try:
            response = await http.send(request, stream=True)
            outcome = str(response.status_code)
        finally:
            took_ms = (time.monotonic() - began) * 1000
            log.info("%s %s %s %.0f ms, try %d", call.method, call.path, outcome, took_ms, number)
        return response

    @asynccontextmanager
    async def _told(self, doing: str, request: httpx.Request) -> AsyncIterator[None]:
        """Turn the HTTP library's exceptions into ours."""
        try:
            yield
        except httpx.HTTPError as error:
            asked = _request_of(error) or request
            # If the exception is about another request than ours, it is the login that had to come first.
            failure = failures.from_exception(
                doing,
                error,
                host=asked.url.host,
                proxy=self._proxies.of(str(asked.url)),
                sent=asked is request,
            )
            refused = failures.refused_handshake(error)
            if refused is not None:
                why = await explain(asked.url, refused, self._proxies, self._trust, self._options)
                failure.explain(why.said, why.advice)
            raise failure from error

    async def _body(self, call: Call, response: httpx.Response) -> bytes:
        limit = self._options.max_body_bytes
        blocks, size = [], 0
        async for block in response.aiter_bytes():
            size += len(block)
            if size > limit:
                raise failures.unreadable(call.doing, f"an answer of more than {limit // 2**20} MB")
            blocks.append(block)
        return b"".join(blocks)

    async def _streaming_client(self) -> httpx.AsyncClient:
        """Make the client for chunks, for the first one only: most sessions never need it or its library."""
        # In a thread, because the import alone takes 40 ms.
        pool = await asyncio.to_thread(self._chunk_pool)
        return httpx.AsyncClient(
            auth=self._auth,
            transport=self._within_quota(BlockingTransport(pool)),
            trust_env=False,
            max_redirects=_LOGIN_STEPS,
        )

    def _within_quota(self, transport: httpx.AsyncBaseTransport) -> WithinQuota:
        return WithinQuota(transport, lambda: self.quota)

    def _chunk_pool(self) -> "ChunkPool":
        from anaplan_tui.api.chunk_pool import ChunkPool

        return ChunkPool(self._trust, self._proxies, self._options.max_connections)

    def _timeout(self, *, quick: bool) -> httpx.Timeout:
        options = self._options
        read_s = options.read_timeout_s
        return httpx.Timeout(
            connect=options.connect_timeout_s,
            read=min(options.quick_read_timeout_s, read_s) if quick else read_s,
            write=options.write_timeout_s,
            pool=options.pool_timeout_s,
        )


@asynccontextmanager
async def _within(call: Call) -> AsyncIterator[Trace | None]:
    """Limit a call's time, counted from when its request is on the wire, as its trace tells.

    Raises :class:`Unreachable`.
    """
    if (within_s := call.within_s) is None:
        yield None
        return
    try:
        async with asyncio.timeout(None) as limit:

            async def note(event: str, info: Mapping[str, Any]) -> None:
                # A proxy is first asked for a tunnel.
                is_sent = event == "http11.send_request_headers.started"
                if is_sent and info["request"].method != b"CONNECT" and limit.when() is None:
                    limit.reschedule(asyncio.get_running_loop().time() + within_s)

            yield note
    except TimeoutError:
        said = f"no answer within {within_s:.0f} s"
        raise Unreachable(call.doing, said, broken=Broken.TIMEOUT, sent=True) from None


def _request_of(error: httpx.HTTPError) -> httpx.Request | None:
    try:
        return error.request
    except RuntimeError:
        return None


async def _beginning(response: httpx.Response) -> bytes:
    """As much of an error's body as a message can need."""
    blocks, size = [], 0
    async for block in response.aiter_bytes():
        blocks.append(block)
        size += len(block)
        if size >= _ERROR_BODY_LIMIT:
            break
    return b"".join(blocks)
