"""``logout``: what it ends at the service, what it removes here, and what it says about the rest."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from anaplan_tui.core.sign_in.token_file import TokenFile
from anaplan_tui.demo.server import DemoServer
from tests.e2e.test_sign_in import CLIENT, signed_in
from tests.support.command import Place
from tests.support.terminal import Terminal


@pytest.fixture
def place(server: DemoServer, tmp_path: Path) -> Place:
    return Place(tmp_path, server.url, method="oauth-device", auth=f'client_id = "{CLIENT}"', secrets={})


@pytest.fixture
def kept(place: Place) -> TokenFile:
    place.state.mkdir(mode=0o700)
    return TokenFile(place.state, "here", place.url, CLIENT, pytest.fail)


def left_behind(place: Place) -> list[str]:
    return sorted(path.name for path in place.state.glob("oauth-*") if path.suffix != ".lock")


def test_a_sign_in_is_ended_at_the_service_and_its_files_are_gone(
    place: Place, kept: TokenFile, server: DemoServer
) -> None:
    before = signed_in(server)
    kept.save(before)
    other = TokenFile(place.state, "here", "https://an.old.host", CLIENT, pytest.fail)
    other.save(SecretStr("of-an-old-host"))
    neighbour = TokenFile(place.state, "here-too", place.url, CLIENT, pytest.fail)
    neighbour.save(SecretStr("not-ours"))
    done = place("logout")
    assert done.code == 0, done.err
    assert "dead at the service" in done.out
    assert [entry.status for entry in server.log.matching("POST", "*/token/logout")] == [204]
    assert len(left_behind(place)) == 1
    assert neighbour.load() is not None
    assert before.get_secret_value() not in done.out + done.err
    assert server.log.count("POST", "*/oauth/device/code") == 1, "expected only that of the earlier sign-in"
    again = place("logout")
    assert (again.code, "Nothing to end" in again.out) == (0, True)
    assert place("workspaces").code == 5


def test_a_sign_in_that_is_dead_already_is_removed(place: Place, kept: TokenFile, server: DemoServer) -> None:
    kept.save(SecretStr("spent-long-ago"))
    done = place("logout")
    assert (done.code, "ended the token before" in done.out) == (0, True), done.err
    assert left_behind(place) == []


def test_a_service_out_of_reach_is_said_and_the_files_are_gone(
    place: Place, kept: TokenFile, server: DemoServer
) -> None:
    kept.save(signed_in(server))
    server.stop()
    done = place("logout")
    assert (done.code, "not told" in done.err) == (6, True), done.err
    assert left_behind(place) == []


def test_a_token_of_somebody_s_own_is_ended(place: Place, server: DemoServer) -> None:
    token = server.tenant.tokens.token_for("demo@example.com")
    place.method, place.auth, place.secrets = "token", "", {"TOKEN": token}
    assert place("workspaces").code == 0
    done = place("logout")
    assert (done.code, "dead at the service" in done.out) == (0, True), done.err
    assert token not in done.out + done.err
    assert place("workspaces").code == 5
    again = place("logout")
    assert (again.code, "ended the token before" in again.out) == (0, True)


def test_a_password_keeps_nothing_that_could_be_ended(place: Place, server: DemoServer) -> None:
    place.method, place.auth, place.secrets = "basic", "", {}
    done = place("logout")
    assert (done.code, "Nothing to end" in done.out) == (0, True), done.err
    assert server.log.count("POST", "*") == 0


def test_the_app_logs_out_from_its_palette(place: Place, kept: TokenFile, server: DemoServer) -> None:
    kept.save(signed_in(server))
    with Terminal(place.arguments(), place.env, rows=24, columns=80) as terminal:
        terminal.wait_for("model idle")
        for keys, shown in ((":log out", "End the sign-in"), ("\r", "Log out of profile 'here'?")):
            terminal.press(keys)
            terminal.wait_for(shown)
        terminal.press("y")
        assert terminal.ended() == 0
        assert "dead at the service" in terminal.text
    assert [entry.status for entry in server.log.matching("POST", "*/token/logout")] == [204]
    assert left_behind(place) == []
