"""A login by device code: shown, waited for, kept, renewed, and asked for again when it must be."""

import json
from dataclasses import dataclass, field

import pytest
from pydantic import SecretStr

from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.errors import NotAuthenticated, Unreadable
from anaplan_tui.api.hosts import Hosts
from anaplan_tui.api.oauth import DeviceAuth, DeviceCode
from anaplan_tui.demo.server import DemoServer
from tests.api.support import PROCESS, Pauses, RawServer, Seen, fast, http, talking_to


@dataclass
class Kept:
    """A place for the refresh token, in memory."""

    token: str | None = None

    def load(self) -> SecretStr | None:
        return None if self.token is None else SecretStr(self.token)

    def save(self, token: SecretStr | None) -> None:
        self.token = None if token is None else token.get_secret_value()


@dataclass
class Service:
    """OAuth and the API; polls are answered by ``polls`` and then by a token."""

    polls: list[str] = field(default_factory=list)
    refresh_works: bool = True
    made: int = 0

    def __call__(self, request: Seen) -> bytes:
        if request.path == "/oauth/device/code":
            return http(
                200,
                b'{"device_code":"dev1ce-secret","user_code":"1GMV-\\u001bATBA","interval":7,"expires_in":900,'
                b'"verification_uri":"https://iam.example/activate"}',
            )
        if request.path == "/oauth/token":
            return self.token(json.loads(request.body))
        return http(200, b'{"user":{"id":"u"}}')

    def token(self, asked: dict[str, str]) -> bytes:
        if asked["grant_type"] == "refresh_token":
            if not self.refresh_works:
                return http(403, b'{"error":"invalid_grant"}')
        elif self.polls:
            return http(403, json.dumps({"error": self.polls.pop(0)}).encode())
        self.made += 1
        made = {"access_token": f"acc-{self.made}", "refresh_token": f"ref-{self.made}", "expires_in": 2100}
        return http(200, json.dumps(made).encode())


@dataclass
class Login:
    """A device login and what it showed."""

    service: Service = field(default_factory=Service)
    kept: Kept = field(default_factory=Kept)
    shown: list[DeviceCode | None] = field(default_factory=list)
    pauses: Pauses = field(default_factory=Pauses)
    clock: float = 0.0

    def auth(self, url: str) -> DeviceAuth:
        return DeviceAuth(
            "client", url, self.kept, self.shown.append, sleep=self.pauses, now=lambda: self.clock
        )


def grants(server: RawServer) -> list[str]:
    bodies = [json.loads(seen.body) for seen in server.seen if seen.path == "/oauth/token"]
    return [body["grant_type"].rpartition(":")[2] for body in bodies]


async def test_a_code_is_shown_and_waited_for() -> None:
    login = Login(Service(polls=["authorization_pending", "slow_down", "authorization_pending"]))
    async with RawServer(login.service) as server, talking_to(server, auth=login.auth(server.url)) as client:
        await client.me()
        assert grants(server) == ["device_code"] * 4
        assert server.seen[-1].headers["authorization"] == "AnaplanAuthToken acc-1"
    assert login.pauses.seconds == [7, 7, 12, 12]
    code, after = login.shown
    assert after is None
    assert code is not None
    assert (code.user_code, code.url) == ("1GMV-␛ATBA", "https://iam.example/activate")
    assert "dev1ce-secret" not in repr(code)
    assert login.kept.token == "ref-1"


async def test_a_kept_token_needs_no_code() -> None:
    login = Login(kept=Kept("ref-0"))
    async with RawServer(login.service) as server, talking_to(server, auth=login.auth(server.url)) as client:
        await client.me()
        assert grants(server) == ["refresh_token"]
    assert login.shown == []
    assert login.kept.token == "ref-1"


async def test_access_is_renewed_with_the_token_kept_last() -> None:
    login = Login(kept=Kept("ref-0"))
    async with RawServer(login.service) as server, talking_to(server, auth=login.auth(server.url)) as client:
        await client.me()
        login.clock += 1900
        await client.me()
        asked = [
            json.loads(seen.body)["refresh_token"] for seen in server.seen if seen.path == "/oauth/token"
        ]
        assert asked == ["ref-0", "ref-1"]
        assert server.seen[-1].headers["authorization"] == "AnaplanAuthToken acc-2"


@pytest.mark.parametrize("already_in", [True, False])
async def test_a_refresh_token_that_died_leads_to_a_new_code(already_in: bool) -> None:
    login = Login(Service(refresh_works=already_in), kept=Kept("ref-0"))
    async with RawServer(login.service) as server, talking_to(server, auth=login.auth(server.url)) as client:
        await client.me()
        if already_in:
            login.service.refresh_works = False
            login.clock += 1900
            await client.me()
        assert grants(server)[-2:] == ["refresh_token", "device_code"]
    assert login.shown[-1] is None
    assert len(login.shown) == 2


@pytest.mark.parametrize("problem", ["access_denied", "expired_token", "unauthorized_client"])
async def test_a_code_that_is_refused_is_not_asked_for_again_unbidden(problem: str) -> None:
    login = Login(Service(polls=[problem]))
    async with RawServer(login.service) as server:
        auth = login.auth(server.url)
        async with talking_to(server, auth=auth) as client:
            with pytest.raises(NotAuthenticated, match=problem):
                await client.me()
            with pytest.raises(NotAuthenticated):
                await client.me()
            assert len(server.seen) == 2
            assert login.shown[-1] is None
            auth.forget_refusal()
            await client.me()
    assert login.kept.token == "ref-1"


async def test_a_device_answer_without_a_code_started_nothing() -> None:
    def respond(_: Seen) -> bytes:
        return http(200, b'{"user_code":"1GMV"}')

    async with RawServer(respond) as server, talking_to(server, auth=Login().auth(server.url)) as client:
        with pytest.raises(Unreadable) as caught:
            await client.start(PROCESS)
    assert not caught.value.outcome_unknown


async def test_the_tenant_takes_it(tenant: DemoServer) -> None:
    login = Login()

    async def typed(_: float) -> None:
        tenant.tenant.devices.approve_all()

    auth = DeviceAuth("client", tenant.url, login.kept, login.shown.append, sleep=typed)
    async with AnaplanClient(Hosts(tenant.url, tenant.url), auth, options=fast()) as client:
        assert (await client.me()).email
        await client.logout()
    assert login.kept.token
