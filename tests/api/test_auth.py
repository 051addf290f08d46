"""One shared token: made once, renewed in time, never requested with a password known to be wrong."""

import asyncio
import base64
import json

import pytest
from pydantic import SecretStr

from anaplan_tui.api.auth import RENEW_BEFORE_S, BasicAuth, Session, TokenAuth
from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.errors import (
    AnaplanError,
    NotAuthenticated,
    RateLimited,
    ServerFailed,
    Unreachable,
    Unreadable,
)
from anaplan_tui.api.hosts import Hosts
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from tests.support.raw_server import (
    MODEL,
    PASSWORD,
    PROCESS,
    USER,
    RawServer,
    Reply,
    fast,
    http,
    talking_to,
)
from tests.support.token_service import (
    LIFETIME_S,
    LOGIN,
    LOGOUT,
    REFRESH,
    Clock,
    Service,
    logged_in,
    many,
)


async def test_requests_at_once_share_one_login() -> None:
    async with logged_in(Service()) as (server, client):
        await many(client)
        await client.me()
        assert server.count(LOGIN) == 1
        assert server.count("/users/me") == 13


async def test_what_a_login_sends() -> None:
    async with logged_in(Service()) as (server, client):
        await client.me()
        login, call = server.seen
        assert (login.method, login.path) == ("POST", "/token/authenticate")
        assert login.headers["authorization"] == "Basic " + base64.b64encode(b"user:p:ass").decode()
        assert login.headers["user-agent"] == call.headers["user-agent"]
        assert call.headers["authorization"] == "AnaplanAuthToken t0ken-1"


async def test_a_password_is_fetched_only_when_it_is_needed() -> None:
    fetched: list[int] = []

    def fetch() -> SecretStr:
        fetched.append(1)
        return SecretStr("from a command")

    async with RawServer(Service()) as server:
        auth = BasicAuth("user", fetch, server.url)
        assert fetched == []
        async with talking_to(server, auth=auth) as client:
            await many(client)
        assert len(fetched) == 1


@pytest.mark.parametrize("keeps_value", [True, False])
async def test_a_token_is_renewed_before_it_ends(keeps_value: bool) -> None:
    clock, service = Clock(), Service(keeps_value=keeps_value)
    async with logged_in(service, clock) as (server, client):
        await client.me()
        clock.seconds += LIFETIME_S - RENEW_BEFORE_S - 1
        await client.me()
        assert server.count(REFRESH) == 0
        clock.seconds += 2
        await many(client)
        assert (server.count(LOGIN), server.count(REFRESH)) == (1, 1)
        token = "t0ken-1" if keeps_value else "t0ken-2"
        assert server.seen[-1].headers["authorization"] == f"AnaplanAuthToken {token}"


async def test_a_token_that_ended_is_not_renewed_but_made_anew() -> None:
    clock = Clock()
    async with logged_in(Service(), clock) as (server, client):
        await client.me()
        clock.seconds += LIFETIME_S + 1
        await many(client)
        assert (server.count(LOGIN), server.count(REFRESH)) == (2, 0)


async def test_a_token_that_works_goes_on_while_the_token_service_is_away() -> None:
    clock, service = Clock(), Service()
    async with logged_in(service, clock) as (server, client):
        await client.me()
        clock.seconds += LIFETIME_S - RENEW_BEFORE_S + 1
        service.next_replies[REFRESH] = [http(503), Reply(b"", then="cut")]
        await many(client)
        clock.seconds += 31
        await many(client)
        assert (server.count(LOGIN), server.count(REFRESH)) == (1, 2)
        clock.seconds += 31
        await client.me()
        assert (server.count(LOGIN), server.count(REFRESH)) == (1, 3)


async def test_a_renewal_that_is_refused_leads_to_a_login() -> None:
    clock, service = Clock(), Service()
    async with logged_in(service, clock) as (server, client):
        await client.me()
        clock.seconds += LIFETIME_S - RENEW_BEFORE_S + 1
        service.next_replies[REFRESH] = [http(401)]
        await many(client)
        assert (server.count(LOGIN), server.count(REFRESH)) == (2, 1)


async def test_a_dead_token_is_replaced_once_for_all_who_met_it() -> None:
    service = Service()
    async with logged_in(service) as (server, client):
        await client.me()
        service.tokens.clear()
        results = await many(client)
        assert not [result for result in results if isinstance(result, BaseException)]
        assert (server.count(LOGIN), server.count(REFRESH)) == (2, 1)


async def test_a_renewal_may_keep_the_value_of_the_token() -> None:
    service = Service()
    async with logged_in(service) as (server, client):
        service.next_replies["/users/me"] = [http(401)]
        await client.me()
        assert (server.count(LOGIN), server.count(REFRESH), server.count("/users/me")) == (1, 1, 2)


async def test_a_start_refused_for_its_token_is_sent_again() -> None:
    service = Service()
    async with logged_in(service) as (server, client):
        await client.me()
        service.tokens.clear()
        assert await client.start(PROCESS) == "T1"
        assert server.count("/tasks", "POST") == 2


async def test_an_api_that_refuses_every_token_is_asked_twice() -> None:
    service = Service()
    async with logged_in(service) as (server, client):
        service.next_replies["/users/me"] = [http(401)] * 9
        with pytest.raises(NotAuthenticated) as caught:
            await client.me()
        assert caught.value.advice
        assert server.count("/users/me") == 2


REFUSALS = [http(401, b'{"status":"FAILURE_BAD_CREDENTIAL","statusMessage":"Wrong"}'), http(400), http(403)]
REFUSALS += [http(200, b'{"status":"FAILURE_BAD_CREDENTIAL","statusMessage":"Wrong"}')]


@pytest.mark.parametrize("refusal", REFUSALS)
async def test_a_wrong_password_is_sent_once(refusal: bytes) -> None:
    service = Service()
    service.next_replies[LOGIN] = [refusal] * 99
    async with logged_in(service) as (server, client):
        results = [*await many(client), *await many(client)]
        assert all(isinstance(result, NotAuthenticated) for result in results)
        assert "password" in str(results[0])
        assert len({id(result) for result in results}) == len(results)
        assert len(server.seen) == 1


async def test_an_operator_can_try_again() -> None:
    service = Service()
    service.next_replies[LOGIN] = [REFUSALS[0]]
    async with RawServer(service) as server:
        auth = BasicAuth("user", SecretStr("pass"), server.url)
        async with talking_to(server, auth=auth) as client:
            await many(client, 2)
            auth.forget_refusal()
            with pytest.raises(NotAuthenticated, match="was not sent again"):
                await client.me()
            assert server.count(LOGIN) == 1
            auth.forget_refusal()
            await client.me()
            assert server.count(LOGIN) == 2


async def test_after_a_refusal_the_secret_is_fetched_anew() -> None:
    secrets = ["old", "old", "new"]
    service = Service()
    service.next_replies[LOGIN] = [REFUSALS[0]]
    async with RawServer(service) as server:
        auth = BasicAuth("user", lambda: SecretStr(secrets.pop(0)), server.url)
        async with talking_to(server, auth=auth) as client:
            for _ in range(2):
                with pytest.raises(NotAuthenticated):
                    await client.me()
                auth.forget_refusal()
            assert server.count(LOGIN) == 1
            await client.me()
            assert (server.count(LOGIN), secrets) == (2, [])
            sent = base64.b64decode(server.seen[1].headers["authorization"].removeprefix("Basic "))
            assert sent == b"user:new"


async def test_a_refusal_is_told_to_whoever_listens_once() -> None:
    heard: list[NotAuthenticated] = []
    service = Service()
    service.next_replies[LOGIN] = [REFUSALS[0]]
    async with RawServer(service) as server:
        auth = BasicAuth("user", SecretStr("pass"), server.url)
        auth.on_refused = heard.append
        async with talking_to(server, auth=auth) as client:
            await many(client)
    assert len(heard) == 1


@pytest.mark.parametrize("asks_for_its_end", [True, False])
async def test_a_given_token_that_ends_is_fetched_anew(asks_for_its_end: bool) -> None:
    tokens = ["first", "second", "second"]
    service = Service(tokens={"first", "second"})
    async with RawServer(service) as server:
        auth = TokenAuth(lambda: SecretStr(tokens.pop(0)), server.url if asks_for_its_end else None)
        async with talking_to(server, auth=auth) as client:
            await many(client)
            service.tokens.discard("first")
            await many(client)
            assert server.seen[-1].headers["authorization"] == "AnaplanAuthToken second"
            assert tokens == ["second"]
            service.tokens.clear()
            with pytest.raises(NotAuthenticated, match="still the one that was refused"):
                await client.me()


BROKEN_LOGINS: dict[str, tuple[Reply | bytes, type[AnaplanError]]] = {
    "503": (http(503), ServerFailed),
    "429": (http(429, b"", "Retry-After: 1"), RateLimited),
    "cut": (Reply(b"", then="cut"), Unreachable),
}


@pytest.mark.parametrize("name", BROKEN_LOGINS)
async def test_a_login_that_fails_for_now_is_tried_again_and_starts_nothing_twice(name: str) -> None:
    service = Service()
    service.next_replies[LOGIN] = [BROKEN_LOGINS[name][0]]
    async with logged_in(service) as (server, client):
        assert await client.start(PROCESS) == "T1"
        assert (server.count(LOGIN), server.count("/tasks")) == (2, 1)


@pytest.mark.parametrize("name", BROKEN_LOGINS)
async def test_a_login_that_keeps_failing_started_nothing(name: str) -> None:
    reply, kind = BROKEN_LOGINS[name]
    service = Service()
    service.next_replies[LOGIN] = [reply] * 99
    async with logged_in(service) as (server, client):
        with pytest.raises(kind) as caught:
            await client.start(PROCESS)
        assert not caught.value.outcome_unknown
        assert server.count("/tasks") == 0


UNUSABLE = [
    b"",
    b"<html>",
    b"[]",
    b"{}",
    b'{"tokenInfo":{}}',
    b'{"tokenInfo":{"tokenValue":"a\\nb"}}',
    b"x" * 200_000,
]


@pytest.mark.parametrize("body", UNUSABLE)
async def test_a_login_answer_without_a_usable_token(body: bytes) -> None:
    service = Service()
    service.next_replies[LOGIN] = [http(201, body)]
    async with logged_in(service) as (server, client):
        with pytest.raises(Unreadable) as caught:
            await client.start(PROCESS)
        assert not caught.value.outcome_unknown
        assert len(server.seen) == 1


@pytest.mark.parametrize("ends", [None, "soon", True, float("nan"), -1, 0])
async def test_an_end_that_makes_no_sense(ends: object) -> None:
    """Such a token is used, not replaced at each request."""
    service = Service(tokens={"abc"})
    body = json.dumps({"tokenInfo": {"tokenValue": "abc", "expiresAt": ends}}).encode()
    service.next_replies[LOGIN] = [http(201, body)]
    async with logged_in(service) as (server, client):
        await many(client, 3)
        assert server.count(LOGIN) == 1


async def test_a_slow_request_holds_up_no_other() -> None:
    service = Service()
    service.next_replies["/users/me"] = [Reply(b"", then="hang")]
    async with logged_in(service) as (server, client):
        slow = asyncio.create_task(client.me())
        await server.wait_for("/users/me")
        async with asyncio.timeout(60):
            await client.model(MODEL.model_id)
        assert not slow.done()
        slow.cancel()


async def test_who_gives_up_during_the_login_holds_up_no_other() -> None:
    service = Service()
    service.next_replies[LOGIN] = [Reply(b"", then="hang")]
    async with logged_in(service) as (server, client):
        first = asyncio.create_task(client.me())
        await server.wait_for(LOGIN)
        second = asyncio.create_task(client.me())
        await asyncio.sleep(0)
        first.cancel()
        async with asyncio.timeout(60):
            await second
        assert server.count(LOGIN) == 2


async def test_logging_out_ends_the_session() -> None:
    service = Service()
    async with logged_in(service) as (server, client):
        await client.logout()
        assert server.seen == []
        await client.me()
        await client.logout()
        await client.logout()
        assert server.count(LOGOUT) == 1
        assert service.tokens == set()


async def test_logging_out_of_a_session_that_died() -> None:
    service = Service()
    async with logged_in(service) as (server, client):
        await client.me()
        service.tokens.clear()
        await client.logout()
        assert server.count(LOGOUT) == 1


async def test_a_logout_that_fails_is_told() -> None:
    service = Service()
    service.next_replies[LOGOUT] = [http(503)]
    async with logged_in(service) as (_, client):
        await client.me()
        with pytest.raises(ServerFailed, match="log out"):
            await client.logout()


# --- on the tenant


@pytest.mark.parametrize("kind", ["expire", "expire-all"])
async def test_a_token_that_dies_in_the_tenant(kind: str, client: AnaplanClient, tenant: DemoServer) -> None:
    await client.me()
    tenant.faults.add(Fault("GET */users/me", kind))
    await client.me()
    asked = [entry.status for entry in tenant.log.matching("GET", "*/users/me")]
    assert asked == [200, 401, 200]
    assert tenant.log.count("POST", "*/authenticate") == 2


async def test_a_wrong_password_at_the_tenant(tenant: DemoServer) -> None:
    auth = BasicAuth(USER, SecretStr(PASSWORD + "?"), tenant.url)
    async with AnaplanClient(Hosts(tenant.url, tenant.url), auth, options=fast()) as client:
        with pytest.raises(NotAuthenticated, match="password"):
            await client.me()
    assert tenant.log.count("POST", "*/authenticate") == 1


def test_a_short_life_is_not_renewed_all_the_time() -> None:
    session = Session.lasting("abc", 90, 0)
    assert (session.renew_at, session.ends_at) == (60, 90)
