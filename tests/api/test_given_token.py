"""A token from elsewhere is used as it is, and kept alive where the token service can be reached."""

import pytest
from pydantic import SecretStr

from anaplan_tui.api.auth import RENEW_BEFORE_S, TokenAuth
from anaplan_tui.api.errors import NotAuthenticated
from tests.support.raw_server import RawServer, http, talking_to
from tests.support.token_service import LIFETIME_S, LOGOUT, REFRESH, VALIDATE, Clock, Service, many


async def test_a_given_token_is_used_as_it_is() -> None:
    async with (
        RawServer(Service(tokens={"given"})) as server,
        talking_to(server, auth=TokenAuth(SecretStr(" given\n"))) as client,
    ):
        await many(client)
        await client.logout()
        assert {seen.path for seen in server.seen} == {"/2/0/users/me"}


async def test_a_dead_given_token_is_said_once_and_not_sent_again() -> None:
    async with (
        RawServer(Service()) as server,
        talking_to(server, auth=TokenAuth(SecretStr("dead"))) as client,
    ):
        with pytest.raises(NotAuthenticated, match="35 minutes"):
            await client.me()
        with pytest.raises(NotAuthenticated, match="35 minutes"):
            await client.me()
        assert len(server.seen) == 1


@pytest.mark.parametrize("token", ["", " ", "a\nb", "é", "x" * 20_000])
async def test_what_cannot_be_a_token_is_not_sent(token: str) -> None:
    async with RawServer(Service()) as server, talking_to(server, auth=TokenAuth(SecretStr(token))) as client:
        with pytest.raises(NotAuthenticated):
            await client.me()
        assert server.seen == []


async def test_a_given_token_is_renewed_where_its_end_can_be_asked_for() -> None:
    clock = Clock()
    async with RawServer(Service(tokens={"given"})) as server:
        auth = TokenAuth(SecretStr("given"), server.url, now=clock)
        async with talking_to(server, auth=auth) as client:
            await many(client)
            clock.seconds += LIFETIME_S - RENEW_BEFORE_S + 1
            await many(client)
            await client.logout()
        assert (server.count(VALIDATE), server.count(REFRESH), server.count(LOGOUT)) == (1, 1, 0)


async def test_a_given_token_does_without_a_token_service_that_knows_nothing() -> None:
    service = Service(tokens={"given"})
    service.next_replies[VALIDATE] = [http(404)]
    async with RawServer(service) as server:
        async with talking_to(server, auth=TokenAuth(SecretStr("given"), server.url)) as client:
            await many(client)
        assert server.count(VALIDATE) == 1


async def test_a_dead_given_token_is_refused_by_the_token_service() -> None:
    async with RawServer(Service()) as server:
        async with talking_to(server, auth=TokenAuth(SecretStr("dead"), server.url)) as client:
            results = await many(client)
        assert all(isinstance(result, NotAuthenticated) for result in results)
        assert len(server.seen) == 1
