"""Which proxy reaches a host: by curl's rules, the same for lists and for chunks."""

import asyncio
import base64
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from anaplan_tui.api.auth import TokenAuth
from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.errors import Broken, Unreachable, Unusable
from anaplan_tui.api.hosts import Hosts
from anaplan_tui.api.proxies import CONFIGURED, Proxies, parse_proxy
from anaplan_tui.api.refs import DumpRef
from tests.support.authority import Authority
from tests.support.proxy_servers import ConnectProxy, SocksProxy
from tests.support.raw_server import TASK, RawServer, Reply, Seen, fast, http

API = "https://api.tenant.invalid"

# --- the choice


def chosen(environ: Mapping[str, str], url: str = API, configured: str | None = None) -> str | None:
    """Return the proxy of ``url``, or ``None`` for a direct connection."""
    proxy = Proxies(configured, environ).of(url)
    return None if proxy is None else proxy.place


VARIABLES = [
    ({}, None),
    ({"https_proxy": "http://low:1", "HTTPS_PROXY": "http://high:1"}, "low:1"),
    ({"https_proxy": "", "HTTPS_PROXY": "http://high:1"}, "high:1"),
    ({"HTTPS_PROXY": "http://own:1", "all_proxy": "http://all:1"}, "own:1"),
    ({"all_proxy": "http://low:1", "ALL_PROXY": "http://high:1"}, "low:1"),
    ({"ALL_PROXY": "http://high:1"}, "high:1"),
    ({"http_proxy": "http://other:1"}, None),
]


@pytest.mark.parametrize(("environ", "place"), VARIABLES)
def test_which_variable_counts(environ: dict[str, str], place: str | None) -> None:
    assert chosen(environ) == place


def test_http_proxy_in_capitals_is_never_read() -> None:
    assert chosen({"HTTP_PROXY": "http://visitor:1"}, "http://api.tenant.invalid") is None
    assert chosen({"http_proxy": "http://low:1"}, "http://api.tenant.invalid") == "low:1"


EXEMPT = [
    # The setting, a host it exempts, and one it does not.
    ("*", API, None),
    (" * ", API, None),
    ("other,*", API, None),
    ("api.tenant.invalid", API, "https://tenant.invalid"),
    ("tenant.invalid", API, "https://nontenant.invalid"),
    (".tenant.invalid", API, "https://nontenant.invalid"),
    (".tenant.invalid", "https://tenant.invalid", None),
    ("*.tenant.invalid", API, "https://tenant.invalid"),
    ("TENANT.invalid.", API, None),
    ("tenant.invalid", "https://API.tenant.invalid.", None),
    ("  a.b ,  tenant.invalid  ", API, None),
    ("a.b tenant.invalid", API, None),
    (",,tenant.invalid,", API, None),
    ("tenant.invalid:443", API, f"{API}:8443"),
    ("tenant.invalid:8443", f"{API}:8443", API),
    ("192.0.2.7", "https://192.0.2.7", "https://192.0.2.77"),
    ("192.0.2.0/24", "https://192.0.2.7:8443", "https://192.0.3.7"),
    ("192.0.2.9/24", "https://192.0.2.7", None),
    ("192.0.2.7:8443", "https://192.0.2.7:8443", "https://192.0.2.7"),
    ("fd00::/8", "https://[fd12::7]", "https://[2001:db8::1]"),
    ("[fd00::]/8", "https://[fd12::7]", None),
    ("fd12::7", "https://[fd12:0:0::7]", "https://[fd12::8]"),
    ("[fd12::7]", "https://[fd12::7]", "https://[fd12::8]"),
    ("[fd12::7]:8443", "https://[fd12::7]:8443", "https://[fd12::7]"),
    ("localhost,[::1],10.0.0.0/8", "https://10.1.2.3", API),
]


@pytest.mark.parametrize(("no_proxy", "exempt", "other"), EXEMPT)
@pytest.mark.parametrize("name", ["no_proxy", "NO_PROXY"])
def test_whom_no_proxy_exempts(name: str, no_proxy: str, exempt: str, other: str | None) -> None:
    environ = {"HTTPS_PROXY": "http://proxy:1", name: no_proxy}
    assert chosen(environ, exempt) is None
    assert other is None or chosen(environ, other) == "proxy:1"


@pytest.mark.parametrize(
    "nonsense", ["", ",", "[", "]", "//", "10.0.0.0/99", ":", "[::1", "http://x", "a/b", "%", "."]
)
def test_an_entry_that_means_nothing_exempts_nothing(nonsense: str) -> None:
    for url in (API, "https://10.0.0.1", "https://[fd00::1]"):
        assert chosen({"HTTPS_PROXY": "http://proxy:1", "NO_PROXY": nonsense}, url) == "proxy:1"


LOOPBACK = [
    "http://127.0.0.1:8",
    "http://127.9.9.9",
    "http://localhost:8",
    "https://LOCALHOST",
    "http://[::1]:8",
]


@pytest.mark.parametrize(
    "url", [*LOOPBACK, "http://localhost.", "http://a.localhost", "http://[::ffff:127.0.0.1]"]
)
def test_this_machine_is_never_behind_a_proxy(url: str) -> None:
    environ = {"ALL_PROXY": "http://proxy:1", "http_proxy": "::broken::"}
    assert chosen(environ, url, "http://configured:1") is None


def test_what_is_configured_goes_before_the_environment_but_not_before_no_proxy() -> None:
    environ = {"HTTPS_PROXY": "http://proxy:1", "NO_PROXY": "tenant.invalid"}
    assert chosen(environ, API, "http://configured:1") is None
    assert chosen(environ, "https://other.invalid", "http://configured:1") == "configured:1"
    assert Proxies("http://configured:1", environ).exempted_by(API) == "NO_PROXY"
    assert Proxies(None, {"NO_PROXY": "*"}).exempted_by(API) == ""


# --- how a proxy is written


ADDRESSES = [
    ("proxy.corp", "http://proxy.corp:1080", None),
    ("proxy.corp:3128", "http://proxy.corp:3128", None),
    ("https://proxy.corp", "https://proxy.corp:443", None),
    ("HTTP://Proxy.corp:3128/", "http://proxy.corp:3128", None),
    ("http://[fd00::1]:3128", "http://[fd00::1]:3128", None),
    ("socks5h://proxy.corp", "socks5h://proxy.corp:1080", None),
    ("ops:secret@proxy.corp:3128", "http://proxy.corp:3128", ("ops", "secret")),
    ("http://ops:p%40ss%3A%2f@proxy:1", "http://proxy:1", ("ops", "p@ss:/")),
    ("http://ops:p@ss:w/o?r#d%@proxy:1", "http://proxy:1", ("ops", "p@ss:w/o?r#d%")),
    ("http://corp%5Cops:påss@proxy:1", "http://proxy:1", ("corp\\ops", "påss")),
    ("http://ops@proxy:1", "http://proxy:1", ("ops", "")),
    ("http://@proxy:1", "http://proxy:1", None),
    (" http://proxy:1 ", "http://proxy:1", None),
]


@pytest.mark.parametrize(("text", "url", "login"), ADDRESSES)
def test_a_proxy_as_it_is_written(text: str, url: str, login: tuple[str, str] | None) -> None:
    proxy = parse_proxy(text)
    assert proxy.url == url
    assert (None if proxy.user is None else (proxy.user, proxy.password)) == login
    assert "ss" not in repr(proxy)


WRONG = [
    "ftp://me:s3cret@proxy:1",
    "http://me:s3cret@",
    "http://me:s3cret@proxy:port",
    "http://me:s3cret@proxy:0",
]


@pytest.mark.parametrize("text", [*WRONG, "socks4://me:s3cret@proxy", "http://me:s3cret@a b", "://s3cret"])
def test_what_is_no_proxy_is_named_and_only_where_it_is_needed(text: str) -> None:
    proxies = Proxies(None, {"HTTPS_PROXY": text, "no_proxy": "spared.invalid"})
    assert proxies.of("https://spared.invalid") is None
    with pytest.raises(Unusable) as caught:
        proxies.of(API)
    assert "HTTPS_PROXY" in str(caught.value)
    assert "s3cret" not in f"{caught.value}{caught.value!r}"
    with pytest.raises(Unusable, match=CONFIGURED):
        Proxies(text, {})


def test_socks_needs_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    proxies = Proxies(None, {"ALL_PROXY": "socks5://proxy:1"})
    assert proxies.of(API) is not None
    monkeypatch.setitem(sys.modules, "socks", None)
    assert proxies.of("http://127.0.0.1") is None
    with pytest.raises(Unusable, match=r"ALL_PROXY.*anaplan-tui\[socks\]"):
        proxies.of(API)


# --- where connections really go


BODY = b"a chunk of a dump"


def service(seen: Seen) -> Reply | bytes:
    return http(200, BODY) if "/chunks/" in seen.path else http(200, b'{"user":{"id":"u"}}')


async def a_document(client: AnaplanClient) -> object:
    return (await client.me()).id


async def a_chunk(client: AnaplanClient) -> object:
    async with client.stream_chunk(DumpRef(TASK, "112000000007"), "0") as stream:
        return b"".join(await stream.drain(list))


Ask = Callable[[AnaplanClient], Awaitable[object]]
BOTH = pytest.mark.parametrize(("ask", "answer"), [(a_document, "u"), (a_chunk, BODY)])


@pytest.fixture
def corp(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


async def asked(ask: Ask, corp: Authority, url: str = API, **options: object) -> object:
    auth = TokenAuth(SecretStr("t0ken"))
    async with AnaplanClient(Hosts(url, url), auth, options=fast(ca_bundle=corp.file, **options)) as client:
        return await ask(client)


@BOTH
async def test_through_a_tunnel_with_an_odd_password(
    ask: Ask, answer: object, corp: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        RawServer(service, tls=corp.server("api.tenant.invalid")) as server,
        ConnectProxy(server.port) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", f"ops:p@/å%25@{proxy.place}")
        assert await asked(ask, corp) == answer
    assert proxy.asked == ["api.tenant.invalid:443"]
    assert [base64.b64decode(login.split()[1]).decode() for login in proxy.logins] == ["ops:p@/å%"]


@BOTH
async def test_through_a_proxy_that_speaks_tls(ask: Ask, answer: object, corp: Authority) -> None:
    async with (
        RawServer(service, tls=corp.server("api.tenant.invalid")) as server,
        ConnectProxy(server.port, tls=corp.server("127.0.0.1")) as proxy,
    ):
        assert await asked(ask, corp, proxy=f"https://{proxy.place}") == answer
    assert proxy.asked == ["api.tenant.invalid:443"]


@BOTH
async def test_socks_with_names_looked_up_by_the_proxy(
    ask: Ask, answer: object, corp: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        RawServer(service, tls=corp.server("api.tenant.invalid")) as server,
        SocksProxy(server.port, login="ops:p@ss") as proxy,
    ):
        monkeypatch.setenv("ALL_PROXY", f"socks5h://ops:p%40ss@{proxy.place}")
        assert await asked(ask, corp) == answer
    assert proxy.asked == ["api.tenant.invalid:443"]
    assert proxy.logins == ["ops:p@ss"]


@BOTH
async def test_socks5_looks_names_up_here(ask: Ask, answer: object, corp: Authority) -> None:
    async with (
        RawServer(service, tls=corp.server("192.0.2.1")) as server,
        SocksProxy(server.port) as proxy,
    ):
        with pytest.raises(Unreachable) as caught:
            await asked(ask, corp, proxy=f"socks5://{proxy.place}")
        assert caught.value.broken is Broken.NAME
        assert "socks5h" in caught.value.advice
        assert proxy.asked == []
        assert await asked(ask, corp, "https://192.0.2.1", proxy=f"socks5://{proxy.place}") == answer
        assert proxy.asked == ["address c0000201:443"]


@BOTH
async def test_socks5_holds_the_certificate_against_the_name(
    ask: Ask, answer: object, corp: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not with the address that the name resolved to, which is what the proxy is asked for."""
    real = socket.getaddrinfo

    def known(host: str, port: object, *more: Any, **named: Any) -> Any:
        return real("192.0.2.1" if host == "api.tenant.invalid" else host, port, *more, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", known)
    async with (
        RawServer(service, tls=corp.server("api.tenant.invalid")) as server,
        SocksProxy(server.port) as proxy,
    ):
        assert await asked(ask, corp, proxy=f"socks5://{proxy.place}") == answer
        assert proxy.asked == ["address c0000201:443"]


@BOTH
@pytest.mark.parametrize("refusal", ["login", "reply"])
async def test_a_socks_proxy_that_refuses(ask: Ask, answer: object, corp: Authority, refusal: str) -> None:
    refuses = 5 if refusal == "reply" else 0
    async with SocksProxy(9, login="ops:pw" if refuses else "ops:other", refuses=refuses) as proxy:
        with pytest.raises(Unreachable) as caught:
            await asked(ask, corp, proxy=f"socks5h://ops:pw@{proxy.place}")
    assert caught.value.broken is Broken.PROXY
    assert "the proxy refused the way to api.tenant.invalid" in caught.value.said
    assert f"(127.0.0.1:{proxy.port})" in caught.value.said
    assert not caught.value.outcome_unknown


@BOTH
async def test_what_does_not_speak_socks(ask: Ask, answer: object, corp: Authority) -> None:
    async def web(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(http(400))
        writer.close()

    async with await asyncio.start_server(web, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Unreachable) as caught:
            await asked(ask, corp, proxy=f"socks5h://127.0.0.1:{port}")
    assert caught.value.broken is Broken.PROXY


@BOTH
@pytest.mark.parametrize(
    "no_proxy", ["tenant.invalid:443", "*.tenant.invalid", "tenant.invalid", "*", "a, .invalid"]
)
async def test_lists_and_chunks_are_exempt_alike(
    ask: Ask, answer: object, corp: Authority, monkeypatch: pytest.MonkeyPatch, no_proxy: str
) -> None:
    async with ConnectProxy(9) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.place}")
        monkeypatch.setenv("NO_PROXY", no_proxy)
        with pytest.raises(Unreachable) as caught:
            await asked(ask, corp)
        assert proxy.asked == []
    assert caught.value.broken is Broken.NAME


@BOTH
@pytest.mark.parametrize(
    "no_proxy", ["fd00::/8", "localhost,[::1]", "10.0.0.0/8", "other.invalid:443", "*.other.invalid"]
)
async def test_no_proxy_for_others_stops_nothing(
    ask: Ask, answer: object, corp: Authority, monkeypatch: pytest.MonkeyPatch, no_proxy: str
) -> None:
    monkeypatch.setenv("NO_PROXY", no_proxy)
    async with (
        RawServer(service, tls=corp.server("api.tenant.invalid")) as server,
        ConnectProxy(server.port) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.place}")
        assert await asked(ask, corp) == answer
        assert len(proxy.asked) == 1


@BOTH
async def test_a_variable_that_cannot_be_used_is_said_once(
    ask: Ask, answer: object, corp: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "quic://proxy:1")
    async with RawServer(service) as server:
        assert await asked(ask, corp, server.url) == answer
    with pytest.raises(Unusable, match="ALL_PROXY must begin with"):
        await asked(ask, corp)


@BOTH
async def test_a_proxy_that_is_not_there_is_named(
    ask: Ask, answer: object, corp: Authority, monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    monkeypatch.setenv("all_proxy", f"socks5h://127.0.0.1:{unused_tcp_port}")
    with pytest.raises(Unreachable) as caught:
        await asked(ask, corp)
    assert caught.value.broken is Broken.PROXY
    assert "the proxy is not reachable" in caught.value.said
    assert f"(127.0.0.1:{unused_tcp_port})" in caught.value.said
    assert "all_proxy" in caught.value.advice
