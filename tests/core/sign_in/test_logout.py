"""Signing out where a client does not rotate: the same refresh token is returned again (service.md §2.5)."""

import json
from pathlib import Path

import pytest
from pydantic import SecretStr

from anaplan_tui.config.settings import Profile, Settings
from anaplan_tui.core.sign_in.logout import log_out
from anaplan_tui.core.sign_in.token_file import TokenFile
from tests.support.raw_server import RawServer, Seen, http


def profile_at(url: str) -> Profile:
    auth = {"method": "oauth-device", "client_id": "c" * 32}
    return Settings.model_validate({"profiles": {"here": {"api_url": url, "auth": auth}}}).profile()


@pytest.mark.parametrize(("given", "outlives"), [("kept", True), ("next", False)])
async def test_a_refresh_token_that_outlives_the_sign_in_is_told(
    given: str, outlives: bool, tmp_path: Path
) -> None:
    def respond(seen: Seen) -> bytes:
        if seen.path == "/oauth/token":
            grant = {"access_token": "access", "refresh_token": given, "expires_in": 2100}
            return http(200, json.dumps(grant).encode())
        if seen.path == "/token/logout":
            return http(204)
        return http(200, b'{"user": {"id": "u", "email": "ops@example.com"}}')

    async with RawServer(respond) as server:
        profile = profile_at(server.url)
        file = TokenFile(tmp_path, "here", profile.oauth_url, "c" * 32, pytest.fail)
        file.save(SecretStr("kept"))
        done = await log_out(profile, tmp_path, pytest.fail)
        assert server.count("/token/logout", "POST") == 1
    assert (done.had, done.ended, done.outlives, len(done.removed)) == (True, True, outlives, 1)
    assert file.load() is None
