"""Turns HTTP statuses and network failures into errors with words for the operator.

There are two entry points: for an HTTP status that is not success (:func:`from_status`), and for an exception
of the HTTP library (:func:`from_exception`). For what each status means, see service.md §9.2.
"""

import json
import socket
import ssl
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import httpx

from anaplan_tui.api.clean import clean
from anaplan_tui.api.clock import retry_after_s
from anaplan_tui.api.deadlines import LEAST_RATE, TooSlow
from anaplan_tui.api.errors import (
    AnaplanError,
    Broken,
    ModelUnavailable,
    NoAccess,
    NotAuthenticated,
    NotFound,
    RateLimited,
    Refused,
    ServerFailed,
    Unreachable,
    Unreadable,
)
from anaplan_tui.api.proxies import CONFIGURED, Proxy
from anaplan_tui.api.routes import NameUnknown

_SAID_LIMIT = 500

_REFUSALS: dict[int, tuple[type[AnaplanError], str]] = {
    400: (Refused, "The request itself is wrong; the service's message says which part."),
    401: (NotAuthenticated, "Log in again: check the user, the password or token, and the region's hosts."),
    403: (NoAccess, "A workspace administrator can give this user the right to it."),
    404: (
        NotFound,
        "It was removed, or this user has no access to it: the service answers the same to both. "
        "A workspace administrator can see which.",
    ),
    405: (Refused, "This host does not offer that; check that api_url is the Integration API."),
    409: (Refused, "Another action holds the object; try again when it has ended."),
    410: (Refused, "The model is being moved to another server; try again in a few minutes."),
    413: (Refused, "The service takes smaller pieces only."),
    422: (
        ModelUnavailable,
        "The model is archived; a workspace administrator can take it out of the archive.",
    ),
    423: (ModelUnavailable, "The model is locked; a workspace administrator or model builder can unlock it."),
    424: (ModelUnavailable, "The model is offline; a workspace administrator can bring it back online."),
    425: (
        ModelUnavailable,
        "The model is in deployed mode, which does not allow this; ask its builder.",
    ),
}

_UNKNOWN_REFUSAL = (Refused, "")
_BUSY = "The tenant's request limit is used up; wait, or let other integrations finish first."
_DOWN = "The service has a fault or is in maintenance; try again in a few minutes."


def service_message(body: bytes) -> str:
    """The service's message in an error body, as one clean line; empty if there is none.

    Knows the envelopes of the Integration API (service.md §9.1), the token service (service.md §2.4) and
    OAuth (service.md §2.5).
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(document, Mapping):
        return ""
    status = document.get("status")
    nested = status.get("message") if isinstance(status, Mapping) else None
    for said in (nested, *map(document.get, ("statusMessage", "error_description", "message", "error"))):
        if isinstance(said, str) and said.strip():
            return clean(said.strip(), limit=_SAID_LIMIT)
    return ""


def _said(status: int, body: bytes) -> str:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "no such status in the standard"
    return f"{service_message(body) or phrase} (HTTP {status})"


def from_status(doing: str, response: httpx.Response, body: bytes) -> AnaplanError:
    """The error for an answer whose status is not success. ``body`` may be cut short."""
    status = response.status_code
    if 300 <= status < 400:
        return _redirected(doing, response)
    said = _said(status, body)
    if status == 407:
        return Unreachable(
            doing,
            f"the proxy wants a login: {said}",
            _PROXY_LOGIN,
            broken=Broken.PROXY,
            sent=False,
            status=status,
        )
    wait_s = retry_after_s(response.headers, now=datetime.now(UTC))
    if status == 429:
        return RateLimited(doing, said, _BUSY, status=status, retry_after_s=wait_s)
    if status >= 500:
        return ServerFailed(doing, said, _DOWN, status=status, retry_after_s=wait_s)
    kind, advice = _REFUSALS.get(status, _UNKNOWN_REFUSAL)
    return kind(doing, said, advice, status=status)


def _redirected(doing: str, response: httpx.Response) -> AnaplanError:
    """The error for a redirect, which is never followed: the token is for one host only."""
    asked = clean(response.request.url.host)
    try:
        target = urlsplit(response.headers.get("location", "")).hostname
    except ValueError:
        target = None
    error = Unreadable(
        doing,
        f"{asked} redirects to {clean(target) if target else asked} (HTTP {response.status_code})",
        "Redirects are not followed, so that the token reaches no other host; check the hosts of this "
        "profile, and whether a proxy or sign-in page stands between.",
        status=response.status_code,
    )
    error.outcome_unknown = False
    return error


def unreadable(doing: str, what: str, *, status: int | None = None) -> Unreadable:
    """The error for an answer that is not what the API speaks."""
    return Unreadable(
        doing,
        what,
        "Something between here and Anaplan may have answered in its place: check the hosts and the proxy.",
        status=status,
    )


def parsed(doing: str, body: bytes, content_type: str = "") -> Any:
    """The JSON document of an answer. Raises :class:`Unreadable` for HTML, broken JSON and empty bodies."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        pass
    if not body.strip():
        raise unreadable(doing, "an empty answer where a document was due")
    if "html" in content_type.lower() or body.lstrip()[:1] == b"<":
        raise unreadable(doing, "a web page where a JSON document was due")
    raise unreadable(doing, "an answer that is not valid JSON")


_PROXY_LOGIN = (
    "Put the user and password of the proxy into the proxy setting of this profile, "
    "as in http://user:password@proxy.corp:3128."
)
_TLS_ADVICE = "Check what answers there, and the clock of this machine."
_NAME_ADVICE = "Check the hosts of this profile, and whether this machine resolves names outside."
_LOCAL_NAME_ADVICE = (
    "With socks5:// this machine looks names up, with socks5h:// the proxy does; "
    "also check the hosts of this profile."
)
_CONNECT_ADVICE = "Check the hosts of this profile, the firewall, and whether a proxy is needed."
_TIMEOUT_ADVICE = "The model may still be loading, or the link is slow; try again."
_SLOW_ADVICE = "Something on the way hardly moves; try again, and check the link and the proxy."
_CUT_ADVICE = "The link or a proxy dropped the connection; try again."

_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)
"""Failures before the first byte of a request leaves."""


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and all its causes, down to the operating system's own."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        current = waiting.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        waiting += [current.__cause__, current.__context__]
        if isinstance(current, BaseExceptionGroup):
            waiting += current.exceptions


def _found(error: BaseException, kind: type[BaseException]) -> BaseException | None:
    return next((cause for cause in _causes(error) if isinstance(cause, kind)), None)


def from_exception(
    doing: str, error: httpx.HTTPError, *, host: str, proxy: Proxy | None, sent: bool
) -> AnaplanError:
    """The error for a failure of the transport.

    ``host`` was asked, through ``proxy`` if there is one. ``sent=False`` says that the request itself was
    never begun, because the login before it failed.
    """
    if isinstance(error, httpx.DecodingError):
        garbled = unreadable(doing, "an answer whose compression is broken")
        garbled.outcome_unknown = sent
        return garbled
    broken, said, advice = _diagnosis(error, clean(host), proxy)
    sent = sent and not isinstance(error, _NOT_SENT)
    status = _proxy_status(error) if broken is Broken.PROXY else None
    return Unreachable(doing, said, advice, broken=broken, sent=sent, status=status)


def _proxy_status(error: httpx.HTTPError) -> int | None:
    """The status with which a proxy refused a tunnel; the HTTP library's message begins with it."""
    first = str(error)[:3]
    return int(first) if isinstance(error, httpx.ProxyError) and first.isascii() and first.isdigit() else None


def refused_handshake(error: httpx.HTTPError) -> ssl.SSLError | None:
    """The TLS library's error, if the handshake failed."""
    tls = _found(error, ssl.SSLError) if isinstance(error, httpx.ConnectError) else None
    return tls if isinstance(tls, ssl.SSLError) else None


def _at(proxy: Proxy | None) -> str:
    return f" ({clean(proxy.place)})" if proxy is not None else ""


def _proxy_advice(proxy: Proxy | None) -> str:
    if proxy is None:
        return "Check the proxy setting of this profile and the proxy environment variables."
    named_by = f"the variable {proxy.named_by}" if proxy.named_by != CONFIGURED else proxy.named_by
    return f"It comes from {named_by}: check it, and whether this host is allowed through."


def _diagnosis(error: httpx.HTTPError, host: str, proxy: Proxy | None) -> tuple[Broken, str, str]:
    tls = refused_handshake(error)
    match error:
        case httpx.ProxyError():
            if _proxy_status(error) == 407:
                return Broken.PROXY, "the proxy wants a login (407)", _PROXY_LOGIN
            said = f"the proxy refused the way to {host}: {_reason(error)}{_at(proxy)}"
            return Broken.PROXY, said, _proxy_advice(proxy)
        case httpx.ConnectError() if tls is not None:
            return Broken.TLS, f"the TLS connection to {host} was refused: {_reason(tls)}", _TLS_ADVICE
        case NameUnknown():
            return Broken.NAME, f"the name {host} does not resolve", _LOCAL_NAME_ADVICE
        case httpx.ConnectError() | httpx.ConnectTimeout() if proxy is not None:
            said = f"the proxy is not reachable: {_reason(error)}{_at(proxy)}"
            return Broken.PROXY, said, _proxy_advice(proxy)
        case httpx.ConnectError() if _found(error, socket.gaierror) is not None:
            return Broken.NAME, f"the name {host} does not resolve", _NAME_ADVICE
        case httpx.ConnectError():
            return Broken.CONNECT, f"no connection to {host}: {_reason(error)}", _CONNECT_ADVICE
        case httpx.ConnectTimeout():
            return Broken.CONNECT, f"no connection to {host} in time", _CONNECT_ADVICE
        case httpx.PoolTimeout():
            return (
                Broken.TIMEOUT,
                "all our connections are busy",
                "Let downloads finish first.",
            )
        case TooSlow():
            said = f"the answer of {host} comes too slowly: less than {LEAST_RATE} bytes a second"
            return Broken.SLOW, said, _SLOW_ADVICE
        case httpx.TimeoutException():
            return Broken.TIMEOUT, f"no answer from {host} in time", _TIMEOUT_ADVICE
        case httpx.UnsupportedProtocol() | httpx.LocalProtocolError():
            return Broken.CONNECT, f"the request to {host} cannot be made: {_reason(error)}", _CONNECT_ADVICE
        case _:
            return Broken.CUT, f"the connection to {host} ended before the answer was whole", _CUT_ADVICE


def _reason(error: BaseException) -> str:
    """The operating system's or TLS library's own words, without Python's decoration."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return clean(error.verify_message, limit=_SAID_LIMIT)
    if isinstance(error, ssl.SSLError):
        return clean(error.reason or "handshake failed", limit=_SAID_LIMIT)
    for cause in _causes(error):
        if isinstance(cause, OSError) and cause.strerror:
            return clean(cause.strerror, limit=_SAID_LIMIT)
    return clean(str(error) or type(error).__name__, limit=_SAID_LIMIT)
