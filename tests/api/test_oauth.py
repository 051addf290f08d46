"""A login by device code: shown, awaited, stored, renewed, and requested again when necessary."""

import asyncio
import json
from dataclasses import dataclass, field

import pytest
from pydantic import SecretStr

from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.errors import AnaplanError, NotAuthenticated, Unreachable, Unreadable
from anaplan_tui.api.hosts import Hosts
from anaplan_tui.api.oauth import DeviceAuth, DeviceCode
from anaplan_tui.demo.server import DemoServer
from tests.support.raw_server import PROCESS, Pauses, RawServer, Reply, Seen, fast, http, talking_to


@dataclass
class Kept:
    """Storage for the refresh token, in memory."""

    token: str | None = None
    locked: bool = False
    others: list[str | None] = field(default_factory=list)
    """The token after each release by another process, which holds the lock until the list is empty."""

    def try_lock(self) -> bool:
        if self.others:
            self.token = self.others.pop(0)
            return False
        self.locked = True
        return True

    def unlock(self) -> None:
        self.locked = False

    def load(self) -> SecretStr | None:
        assert self.locked
        return None if self.token is None else SecretStr(self.token)

    def save(self, token: SecretStr | None) -> None:
        assert self.locked
        self.token = None if token is None else token.get_secret_value()


@dataclass
class Service:
    """OAuth and the API; polls are answered by ``polls``, then by a token."""

    polls: list[str | bytes] = field(default_factory=list)
    """Error codes, or whole answers."""
    refresh_works: bool = True
    refresh_answers: list[Reply | bytes] = field(default_factory=list)
    """Answers to refreshes, used up before the normal one."""
    gives_refresh_token: bool = True
    made: int = 0

    def __call__(self, request: Seen) -> Reply | bytes:
        if request.path == "/oauth/device/code":
            return http(
                200,
                b'{"device_code":"dev1ce-secret","user_code":"1GMV-\\u001bATBA","interval":7,"expires_in":900,'
                b'"verification_uri":"https://iam.example/activate"}',
            )
        if request.path == "/oauth/token":
            return self.token(json.loads(request.body))
        return http(200, b'{"user":{"id":"u"}}')

    def token(self, asked: dict[str, str]) -> Reply | bytes:
        if asked["grant_type"] == "refresh_token":
            if self.refresh_answers:
                return self.refresh_answers.pop(0)
            if not self.refresh_works:
                return http(403, b'{"error":"invalid_grant"}')
        elif self.polls:
            said = self.polls.pop(0)
            return said if isinstance(said, bytes) else http(403, json.dumps({"error": said}).encode())
        self.made += 1
        made: dict[str, object] = {"access_token": f"acc-{self.made}", "expires_in": 2100}
        if self.gives_refresh_token:
            made["refresh_token"] = f"ref-{self.made}"
        return http(200, json.dumps(made).encode())


@dataclass
class Login:
    """A device login and the code it showed."""

    service: Service = field(default_factory=Service)
    kept: Kept = field(default_factory=Kept)
    shown: list[DeviceCode | None] = field(default_factory=list)
    pauses: Pauses = field(default_factory=Pauses)
    clock: float = 0.0
    attended: bool = True

    def auth(self, url: str) -> DeviceAuth:
        return DeviceAuth(
            "client",
            url,
            self.kept,
            self.shown.append,
            is_attended=lambda: self.attended,
            unattended_advice="Go to a terminal.",
            sleep=self.sleep,
            now=lambda: self.clock,
        )

    async def sleep(self, seconds: float) -> None:
        self.clock += seconds
        await self.pauses(seconds)


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


NOT_THE_SERVICE = [
    http(400, b"<html>Blocked by policy</html>", "Content-Type: text/html"),
    http(401, b""),
    http(403, b"<html>Blocked by policy</html>"),
    http(403, b'{"message":"Forbidden"}'),
    http(403, b'{"error":"blocked"}'),
    http(403, b'{"error":{"code":"invalid_grant"}}'),
    http(403, b'["invalid_grant"]'),
    http(404, b"nothing here"),
    http(407, b""),
    http(429, b'{"error":"slow_down"}', "Retry-After: 0"),
    http(500, b'{"error":"server_error"}'),
    http(503, b"<html>"),
    http(302, b"", "Location: https://sign-in.example/"),
    http(200, b"<html>Accept our terms</html>"),
    Reply(b"", then="cut"),
]


@pytest.mark.parametrize("answer", NOT_THE_SERVICE)
@pytest.mark.parametrize("attended", [True, False])
async def test_only_the_services_own_word_ends_the_refresh_token(
    answer: Reply | bytes, attended: bool
) -> None:
    login = Login(Service(refresh_answers=[answer] * 9), kept=Kept("ref-0"), attended=attended)
    async with RawServer(login.service) as server, talking_to(server, auth=login.auth(server.url)) as client:
        with pytest.raises(AnaplanError) as caught:
            await client.me()
        assert not isinstance(caught.value, NotAuthenticated)
        assert (login.kept.token, login.kept.locked, login.shown) == ("ref-0", False, [])
        login.service.refresh_answers.clear()
        await client.me()
    assert login.kept.token == "ref-1"


@pytest.mark.parametrize("status", [400, 401, 403, 500])
async def test_a_dead_refresh_token_is_dropped_whatever_the_status(status: int) -> None:
    dead = http(status, b'{"error":"invalid_grant","error_description":"Unknown"}')
    login = Login(Service(refresh_answers=[dead]), kept=Kept("ref-0"), attended=False)
    async with RawServer(login.service) as server, talking_to(server, auth=login.auth(server.url)) as client:
        with pytest.raises(NotAuthenticated, match="Go to a terminal"):
            await client.me()
        with pytest.raises(NotAuthenticated):
            await client.me()
        assert grants(server) == ["refresh_token"]
    assert (login.kept.token, login.kept.locked) == (None, False)


@pytest.mark.parametrize("problem", ["invalid_client", "unauthorized_client", "invalid_request"])
async def test_a_refusal_that_is_not_about_the_refresh_token_keeps_it(problem: str) -> None:
    refused = http(401, json.dumps({"error": problem}).encode())
    login = Login(Service(refresh_answers=[refused]), kept=Kept("ref-0"), attended=False)
    async with RawServer(login.service) as server, talking_to(server, auth=login.auth(server.url)) as client:
        with pytest.raises(NotAuthenticated, match=problem) as caught:
            await client.me()
        assert "has ended" not in caught.value.said
        assert "client_id" in caught.value.advice
        assert login.kept.token == "ref-0"
        login.attended = True
        login.service.refresh_answers = [refused]
        client.allow_login()
        await client.me()
        # Then it asks for a code instead of sending the refused token for ever.
        assert grants(server) == ["refresh_token", "refresh_token", "device_code"]
    assert login.kept.token == "ref-1"


async def test_nobody_is_asked_for_a_code_where_nobody_is() -> None:
    login = Login(attended=False)
    async with RawServer(login.service) as server, talking_to(server, auth=login.auth(server.url)) as client:
        with pytest.raises(NotAuthenticated, match="nobody is here to type a code"):
            await client.me()
        assert server.seen == []


async def test_what_is_left_of_a_session_is_used_where_nobody_can_type_a_code() -> None:
    login = Login(kept=Kept("ref-0"), attended=False)
    async with RawServer(login.service) as server, talking_to(server, auth=login.auth(server.url)) as client:
        await client.me()
        login.service.refresh_works = False
        login.clock += 1900
        await client.me()
        login.clock += 60
        await client.me()
        assert grants(server) == ["refresh_token"] * 2
        login.clock += 200
        with pytest.raises(NotAuthenticated):
            await client.me()


async def test_who_waited_for_another_process_reads_the_token_again() -> None:
    login = Login(kept=Kept("ref-0", others=["ref-0", "ref-0", "ref-7"]))
    async with RawServer(login.service) as server, talking_to(server, auth=login.auth(server.url)) as client:
        await client.me()
        sent = [json.loads(seen.body).get("refresh_token") for seen in server.seen if seen.body]
        assert sent == ["ref-7"]
    assert (login.kept.token, login.kept.locked) == ("ref-1", False)


async def test_a_lock_that_never_comes_free_is_said() -> None:
    login = Login(kept=Kept("ref-0", others=["ref-0"] * 100_000))
    async with RawServer(login.service) as server, talking_to(server, auth=login.auth(server.url)) as client:
        with pytest.raises(Unreachable, match="another anaplan-tui"):
            await client.me()
        assert server.seen == []


async def test_who_gives_up_lets_go_of_the_lock() -> None:
    login = Login(Service(refresh_answers=[Reply(b"", then="hang")]), kept=Kept("ref-0"))
    async with RawServer(login.service) as server, talking_to(server, auth=login.auth(server.url)) as client:
        asked = asyncio.create_task(client.me())
        await server.wait_for("/oauth/token")
        seen = [login.kept.locked]
        asked.cancel()
        await asyncio.wait({asked})
        assert [*seen, login.kept.locked] == [True, False]
        await client.me()


async def test_a_code_typed_for_another_process_serves_this_one() -> None:
    login = Login(Service(polls=["authorization_pending"] * 9))

    async def meanwhile(seconds: float) -> None:
        await Login.sleep(login, seconds)
        if len(login.pauses.seconds) == 3:
            login.kept.token = "ref-of-the-other"

    async with RawServer(login.service) as server:
        auth = login.auth(server.url)
        auth._sleep = meanwhile
        async with talking_to(server, auth=auth) as client:
            await client.me()
        assert grants(server) == ["device_code", "device_code", "refresh_token"]
    assert login.shown[-1] is None


async def test_a_code_is_polled_for_until_its_end_and_no_longer() -> None:
    login = Login(Service(polls=["authorization_pending"] * 999))
    async with RawServer(login.service) as server, talking_to(server, auth=login.auth(server.url)) as client:
        with pytest.raises(NotAuthenticated, match="not typed in time"):
            await client.me()
        assert login.clock == 900
        assert sum(login.pauses.seconds) == 900
        with pytest.raises(NotAuthenticated):
            await client.me()
        assert server.count("/oauth/device/code") == 1
        assert login.shown[-1] is None
        login.service.polls.clear()
        client.allow_login()
        await client.me()


async def test_a_fault_on_the_way_does_not_cost_the_code() -> None:
    faults: list[str | bytes] = [http(503), http(403, b"<html>"), http(429), "authorization_pending"]
    login = Login(Service(polls=faults))
    async with RawServer(login.service) as server, talking_to(server, auth=login.auth(server.url)) as client:
        await client.me()
        assert grants(server) == ["device_code"] * 5
    assert len(login.shown) == 2


async def test_a_refresh_without_a_new_token_keeps_the_old_one() -> None:
    login = Login(Service(gives_refresh_token=False), kept=Kept("ref-0"))
    async with RawServer(login.service) as server, talking_to(server, auth=login.auth(server.url)) as client:
        await client.me()
        login.clock += 1900
        await client.me()
        assert grants(server) == ["refresh_token"] * 2
    assert login.kept.token == "ref-0"


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
