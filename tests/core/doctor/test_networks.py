"""The doctor on networks: each of the three hosts, the route of requests, and refused logins."""

import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from anaplan_tui.api.errors import NotAuthenticated, Unusable
from anaplan_tui.config.settings import Settings, load
from anaplan_tui.core.doctor.examine import Check, Finding, examine
from anaplan_tui.terminal import terminal_check
from tests.support.authority import Authority
from tests.support.chain import Chain
from tests.support.proxy_servers import ConnectProxy, SocksProxy
from tests.support.raw_server import RawServer, Seen, http

TOKEN = http(201, b'{"tokenInfo":{"tokenValue":"abc"}}')
Respond = Callable[[Seen], bytes]
Settle = Callable[..., Settings]


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANAPLAN_TUI_PASSWORD", "demo")


@pytest.fixture
def settle(tmp_path: Path) -> Settle:
    """Makes a configuration with one profile of the given keys; ``auth`` holds lines of its own table."""

    def settings(auth: str = 'username = "ops"', **profile: str) -> Settings:
        lines = [f'{key} = "{value}"' for key, value in profile.items()]
        config = tmp_path / "config.toml"
        config.write_text(
            "\n".join(["[profiles.here]", *lines, "[profiles.here.auth]", auth])
            + f'\n[downloads]\ndirectory = "{tmp_path}/dumps"\n'
        )
        config.chmod(0o600)
        return load(config)

    return settings


def three(url: str) -> dict[str, str]:
    return dict.fromkeys(("api_url", "auth_url", "oauth_url"), url)


async def look(settings: Settings) -> dict[str, Check]:
    return {check.name: check async for check in examine(settings, settings.profile(), terminal_check())}


@contextlib.asynccontextmanager
async def tenant(respond: Respond) -> AsyncIterator[RawServer]:
    async with RawServer(respond) as server:
        yield server


# --- the three hosts


HOSTS = ("api_url", "auth_url", "oauth_url")


@pytest.mark.parametrize("broken", HOSTS)
async def test_which_of_the_three_hosts_does_not_answer(
    settle: Settle, broken: str, unused_tcp_port: int
) -> None:
    async with tenant(lambda _: TOKEN) as server:
        hosts = three(server.url) | {broken: f"http://127.0.0.1:{unused_tcp_port}"}
        check = (await look(settle(**hosts)))["connection"]
    assert check.said.startswith(f"{broken}: no connection to 127.0.0.1")
    # This profile does not log in with OAuth.
    assert check.finding is (Finding.WARNING if broken == "oauth_url" else Finding.FAILED)
    assert "does not need it" in check.advice or broken != "oauth_url"


@pytest.mark.parametrize("broken", HOSTS)
async def test_which_of_the_three_names_does_not_resolve(settle: Settle, broken: str) -> None:
    async with tenant(lambda _: TOKEN) as server:
        checks = await look(settle(**three(server.url) | {broken: "https://tenant.invalid"}))
    assert checks["names"].said == f"{broken}: the name tenant.invalid does not resolve"
    assert ("login" in checks) is (broken == "oauth_url")


async def test_all_that_is_broken_is_said_at_once(settle: Settle) -> None:
    hosts = {key: f"https://{key[:-4]}.tenant.invalid" for key in HOSTS}
    said = (await look(settle(**hosts)))["names"].said
    assert all(key in said for key in HOSTS)


async def test_the_certificate_of_one_of_the_hosts(settle: Settle, tmp_path: Path) -> None:
    corp = Authority(tmp_path)
    async with (
        RawServer(lambda _: TOKEN, tls=corp.server("127.0.0.1")) as api,
        RawServer(lambda _: TOKEN, tls=corp.server("blocked.invalid")) as auth,
    ):
        hosts = {"api_url": api.url, "auth_url": auth.url, "oauth_url": api.url}
        checks = await look(settle(**hosts, ca_bundle=str(corp.file)))
        assert [seen.headers.get("authorization") for seen in api.seen + auth.seen] == [None]
    assert checks["connection"].said == f"127.0.0.1:{api.port}, 127.0.0.1:{auth.port} answer"
    assert checks["TLS"].finding is Finding.FAILED
    assert checks["TLS"].said.startswith("auth_url: 127.0.0.1 shows a TLS certificate for blocked.invalid")


async def test_what_all_three_hosts_say_alike_is_said_once(settle: Settle, tmp_path: Path) -> None:
    corp = Authority(tmp_path)
    async with (
        RawServer(lambda _: TOKEN, tls=corp.server("blocked.invalid")) as server,
        ConnectProxy(server.port) as proxy,
    ):
        hosts = {key: f"https://{key[:-4]}.tenant.invalid" for key in HOSTS}
        checks = await look(settle(**hosts, proxy=f"http://{proxy.place}", ca_bundle=str(corp.file)))
    said = checks["TLS"].said
    assert said.startswith("api_url: api.tenant.invalid shows a TLS certificate for blocked.invalid")
    assert said.endswith("; the same at auth_url, oauth_url")
    assert said.count("blocked.invalid") == 1


# --- the route


@pytest.mark.parametrize("variable", ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])
async def test_the_proxy_resolves_names_whatever_names_it(
    settle: Settle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    corp = Authority(tmp_path)
    async with (
        RawServer(lambda _: TOKEN, tls=corp.server("tenant.invalid")) as server,
        ConnectProxy(server.port) as proxy,
    ):
        monkeypatch.setenv(variable, f"http://ops:s3cret@{proxy.place}")
        checks = await look(settle(**three("https://tenant.invalid"), ca_bundle=str(corp.file)))
    assert checks["names"].said == "are resolved by the proxy"
    assert checks["proxy"].said == f"through {proxy.place}, which {variable} names"
    assert checks["TLS"].finding is Finding.OK
    assert "login" in checks
    assert set(proxy.asked) == {"tenant.invalid:443"}


async def test_socks5_needs_names_here_and_socks5h_does_not(
    settle: Settle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    corp = Authority(tmp_path)
    settings = settle(**three("https://tenant.invalid"), ca_bundle=str(corp.file))
    async with (
        RawServer(lambda _: TOKEN, tls=corp.server("tenant.invalid")) as server,
        SocksProxy(server.port) as proxy,
    ):
        monkeypatch.setenv("ALL_PROXY", f"socks5h://{proxy.place}")
        checks = await look(settings)
        assert checks["names"].said == "are resolved by the proxy"
        assert checks["proxy"].said == f"through socks5h {proxy.place}, which ALL_PROXY names"
        monkeypatch.setenv("ALL_PROXY", f"socks5://{proxy.place}")
        assert "does not resolve" in (await look(settings))["names"].said


async def test_hosts_with_different_ways(
    settle: Settle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    corp = Authority(tmp_path)
    async with (
        RawServer(lambda _: TOKEN, tls=corp.server("tenant.invalid")) as server,
        ConnectProxy(server.port) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.place}")
        hosts = {"api_url": "https://tenant.invalid", "auth_url": server.url, "oauth_url": server.url}
        checks = await look(settle(**hosts, ca_bundle=str(corp.file)))
    assert checks["names"].said == "127.0.0.1 resolves; the proxy resolves tenant.invalid"
    assert "auth_url and oauth_url: 127.0.0.1 shows" in checks["TLS"].said
    assert f"tenant.invalid: through {proxy.place}" in checks["proxy"].said
    assert f"127.0.0.1:{server.port}: none is used" in checks["proxy"].said


async def test_a_variable_that_cannot_be_used_is_the_proxy_s_check(
    settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks4://proxy:1")
    checks = await look(settle(**three("https://tenant.invalid")))
    assert isinstance(checks["proxy"].error, Unusable)
    assert "ALL_PROXY" in checks["proxy"].said
    assert "login" not in checks


# --- a refused login


def refusing(seen: Seen) -> bytes:
    return http(401, b"{}", "Date: Sun, 22 Nov 2020 12:00:00 GMT")


async def test_the_clock_is_compared_when_the_login_is_refused(settle: Settle) -> None:
    async with tenant(refusing) as server:
        checks = await look(settle(**three(server.url)))
    assert isinstance(checks["login"].error, NotAuthenticated)
    assert "IP allow-list" in checks["login"].advice
    assert checks["clock"].finding is Finding.WARNING
    assert "ahead of the service" in checks["clock"].said


async def test_a_token_that_the_api_host_refuses(settle: Settle) -> None:
    def respond(seen: Seen) -> bytes:
        return TOKEN if seen.path.endswith("/authenticate") else http(401)

    async with tenant(respond) as server:
        check = (await look(settle(**three(server.url))))["login"]
    assert "of the same one" in check.advice
    assert "region" in check.advice


@pytest.mark.parametrize("where", ["login", "api"])
async def test_a_firewall_that_refuses_our_name(settle: Settle, where: str) -> None:
    def respond(seen: Seen) -> bytes:
        guarded = seen.path.startswith("/token" if where == "login" else "/2/0")
        if guarded and "anaplan-tui" in seen.headers.get("user-agent", ""):
            return http(403, b"<html>blocked</html>")
        if seen.path.endswith("/authenticate"):
            return TOKEN if "authorization" in seen.headers else http(401)
        return http(401)

    async with tenant(respond) as server:
        check = (await look(settle(**three(server.url))))["User-Agent"]
        nameless = [seen for seen in server.seen if "user-agent" not in seen.headers]
    assert check.finding is Finding.FAILED
    assert "401 instead of 403" in check.said
    assert "user_agent" in check.advice
    assert len(nameless) == 1
    assert "authorization" not in nameless[0].headers


@pytest.mark.parametrize("everybody", [True, False])
async def test_a_403_that_is_not_about_our_name(settle: Settle, everybody: bool) -> None:
    def respond(seen: Seen) -> bytes:
        return http(403 if everybody or "authorization" in seen.headers else 401)

    async with tenant(respond) as server:
        check = (await look(settle(**three(server.url))))["User-Agent"]
    assert check.finding is Finding.OK
    assert "not the cause" in check.said


async def test_the_name_of_the_profile_is_sent_everywhere(settle: Settle) -> None:
    def respond(seen: Seen) -> bytes:
        return TOKEN if seen.path.endswith("/authenticate") else http(401)

    async with tenant(respond) as server:
        await look(settle(**three(server.url), user_agent="Mozilla/5.0 (X11)"))
        assert {seen.headers.get("user-agent") for seen in server.seen} == {"Mozilla/5.0 (X11)"}
        assert len(server.seen) > 2


# --- a certificate to log in with, before it is sent


@pytest.fixture(scope="module")
def chain() -> Chain:
    return Chain()


NOW = datetime.now(UTC)
DAY = timedelta(days=1)


async def certificate_check(
    settle: Settle, directory: Path, *, key: bytes, certificate: bytes
) -> tuple[Check, list[Seen]]:
    (directory / "ops.key").write_bytes(key)
    (directory / "ops.pem").write_bytes(certificate)
    (directory / "ops.key").chmod(0o600)
    auth = 'method = "certificate"\nprivate_key = "ops.key"\ncertificate = "ops.pem"'
    async with tenant(lambda _: http(401)) as server:
        checks = await look(settle(auth, **three(server.url)))
        return checks["certificate"], [s for s in server.seen if "authorization" in s.headers]


@pytest.mark.parametrize(
    ("begins", "ends", "finding", "said"),
    [
        (-9, 99, Finding.OK, "matches its key, valid until"),
        (-9, 9, Finding.WARNING, "days from now"),
        (-9, -1, Finding.FAILED, "expired on"),
        (1, 9, Finding.FAILED, "not valid before"),
    ],
)
async def test_the_times_of_a_certificate(
    settle: Settle, tmp_path: Path, chain: Chain, begins: int, ends: int, finding: Finding, said: str
) -> None:
    issued = chain.issue(NOW + begins * DAY, NOW + ends * DAY).public_bytes(Encoding.PEM)
    check, sent = await certificate_check(settle, tmp_path, key=chain.key_pem, certificate=issued)
    assert check.finding is finding
    assert said in check.said
    assert len(sent) == 1  # the wrong clock may be this machine's


async def test_a_certificate_of_another_key(settle: Settle, tmp_path: Path, chain: Chain) -> None:
    other = Chain().certificate.public_bytes(Encoding.PEM)
    check, sent = await certificate_check(settle, tmp_path, key=chain.key_pem, certificate=other)
    assert "does not match" in check.said
    assert isinstance(check.error, NotAuthenticated)
    assert sent == []


async def test_a_wrong_passphrase(
    settle: Settle, tmp_path: Path, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANAPLAN_TUI_PRIVATE_KEY_PASSWORD", "s3cret-and-wrong")
    locked = chain.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"right"))
    issued = chain.certificate.public_bytes(Encoding.PEM)
    check, sent = await certificate_check(settle, tmp_path, key=locked, certificate=issued)
    assert "does not open with the password" in check.said
    assert "s3cret" not in f"{check.said}{check.advice}{check.error!r}"
    assert sent == []
