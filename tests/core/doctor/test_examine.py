"""The doctor finds each fault between the operator and the tenant."""

from pathlib import Path

import pytest

from anaplan_tui.api.errors import NotAuthenticated, Unreachable
from anaplan_tui.config.settings import Settings, load
from anaplan_tui.core.doctor.examine import Check, Finding, downloads_directory, examine, state_directory
from anaplan_tui.demo.server import DemoServer
from anaplan_tui.terminal import terminal_check
from tests.support.certificates import self_signed


def settings_for(tmp_path: Path, url: str, **profile: str) -> Settings:
    """Return a configuration with one profile on ``url``."""
    lines = [f'{key} = "{value}"' for key, value in ({"workspace": "Supply Chain"} | profile).items()]
    config = tmp_path / "config.toml"
    config.write_text(
        f'[profiles.here]\napi_url = "{url}"\nauth_url = "{url}"\noauth_url = "{url}"\n'
        + "\n".join(lines)
        + '\n[profiles.here.auth]\nmethod = "basic"\nusername = "demo@example.com"\n'
        + f'[downloads]\ndirectory = "{tmp_path}/dumps"\n'
    )
    config.chmod(0o600)
    return load(config)


async def look(settings: Settings) -> dict[str, Check]:
    return {check.name: check async for check in examine(settings, settings.profile(), terminal_check())}


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANAPLAN_TUI_PASSWORD", "demo")


async def test_all_is_well(tmp_path: Path, server: DemoServer) -> None:
    server.clock.speed = 1  # otherwise it runs away from this host's clock
    checks = await look(settings_for(tmp_path, server.url, model="Demand plan"))
    assert {c.finding for c in checks.values()} == {Finding.OK}
    assert list(checks)[-8:] == [
        "names", "proxy", "connection", "TLS", "login", "clock", "workspaces", "model"
    ]  # fmt: skip
    assert (checks["proxy"].said, checks["TLS"].said[:4]) == ("none is used", "none")
    assert "45 processes" in checks["model"].said
    assert server.log.count("POST", "*/tasks") == 0


async def test_a_wrong_password_is_told_and_ends_it(
    tmp_path: Path, server: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANAPLAN_TUI_PASSWORD", "s3cret-and-wrong")
    checks = await look(settings_for(tmp_path, server.url))
    assert isinstance(checks["login"].error, NotAuthenticated)
    assert "model" not in checks
    assert not any("s3cret" in f"{c.said}{c.advice}{c.error!r}" for c in checks.values())


async def test_a_secret_that_is_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANAPLAN_TUI_PASSWORD")
    checks = await look(settings_for(tmp_path, "http://127.0.0.1:9"))
    assert checks["secrets"].finding is Finding.FAILED
    assert "ANAPLAN_TUI_PASSWORD" in checks["secrets"].advice
    assert "names" not in checks


async def test_a_host_where_nobody_listens_fails_the_connection(tmp_path: Path) -> None:
    with DemoServer() as gone:
        url = gone.url
    checks = await look(settings_for(tmp_path, url))
    assert isinstance(checks["connection"].error, Unreachable)
    assert checks["proxy"].finding is Finding.OK
    assert not {"TLS", "login"} & checks.keys()


@pytest.mark.parametrize("by", ["the profile", "the environment"])
async def test_a_proxy_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str) -> None:
    with DemoServer() as gone:
        address = f"127.0.0.1:{gone.port}"
    own = {"proxy": f"http://ops:s3cret@{address}"} if by == "the profile" else {}
    monkeypatch.setenv("HTTPS_PROXY", f"http://ops:s3cret@{address}")
    checks = await look(settings_for(tmp_path, "https://anaplan.invalid", **own))
    assert checks["names"].said == "are resolved by the proxy"
    assert isinstance(checks["proxy"].error, Unreachable)
    assert not {"connection", "TLS", "login"} & checks.keys()
    assert not any("s3cret" in f"{c.said}{c.advice}{c.error!r}" for c in checks.values())


async def test_what_the_environment_takes_from_the_proxy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "anaplan.invalid")
    checks = await look(settings_for(tmp_path, "https://anaplan.invalid"))
    assert "does not resolve" in checks["names"].said


@pytest.mark.parametrize("trusted", [False, True])
async def test_a_certificate_that_nobody_trusts(tmp_path: Path, trusted: bool) -> None:
    certificate, key = self_signed(tmp_path)
    with DemoServer(ssl_certfile=certificate, ssl_keyfile=key) as server:
        own = {"ca_bundle": str(certificate)} if trusted else {}
        checks = await look(settings_for(tmp_path, server.url, model="Demand plan", **own))
    assert checks["connection"].finding is Finding.OK
    assert checks["TLS"].finding is (Finding.OK if trusted else Finding.FAILED)
    assert ("login" in checks) is trusted
    assert ("ca_bundle" if not trusted else certificate.name) in checks["TLS"].said + checks["TLS"].advice


async def test_a_name_that_does_not_resolve(tmp_path: Path) -> None:
    checks = await look(settings_for(tmp_path, "https://anaplan.invalid"))
    assert checks["names"].finding is Finding.FAILED
    assert "anaplan.invalid" in checks["names"].said


async def test_no_model_chosen_is_a_warning_with_the_names(tmp_path: Path, server: DemoServer) -> None:
    checks = await look(settings_for(tmp_path, server.url))
    assert checks["model"].finding is Finding.WARNING
    assert "Demand plan" in checks["model"].advice


async def test_a_model_that_does_not_exist(tmp_path: Path, server: DemoServer) -> None:
    checks = await look(settings_for(tmp_path, server.url, model="Demand plam"))
    assert checks["model"].finding is Finding.FAILED


def test_directories_that_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.touch()
    assert downloads_directory(file / "dumps").finding is Finding.FAILED
    monkeypatch.setenv("ANAPLAN_TUI_STATE_DIR", str(file / "state"))
    assert state_directory().finding is Finding.FAILED


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="a directory that takes no file from anybody")
def test_a_directory_is_written_to_and_not_only_asked_for_its_rights() -> None:
    check = downloads_directory(Path("/proc/self/dumps"))
    assert check.finding is Finding.FAILED
    assert "cannot be written to" in check.said


def test_a_state_directory_that_others_can_look_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANAPLAN_TUI_STATE_DIR", str(tmp_path))
    assert state_directory().finding is Finding.OK
    tmp_path.chmod(0o750)
    check = state_directory()
    assert (check.finding, check.advice) == (Finding.WARNING, f"Run: chmod 700 {tmp_path}")
