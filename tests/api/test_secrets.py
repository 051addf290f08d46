"""No password or token appears in any error, log line, traceback or repr, whatever fails."""

import io
import logging
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from pydantic import SecretStr

from anaplan_tui.api.auth import BasicAuth, TokenAuth
from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.errors import AnaplanError
from anaplan_tui.api.hosts import Hosts
from anaplan_tui.api.options import TransportOptions
from tests.support.raw_server import MODEL, PROCESS, TASK, RawServer, Reply, Seen, fast, http

PASSWORD, TOKEN, PROXY_PASSWORD = "hunter-two-secret", "tok-very-secret-value", "pr0xy-secret"
BASIC = "dXNlcjpodW50ZXItdHdvLXNlY3JldA=="
"""``user`` and the password as the header carries them."""
SECRETS = (PASSWORD, TOKEN, PROXY_PASSWORD, BASIC)
LOGIN = http(201, f'{{"tokenInfo":{{"tokenValue":"{TOKEN}","expiresAt":1}}}}'.encode())


@dataclass
class Leaks:
    """Everything that was logged and raised."""

    log: io.StringIO = field(default_factory=io.StringIO)
    told: list[str] = field(default_factory=list)

    def tell(self, error: BaseException) -> None:
        self.told += [str(error), repr(error), "".join(traceback.format_exception(error))]

    def check(self) -> None:
        everything = "\n".join([*self.told, self.log.getvalue()])
        assert everything
        assert [secret for secret in SECRETS if secret in everything] == []


@pytest.fixture
def leaks() -> Iterator[Leaks]:
    """Set every logger of the process to its most verbose level."""
    found = Leaks()
    handler = logging.StreamHandler(found.log)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield found
    root.removeHandler(handler)
    root.setLevel(level)


FAULTS: dict[str, Reply | bytes] = {
    "refused": http(401, b'{"statusMessage":"no"}'),
    "forbidden": http(403),
    "failed": http(500),
    "redirected": http(302, b"", "Location: https://elsewhere.invalid/?x"),
    "limited": http(429),
    "cut": Reply(http(200, b"{", length=50), then="cut"),
    "reset": Reply(b"", then="cut"),
    "silent": Reply(b"", then="hang"),
    "nonsense": http(200, b"<html>"),
    "wrong shape": http(200, b"{}"),
}


async def use(client: AnaplanClient, leaks: Leaks) -> None:
    for call in (client.me(), client.start(PROCESS), client.task(TASK), client.files(MODEL)):
        try:
            await call
        except AnaplanError as error:
            leaks.tell(error)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("at_login", [True, False])
async def test_nothing_leaks_when_calls_fail(fault: str, at_login: bool, leaks: Leaks) -> None:
    def respond(request: Seen) -> Reply | bytes:
        is_login = request.path.startswith("/token")
        return FAULTS[fault] if is_login is at_login else LOGIN

    async with RawServer(respond) as server:
        auth = BasicAuth("user", SecretStr(PASSWORD), server.url)
        options = fast(read_timeout_s=0.1, quick_read_timeout_s=0.1)
        async with AnaplanClient(Hosts(server.url, server.url), auth, options=options) as client:
            await use(client, leaks)
            leaks.told.append(repr(auth) + repr(client) + repr(options) + repr(vars(auth)))
    leaks.check()


async def test_nothing_leaks_when_all_goes_well(leaks: Leaks) -> None:
    def respond(request: Seen) -> bytes:
        return LOGIN if request.path.startswith("/token") else http(200, b'{"user":{}}')

    async with RawServer(respond) as server:
        auth = BasicAuth("user", SecretStr(PASSWORD), server.url)
        async with AnaplanClient(Hosts(server.url, server.url), auth, options=fast()) as client:
            await client.me()
            await client.logout()
    assert "/users/me" in leaks.log.getvalue()
    leaks.check()


@pytest.mark.parametrize("reply", [http(407), http(403), Reply(b"", then="cut")])
async def test_nothing_leaks_of_the_proxy(reply: Reply | bytes, leaks: Leaks) -> None:
    async with RawServer(lambda _: reply) as proxy:
        options = fast(proxy=proxy.url.replace("//", f"//me:{PROXY_PASSWORD}@"))
        hosts = Hosts("https://api.invalid", "https://auth.invalid")
        async with AnaplanClient(hosts, TokenAuth(SecretStr(TOKEN)), options=options) as client:
            await use(client, leaks)
            leaks.told.append(repr(client) + repr(options))
    assert leaks.told
    leaks.check()


def test_options_do_not_show_the_proxy() -> None:
    assert PROXY_PASSWORD not in repr(TransportOptions(proxy=f"http://me:{PROXY_PASSWORD}@host"))


async def test_a_token_that_cannot_be_sent_is_not_shown(leaks: Leaks) -> None:
    async with RawServer(lambda _: LOGIN) as server:
        auth = TokenAuth(SecretStr(TOKEN + "\n\r"))
        bad = TokenAuth(SecretStr(f"é{TOKEN}"))
        for identity in (auth, bad):
            async with AnaplanClient(Hosts(server.url, server.url), identity, options=fast()) as client:
                await use(client, leaks)
    leaks.check()
