"""A refused certificate: who issued it, for whom, which host was asked, and the remedy."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from anaplan_tui.api.auth import TokenAuth
from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.errors import Broken, Unreachable
from anaplan_tui.api.hosts import Hosts
from anaplan_tui.api.refs import DumpRef
from tests.support.authority import DAY, Authority
from tests.support.proxy_servers import ConnectProxy, SocksProxy
from tests.support.raw_server import TASK, RawServer, fast, http, in_turn

USER = http(200, b'{"user":{"id":"u"}}')
ISSUER = '"Corp Inspection CA" (Example Firewalls Ltd)'
SYSTEM = "the operating system's store"


async def a_document(client: AnaplanClient) -> object:
    return (await client.me()).id


async def a_chunk(client: AnaplanClient) -> object:
    async with client.stream_chunk(DumpRef(TASK, "112000000007"), "0") as stream:
        return b"".join(await stream.drain(list))


Ask = Callable[[AnaplanClient], Awaitable[object]]


@pytest.fixture(params=[a_document, a_chunk])
def ask(request: pytest.FixtureRequest) -> Ask:
    found: Ask = request.param
    return found


@pytest.fixture
def corp(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


async def refusal(ask: Ask, url: str, **options: object) -> Unreachable:
    auth = TokenAuth(SecretStr("t0ken"))
    async with AnaplanClient(Hosts(url, url), auth, options=fast(**options)) as client:
        with pytest.raises(Unreachable) as caught:
            await ask(client)
    assert caught.value.broken is Broken.TLS
    assert not caught.value.outcome_unknown
    return caught.value


async def test_a_firewall_that_opens_tls_is_recognised(ask: Ask, corp: Authority) -> None:
    async with RawServer(in_turn(USER), tls=corp.server("127.0.0.1")) as server:
        error = await refusal(ask, server.url)
        assert server.seen == []
    assert f"issued by {ISSUER}" in error.said
    assert SYSTEM in error.said
    assert "opens TLS" in error.advice
    assert "Set ca_bundle" in error.advice
    assert str(error).startswith("Cannot ")


async def test_an_issuer_that_ca_bundle_does_not_hold(ask: Ask, corp: Authority, tmp_path: Path) -> None:
    other = Authority(tmp_path, common_name="Another CA")
    async with RawServer(in_turn(USER), tls=corp.server("127.0.0.1")) as server:
        error = await refusal(ask, server.url, ca_bundle=other.file)
    assert ISSUER in error.said
    assert str(other.file) in error.said
    assert SYSTEM not in error.said
    assert "Add the certificate of that issuer to the file of ca_bundle" in error.advice


async def test_a_wrong_host_is_not_cured_by_ca_bundle(ask: Ask, corp: Authority) -> None:
    async with RawServer(in_turn(USER), tls=corp.server("blocked.corp.invalid", "*.corp.invalid")) as server:
        error = await refusal(ask, server.url, ca_bundle=corp.file)
    assert "a TLS certificate for blocked.corp.invalid, *.corp.invalid" in error.said
    assert ISSUER in error.said
    assert "ca_bundle does not cure it" in error.advice
    assert "Set ca_bundle" not in error.advice


async def test_an_unknown_issuer_and_a_wrong_host_at_once(ask: Ask, corp: Authority) -> None:
    async with RawServer(in_turn(USER), tls=corp.server("blocked.corp.invalid")) as server:
        error = await refusal(ask, server.url)
    assert "a TLS certificate for blocked.corp.invalid" in error.said
    assert "not for 127.0.0.1" in error.advice


async def test_an_expired_certificate(ask: Ask, corp: Authority) -> None:
    tls = corp.server("127.0.0.1", begins=-3 * DAY, ends=-DAY)
    async with RawServer(in_turn(USER), tls=tls) as server:
        error = await refusal(ask, server.url, ca_bundle=corp.file)
    assert "which expired on 20" in error.said
    assert "renew" in error.advice
    assert "clock" in error.advice
    assert "ca_bundle" not in error.advice


async def test_an_expired_issuer(ask: Ask, tmp_path: Path) -> None:
    corp = Authority(tmp_path, lasts=-DAY)
    async with RawServer(in_turn(USER), tls=corp.server("127.0.0.1")) as server:
        error = await refusal(ask, server.url, ca_bundle=corp.file)
    assert "a certificate of that issuer has expired" in error.said


async def test_a_certificate_of_tomorrow(ask: Ask, corp: Authority) -> None:
    tls = corp.server("127.0.0.1", begins=DAY, ends=2 * DAY)
    async with RawServer(in_turn(USER), tls=tls) as server:
        error = await refusal(ask, server.url, ca_bundle=corp.file)
    assert "which is not valid before 20" in error.said
    assert "clock" in error.advice


async def test_a_certificate_signed_by_itself(ask: Ask, corp: Authority) -> None:
    async with RawServer(in_turn(USER), tls=corp.server("127.0.0.1", by_itself=True)) as server:
        error = await refusal(ask, server.url)
    assert "signed by itself" in error.said
    assert "ca_bundle" in error.advice


async def test_what_a_certificate_says_is_data(ask: Ask, tmp_path: Path) -> None:
    corp = Authority(tmp_path, common_name="evil\x1b[2J\nCA")
    async with RawServer(in_turn(USER), tls=corp.server("127.0.0.1")) as server:
        error = await refusal(ask, server.url)
    assert "evil" in error.said
    assert str(error).isprintable()


@pytest.mark.parametrize("kind", [ConnectProxy, SocksProxy])
async def test_the_certificate_is_looked_at_along_the_same_way(
    ask: Ask, corp: Authority, kind: type[ConnectProxy | SocksProxy]
) -> None:
    scheme = "http" if kind is ConnectProxy else "socks5h"
    async with (
        RawServer(in_turn(USER), tls=corp.server("api.tenant.invalid")) as server,
        kind(server.port) as proxy,
    ):
        error = await refusal(ask, "https://api.tenant.invalid", proxy=f"{scheme}://{proxy.place}")
        assert server.seen == []
    assert f"a TLS certificate for api.tenant.invalid, issued by {ISSUER}" in error.said
    assert set(proxy.asked) == {"api.tenant.invalid:443"}


async def test_the_certificate_of_the_proxy_itself(ask: Ask, corp: Authority, tmp_path: Path) -> None:
    mine = Authority(tmp_path, common_name="Proxy CA")
    async with (
        RawServer(in_turn(USER), tls=corp.server("api.tenant.invalid")) as server,
        ConnectProxy(server.port, tls=mine.server("127.0.0.1")) as proxy,
    ):
        options = {"proxy": f"https://{proxy.place}", "ca_bundle": corp.file}
        error = await refusal(ask, "https://api.tenant.invalid", **options)
    assert "the proxy 127.0.0.1 shows" in error.said
    assert "Proxy CA" in error.said


async def test_plain_http_on_the_port_is_not_called_a_certificate(ask: Ask) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(http(400))
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        error = await refusal(ask, f"https://127.0.0.1:{port}")
    assert f"on port {port} does not speak TLS" in error.said
    assert "ca_bundle" not in error.advice


@pytest.mark.parametrize("lasts", [timedelta(days=9)])
async def test_a_sound_certificate_of_a_plain_ca_is_taken(ask: Ask, tmp_path: Path, lasts: timedelta) -> None:
    """It has no key identifiers; Python 3.13 by default refuses that."""
    corp = Authority(tmp_path, lasts=lasts)
    async with RawServer(in_turn(USER), tls=corp.server("127.0.0.1")) as server:
        auth = TokenAuth(SecretStr("t0ken"))
        hosts = Hosts(server.url, server.url)
        async with AnaplanClient(hosts, auth, options=fast(ca_bundle=corp.file)) as client:
            assert await ask(client)
