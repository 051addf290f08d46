"""Each kind of failure has its class, its cause and a sentence of advice."""

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from anaplan_tui.api.auth import BasicAuth, TokenAuth
from anaplan_tui.api.client import AnaplanClient
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
from anaplan_tui.api.hosts import Hosts
from anaplan_tui.api.options import RetryPolicy, TransportOptions
from anaplan_tui.api.refs import DumpRef
from tests.support.raw_server import MODEL, TASK, RawServer, Reply, fast, http, in_turn, talking_to

CERTIFICATES = Path(__file__).parent / "certificates"
USER_ANSWER = http(200, b'{"user":{"id":"u"}}')

MEANINGS = [
    (400, Refused, "which part"),
    (401, NotAuthenticated, ""),
    (403, NoAccess, "workspace administrator"),
    (404, NotFound, "no access"),
    (405, Refused, "api_url"),
    (406, Refused, ""),
    (409, Refused, "Another action"),
    (410, Refused, "moved"),
    (415, Refused, ""),
    (418, Refused, ""),
    (422, ModelUnavailable, "archived"),
    (423, ModelUnavailable, "locked"),
    (424, ModelUnavailable, "offline"),
    (425, ModelUnavailable, "deployed"),
    (429, RateLimited, "limit"),
    (500, ServerFailed, "maintenance"),
    (503, ServerFailed, "maintenance"),
    (599, ServerFailed, ""),
]


@pytest.mark.parametrize(("status", "kind", "advice"), MEANINGS)
async def test_what_a_status_means(status: int, kind: type[AnaplanError], advice: str) -> None:
    body = json.dumps(
        {"status": {"code": status, "message": "So says\x1b the\nservice"}, "path": "/x"}
    ).encode()
    async with RawServer(in_turn(http(status, body))) as server, talking_to(server) as client:
        with pytest.raises(AnaplanError) as caught:
            await client.model_status(MODEL)
    error = caught.value
    assert type(error) is kind
    assert error.status == status
    assert advice in error.advice
    if status != 401:
        assert "So says␛ the␊service" in error.said
        assert str(status) in error.said
        assert error.doing == "read the model's status"


ENVELOPES = [
    ({"status": {"code": 404, "message": "Not here"}}, "Not here"),
    ({"status": "FAILURE_BAD_HEADER", "statusMessage": "Bad header"}, "Bad header"),
    ({"error": "invalid_grant", "error_description": "Code is used up"}, "Code is used up"),
    ({"error": "invalid_grant"}, "invalid_grant"),
    ({"message": "Plain"}, "Plain"),
    ({"status": {"message": None}, "message": 5}, "Not Found"),
    ([], "Not Found"),
    ("text", "Not Found"),
]


@pytest.mark.parametrize(("document", "said"), ENVELOPES)
async def test_the_words_of_the_service(document: object, said: str) -> None:
    answer = http(404, json.dumps(document).encode())
    async with RawServer(in_turn(answer)) as server, talking_to(server) as client:
        with pytest.raises(NotFound) as caught:
            await client.me()
    assert caught.value.said == f"{said} (HTTP 404)"


async def test_an_error_body_without_end_is_not_waited_for() -> None:
    answer = Reply(http(404, b"x" * 200_000, length=10**12), then="hang")
    async with RawServer(in_turn(answer)) as server, talking_to(server) as client, asyncio.timeout(60):
        with pytest.raises(NotFound):
            await client.me()


WRONG_BODIES = [
    (b"<!DOCTYPE html><p>Sign in", "web page"),
    (b"", "empty"),
    (b'{"user": {"id"', "not valid JSON"),
    (b"[" * 100_000, "not valid JSON"),
    (b"\xff\xfe\x00", "not valid JSON"),
    (b'{"user": 5}', "without 'user'"),
]


@pytest.mark.parametrize(("body", "said"), WRONG_BODIES)
async def test_success_with_a_body_that_is_none(body: bytes, said: str) -> None:
    async with RawServer(in_turn(http(200, body))) as server, talking_to(server) as client:
        with pytest.raises(Unreadable, match=said):
            await client.me()


async def test_broken_compression_is_named() -> None:
    answer = http(200, b"not gzip at all", "Content-Encoding: gzip")
    async with RawServer(in_turn(answer)) as server, talking_to(server) as client:
        with pytest.raises(Unreadable, match="compression"):
            await client.me()


async def test_a_redirect_is_not_followed() -> None:
    async with RawServer(in_turn(USER_ANSWER)) as other:
        answer = http(302, b"", f"Location: http://localhost:{other.port}/login?next=%1b")
        async with RawServer(in_turn(answer)) as server, talking_to(server) as client:
            with pytest.raises(Unreadable) as caught:
                await client.me()
        assert other.seen == []
    assert "127.0.0.1 redirects to localhost" in caught.value.said
    assert not caught.value.outcome_unknown


@pytest.mark.parametrize("location", ["", "//[", "/elsewhere", "http://\x7f"])
async def test_a_redirect_to_nowhere(location: str) -> None:
    answer = http(307, b"", f"Location: {location}")
    async with RawServer(in_turn(answer)) as server, talking_to(server) as client:
        with pytest.raises(AnaplanError):
            await client.me()


# --- reaching the host


Ask = Callable[[AnaplanClient], Awaitable[object]]
BrokenWay = Callable[..., Awaitable[Unreachable]]


async def a_document(client: AnaplanClient) -> object:
    return await client.me()


async def a_chunk(client: AnaplanClient) -> object:
    """Read by a thread and another library; callers must not notice."""
    async with client.stream_chunk(DumpRef(TASK, "112000000007"), "0") as stream:
        return await stream.drain(list)


@pytest.fixture(params=[a_document, a_chunk])
def broken(request: pytest.FixtureRequest) -> BrokenWay:
    """How the connection to a host fails, for either kind of request."""
    ask: Ask = request.param

    async def how(url: str, **options: object) -> Unreachable:
        auth = TokenAuth(SecretStr("t0ken"))
        async with AnaplanClient(Hosts(url, url), auth, options=fast(**options)) as client:
            with pytest.raises(Unreachable) as caught:
                await ask(client)
        assert caught.value.advice
        return caught.value

    return how


async def test_a_name_that_does_not_resolve(broken: BrokenWay) -> None:
    error = await broken("https://tenant.invalid", retry=RetryPolicy(tries=1))
    assert error.broken is Broken.NAME
    assert "tenant.invalid" in error.said
    assert not error.outcome_unknown


async def test_a_port_where_nobody_listens_is_named(broken: BrokenWay, unused_tcp_port: int) -> None:
    error = await broken(f"http://127.0.0.1:{unused_tcp_port}")
    assert error.broken is Broken.CONNECT
    assert not error.outcome_unknown


async def test_no_answer_in_time(broken: BrokenWay) -> None:
    async with RawServer(in_turn(Reply(b"", then="hang"))) as server:
        error = await broken(server.url, read_timeout_s=0.1)
    assert error.broken is Broken.TIMEOUT
    assert error.outcome_unknown


async def test_cut_in_the_middle(broken: BrokenWay) -> None:
    async with RawServer(in_turn(Reply(http(200, b"{", length=9), then="cut"))) as server:
        error = await broken(server.url)
    assert error.broken is Broken.CUT
    assert error.outcome_unknown


@pytest.fixture
def certificate() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / "cert.pem", CERTIFICATES / "key.pem")
    return context


async def test_a_certificate_that_nobody_trusts_is_refused_once(
    broken: BrokenWay, certificate: ssl.SSLContext
) -> None:
    async with RawServer(in_turn(USER_ANSWER), tls=certificate) as server:
        error = await broken(server.url)
        assert server.seen == []
    assert error.broken is Broken.TLS
    assert "ca_bundle" in error.advice


async def test_the_ca_bundle_serves_the_login_too(certificate: ssl.SSLContext) -> None:
    token = http(201, b'{"tokenInfo":{"tokenValue":"abc"}}')
    async with RawServer(in_turn(token, USER_ANSWER), tls=certificate) as server:
        auth = BasicAuth("user", SecretStr("pass"), server.url)
        async with talking_to(server, auth=auth, ca_bundle=CERTIFICATES / "cert.pem") as client:
            await client.me()
        assert len(server.seen) == 2


async def test_plain_http_where_tls_is_due(broken: BrokenWay) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(http(400))
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        error = await broken(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    assert error.broken is Broken.TLS


@pytest.mark.parametrize("content", [None, "not a certificate"])
def test_a_ca_bundle_that_is_none(tmp_path: Path, content: str | None) -> None:
    bundle = tmp_path / "ca.pem"
    if content is not None:
        bundle.write_text(content)
    with pytest.raises(Unreachable, match=r"ca\.pem") as caught:
        AnaplanClient(
            Hosts("https://a.invalid", "https://a.invalid"),
            TokenAuth(SecretStr("abc")),
            options=TransportOptions(ca_bundle=bundle),
        )
    assert caught.value.broken is Broken.TLS


# --- proxies


async def test_everything_goes_through_the_proxy() -> None:
    token = http(201, b'{"tokenInfo":{"tokenValue":"abc"}}')
    async with RawServer(in_turn(token, USER_ANSWER)) as proxy:
        auth = BasicAuth("user", SecretStr("pass"), "http://auth.invalid")
        hosts = Hosts("http://api.invalid", "http://auth.invalid")
        address = proxy.url.replace("http://", "http://me:pr0xy@")
        async with AnaplanClient(hosts, auth, options=fast(proxy=address)) as client:
            await client.me()
        assert [seen.target for seen in proxy.seen] == [
            "http://auth.invalid/token/authenticate",
            "http://api.invalid/2/0/users/me",
        ]
        assert all("proxy-authorization" in seen.headers for seen in proxy.seen)


async def test_the_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    async with RawServer(in_turn(USER_ANSWER)) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        auth = TokenAuth(SecretStr("t0ken"))
        hosts = Hosts("http://api.invalid", "http://api.invalid")
        async with AnaplanClient(hosts, auth, options=fast()) as client:
            await client.me()
        assert len(proxy.seen) == 1


async def test_this_machine_needs_no_proxy(monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int) -> None:
    monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{unused_tcp_port}")
    async with RawServer(in_turn(USER_ANSWER)) as server, talking_to(server) as client:
        await client.me()


@pytest.mark.parametrize("url", ["http://api.invalid", "https://api.invalid"])
async def test_a_proxy_that_wants_a_login_is_asked_once(broken: BrokenWay, url: str) -> None:
    async with RawServer(in_turn(http(407))) as proxy:
        error = await broken(url, proxy=proxy.url)
        assert len(proxy.seen) == 1
    assert (error.broken, error.status) == (Broken.PROXY, 407)
    assert "user and password of the proxy" in error.advice
    assert not error.outcome_unknown


async def test_a_proxy_that_refuses(broken: BrokenWay) -> None:
    async with RawServer(in_turn(http(403))) as proxy:
        error = await broken("https://api.invalid", proxy=proxy.url)
        assert len(proxy.seen) == 1
    assert (error.broken, error.status) == (Broken.PROXY, 403)


async def test_a_proxy_that_is_not_there(broken: BrokenWay, unused_tcp_port: int) -> None:
    error = await broken("https://api.invalid", proxy=f"http://127.0.0.1:{unused_tcp_port}")
    assert error.broken is Broken.PROXY
    assert "not reachable" in error.said


@pytest.mark.parametrize(
    "proxy", ["ftp://me:pr0xy@host", "http://me:pr0xy@host:port", "socks4://me:pr0xy@host"]
)
def test_a_proxy_setting_that_is_none(proxy: str) -> None:
    with pytest.raises(Unreachable) as caught:
        AnaplanClient(
            Hosts("https://a.invalid", "https://a.invalid"),
            TokenAuth(SecretStr("abc")),
            options=TransportOptions(proxy=proxy),
        )
    assert caught.value.broken is Broken.PROXY
    assert "pr0xy" not in f"{caught.value}{caught.value!r}"
