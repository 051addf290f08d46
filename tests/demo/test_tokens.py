"""The token service and OAuth: every rule of service.md §2.3 and §2.4."""

import time

import httpx
import pytest

from anaplan_tui.demo.server import DemoServer
from tests.support.tenants import PlainClient


def call(server: DemoServer, path: str, header: str, method: str = "POST") -> httpx.Response:
    return httpx.request(method, server.url + path, headers={"authorization": header})


def test_a_login_is_201_and_lives_35_minutes(server: DemoServer) -> None:
    answer = httpx.post(f"{server.url}/token/authenticate", auth=("demo@example.com", "demo"))
    assert answer.status_code == 201
    left = answer.json()["tokenInfo"]["expiresAt"] / 1000 - time.time()
    assert 34 * 60 < left <= 35 * 60


def test_a_refresh_keeps_the_value_and_moves_the_expiry(server: DemoServer) -> None:
    header = f"AnaplanAuthToken {server.token()}"
    server.clock.advance(600)
    before = call(server, "/token/validate", header, "GET").json()["tokenInfo"]["expiresAt"]
    refreshed = call(server, "/token/refresh", header).json()["tokenInfo"]
    assert refreshed["tokenValue"] == header.split()[1]
    assert refreshed["expiresAt"] >= before + 599_000


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/token/authenticate", "POST", 401),
        ("/token/logout", "POST", 401),
        ("/token/refresh", "POST", 400),
        ("/token/validate", "GET", 400),
    ],
)
def test_a_malformed_header(server: DemoServer, path: str, method: str, status: int) -> None:
    for header in ("Bearer abc", "nonsense", "AnaplanAuthToken"):
        answer = call(server, path, header, method)
        assert answer.status_code == status
        assert answer.json()["status"] == "FAILURE_BAD_HEADER"


@pytest.mark.parametrize(
    ("path", "method"), [("/token/logout", "POST"), ("/token/refresh", "POST"), ("/token/validate", "GET")]
)
def test_a_dead_token_is_401(server: DemoServer, path: str, method: str) -> None:
    header = f"AnaplanAuthToken {server.token()}"
    server.clock.advance(36 * 60)
    assert call(server, path, header, method).status_code == 401
    assert call(server, "/2/0/users/me", header, "GET").status_code == 401


def test_logout_kills_the_token_at_once(server: DemoServer) -> None:
    header = f"AnaplanAuthToken {server.token()}"
    assert call(server, "/2/0/users/me", header, "GET").status_code == 200
    answer = call(server, "/token/logout", header)
    assert (answer.status_code, answer.content) == (204, b"")
    assert call(server, "/2/0/users/me", header, "GET").status_code == 401


def test_the_api_takes_bearer_too(server: DemoServer) -> None:
    assert call(server, "/2/0/users/me", f"Bearer {server.token()}", "GET").status_code == 200


def test_a_hurried_clock_does_not_hurry_tokens(server: DemoServer) -> None:
    server.clock.speed = 1e6
    header = f"AnaplanAuthToken {server.token()}"
    moved = server.clock.now()
    while server.clock.now() < moved + 3600:
        pass
    assert call(server, "/2/0/users/me", header, "GET").status_code == 200


def test_the_device_grant(server: DemoServer) -> None:
    oauth = f"{server.url}/oauth"
    device = httpx.post(f"{oauth}/device/code", json={"client_id": "c" * 32, "scope": "openid"}).json()
    poll = {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "device_code": device["device_code"],
        "client_id": "c" * 32,
    }
    assert httpx.post(f"{oauth}/token", json=poll).json()["error"] == "authorization_pending"
    server.tenant.devices.scripted.append("slow_down")
    assert httpx.post(f"{oauth}/token", json=poll).json()["error"] == "slow_down"
    server.tenant.devices.approve_all()
    granted = httpx.post(f"{oauth}/token", data=poll).json()
    assert call(server, "/2/0/users/me", f"AnaplanAuthToken {granted['access_token']}", "GET").is_success
    again = {"grant_type": "refresh_token", "refresh_token": granted["refresh_token"], "client_id": "c" * 32}
    assert httpx.post(f"{oauth}/token", json=again).json()["refresh_token"] != granted["refresh_token"]
    assert httpx.post(f"{oauth}/token", json=again).json()["error"] == "invalid_grant"
    assert httpx.post(f"{oauth}/token", json={}).status_code == 401


def test_the_api_words_a_missing_token_in_its_own_envelope(client: PlainClient) -> None:
    answer = httpx.get(f"{client.server.url}/2/0/users/me")
    assert answer.status_code == 401
    assert answer.json()["status"] == {"code": 401, "message": "Unauthorized"}
    assert len(answer.json()["timestamp"].rpartition(".")[2]) == len("123456789Z")
