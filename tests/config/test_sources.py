"""The sources of values, and which wins."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from anaplan_tui.config.settings import (
    REGIONS,
    ConfigError,
    Downloads,
    JournalLimits,
    Overrides,
    Polling,
    Settings,
    demo_settings,
    load,
)
from tests.support.config_fields import MINIMAL, fields, keys

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"


def test_the_example_loads_as_it_is() -> None:
    loaded = load(EXAMPLE)
    assert (loaded.profile().name, loaded.profile().workspace) == ("prod", "Supply Chain")
    assert loaded.profile("nightly").auth.certificate == EXAMPLE.parent / "nightly.pem"
    assert loaded.file == EXAMPLE


def test_the_example_shows_the_defaults_where_it_says_so() -> None:
    loaded = load(EXAMPLE)
    assert (loaded.polling, loaded.downloads, loaded.journal) == (Polling(), Downloads(), JournalLimits())
    bare = Settings()
    assert (loaded.bell, loaded.osc, loaded.log_level) == (bare.bell, bare.osc, bare.log_level)


def test_the_example_holds_every_key_also_those_in_comments(tmp_path: Path) -> None:
    lines = EXAMPLE.read_text().splitlines()
    shown = [line.removeprefix("# ") if "= " in line.split("  ")[0] else line for line in lines]
    whole = tmp_path / "config.toml"
    whole.touch(0o600)
    whole.write_text("\n".join(shown))
    load(whole)
    present = set(keys(tomllib.loads(whole.read_text())))
    assert set(fields(Settings)) - present == set()


def test_the_least_that_is_needed(file: Path, tmp_path: Path) -> None:
    file.write_text(MINIMAL)
    loaded = load(file)
    profile = loaded.profile()
    assert (profile.name, profile.auth.method, profile.auth.username) == ("prod", "basic", "ops")
    assert profile.api_url == "https://api.anaplan.com"
    assert loaded.downloads.directory == tmp_path / "anaplan-dumps"
    assert (loaded.polling.interval, loaded.downloads.window, profile.locale) == (5.0, 4, "en_US")


def test_environment_over_file_over_default_and_command_line_over_all(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(f'[downloads]\nwindow = 2\nconnections = 3\n[profiles.prod]\nmodel = "a"\n{MINIMAL}')
    monkeypatch.setenv("ANAPLAN_TUI_DOWNLOADS__WINDOW", "8")
    monkeypatch.setenv("ANAPLAN_TUI_PROFILES__PROD__MODEL", "117")
    monkeypatch.setenv("ANAPLAN_TUI_PROFILES__PROD__WORKSPACE", "w")
    monkeypatch.setenv("ANAPLAN_TUI_PROFILES__PROD__READ_ONLY", "true")
    monkeypatch.setenv("ANAPLAN_TUI_NOTIFY_COMMAND", '["page", "me"]')
    monkeypatch.setenv("ANAPLAN_TUI_BELL", "")
    loaded = load(file, overrides=Overrides(workspace="W", log_level="DEBUG"))
    assert (loaded.downloads.window, loaded.downloads.connections) == (8, 3)
    profile = loaded.profile()
    assert (profile.name, profile.model, profile.workspace, profile.read_only) == ("prod", "117", "W", True)
    assert profile.auth.username == "ops"
    assert loaded.notify_command == ("page", "me")
    assert (loaded.bell, loaded.log_level) == (True, "debug")


def test_a_variable_reaches_a_profile_however_it_is_spelled(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text('[profiles."Prod EU-1".auth]\nusername = "ops"\n')
    monkeypatch.setenv("ANAPLAN_TUI_PROFILES__PROD_EU_1__LOCALE", "de_DE")
    loaded = load(file)
    assert list(loaded.profiles) == ["Prod EU-1"]
    assert loaded.profile().locale == "de_DE"


def test_a_profile_may_come_from_the_environment_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANAPLAN_TUI_PROFILES__SIM__API_URL", "http://127.0.0.1:4000/2/0/")
    monkeypatch.setenv("ANAPLAN_TUI_PROFILES__SIM__AUTH__USERNAME", "demo@example.com")
    monkeypatch.setenv("ANAPLAN_TUI_POLLING__INTERVAL", "0.2")
    loaded = load(None)
    profile = loaded.profile()
    assert {profile.api_url, profile.auth_url, profile.oauth_url} == {"http://127.0.0.1:4000"}
    assert (profile.loopback, loaded.polling.interval, loaded.file) == (True, 0.2, None)


def test_the_file_may_be_named_by_a_variable_and_the_option_wins(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(MINIMAL)
    other = tmp_path / "other.toml"
    other.write_text(MINIMAL.replace("prod", "test"))
    monkeypatch.setenv("ANAPLAN_TUI_CONFIG", str(other))
    assert load(None).profile().name == "test"
    assert load(file).profile().name == "prod"


def test_the_profile_named_on_the_command_line_becomes_the_default(file: Path) -> None:
    file.write_text(f'default_profile = "prod"\n{MINIMAL}[profiles.test.auth]\nmethod = "token"\n')
    loaded = load(file, overrides=Overrides(profile="test", model="Sandbox"))
    assert (loaded.profile().name, loaded.profile().model) == ("test", "Sandbox")
    assert loaded.profile("prod").model is None


@pytest.mark.parametrize("region", sorted(REGIONS))
def test_a_region_fills_in_the_hosts_and_single_ones_win(file: Path, region: str) -> None:
    file.write_text(f'[profiles.prod]\nregion = "{region}"\nauth_url = "https://sso.corp"\n{MINIMAL}')
    profile = load(file).profile()
    hosts = REGIONS[region]
    assert (profile.api_url, profile.oauth_url) == (hosts.api_url, hosts.oauth_url)
    assert profile.auth_url == "https://sso.corp"


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:4000",
        "https://localhost:8443",
        "HTTP://LOCALHOST",
        "https://127.0.0.9",
        "https://[::1]:1",
    ],
)
def test_a_host_on_this_machine_serves_all_three(file: Path, url: str) -> None:
    file.write_text(f'[profiles.prod]\napi_url = "{url}"\n{MINIMAL}')
    profile = load(file).profile()
    assert profile.loopback
    assert profile.api_url == profile.auth_url == profile.oauth_url == url


@pytest.mark.parametrize(
    "url",
    ["https://api.corp", "https://localhost.corp", "http://localhost.corp", "http://127.corp", "http://[::1"],
)
def test_no_other_host_is_taken_for_all_three(file: Path, url: str) -> None:
    """Otherwise a host whose name only begins like the service's would get the login."""
    file.write_text(f'[profiles.prod]\napi_url = "{url}"\n{MINIMAL}')
    with pytest.raises(ConfigError, match=r"auth_url|api_url"):
        load(file)


def test_the_hosts_of_the_separate_stacks() -> None:
    """The hosts of service.md §1.1."""
    assert REGIONS["eu1"] == REGIONS["us1"]
    assert REGIONS["gb1"].auth_url == "https://gb1.auth.anaplan.com"
    assert REGIONS["ca1"].api_url == "https://ca1a.api.anaplan.com"
    assert REGIONS["au1"].api_url == "https://api.au1a.app2.anaplan.com"
    assert REGIONS["au1"].auth_url == REGIONS["au1"].oauth_url == "https://au1a.app2.anaplan.com"


def test_relative_paths_begin_where_the_file_lies(file: Path, tmp_path: Path) -> None:
    file.write_text(
        '[downloads]\ndirectory = "dumps"\n[profiles.prod]\nca_bundle = "~/ca.pem"\n'
        '[profiles.prod.auth]\nmethod = "certificate"\nprivate_key = "keys/ops.P12"\n'
    )
    loaded = load(file)
    profile = loaded.profile()
    assert loaded.downloads.directory == tmp_path / "dumps"
    assert profile.ca_bundle == tmp_path / "ca.pem"
    assert profile.auth.private_key == tmp_path / "keys" / "ops.P12"
    assert profile.auth.key_is_bundle


def test_polls_slow_down_to_the_longer_of_the_two(file: Path) -> None:
    file.write_text(f"[polling]\ninterval = 60\n{MINIMAL}")
    assert load(file).polling.longest == 60


def test_settings_cannot_be_changed(file: Path) -> None:
    file.write_text(MINIMAL)
    loaded = load(file)
    with pytest.raises(ValueError, match="frozen"):
        loaded.profile().read_only = True


def test_the_demo_needs_no_file_and_keeps_what_is_the_user_s(file: Path) -> None:
    demo = demo_settings("http://127.0.0.1:4000", model="Demand plan")
    profile = demo.profile()
    assert (profile.name, profile.auth.username, profile.model) == ("demo", "demo@example.com", "Demand plan")
    assert demo.polling.interval == 1.0
    file.write_text(f'[downloads]\ndirectory = "/srv/dumps"\nwindow = 1\n{MINIMAL}')
    overrides = Overrides(model="Sandbox", profile="demo")
    demo = demo_settings("http://127.0.0.1:4000", model="Demand plan", config=file, overrides=overrides)
    assert (demo.downloads.directory, demo.downloads.window) == (Path("/srv/dumps"), 1)
    assert list(demo.profiles) == ["demo"]
    assert demo.profile().model == "Sandbox"


def test_the_demo_has_one_profile() -> None:
    with pytest.raises(ConfigError, match="--profile does not go with --demo"):
        demo_settings("http://127.0.0.1:4000", overrides=Overrides(profile="prod"))


def test_importing_settings_does_not_import_pydantic_settings() -> None:
    code = "import sys, anaplan_tui.config.settings; sys.exit('pydantic_settings' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_byte_order_mark_is_read_over(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xef\xbb\xbf" + MINIMAL.encode())
    path.chmod(0o600)
    assert load(path).profile().name
