"""The origin of every value, with no secret shown."""

import json
from pathlib import Path

import pytest

from anaplan_tui.config.check import check
from anaplan_tui.config.origins import Source, Value, values
from anaplan_tui.config.settings import Overrides, Settings, load
from tests.support.config_fields import MINIMAL, SECRET, fields

NOTHING = Overrides()


def shown(file: Path | None, overrides: Overrides = NOTHING) -> dict[str, Value]:
    found = {value.key: value for value in values(load(file, overrides=overrides), file, overrides)}
    assert SECRET not in repr(found)
    assert SECRET not in json.dumps([value.value for value in found.values()])
    return found


def test_every_key_is_shown_and_most_are_defaults(file: Path) -> None:
    file.write_text(MINIMAL)
    found = shown(file)
    keys = {key.replace("*", "prod") for key in fields(Settings)}
    assert keys <= set(found)
    assert found["profiles.prod.auth.username"].origin.line == 2
    assert found["profiles.prod.auth.username"].origin.file == file
    assert found["downloads.window"].value == 4
    assert found["downloads.window"].origin.source is Source.DEFAULT
    assert found["default_profile"].origin.detail == "the only profile"


def test_a_mark_at_the_beginning_of_the_file_is_read_over(file: Path) -> None:
    file.write_text(MINIMAL, encoding="utf-8-sig")
    username = shown(file)["profiles.prod.auth.username"]
    assert (username.origin.file, username.origin.line) == (file, 2)


def test_each_source_is_named(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text(
        'default_profile = "p q"\n[downloads]\nwindow = 2\nconnections = 3\n\n'
        '[profiles."p q"]\nmodel = "a"\nworkspace = "b"\n[profiles."p q".auth]\nusername = "ops"\n'
    )
    monkeypatch.setenv("ANAPLAN_TUI_DOWNLOADS__WINDOW", "8")
    monkeypatch.setenv("ANAPLAN_TUI_POLLING", '{"interval": 7}')
    monkeypatch.setenv("ANAPLAN_TUI_PROFILES__P_Q__READ_ONLY", "true")
    found = shown(file, Overrides(model="given", log_level="debug"))

    def said(key: str) -> tuple[object, object]:
        origin = found[key].origin
        return found[key].value, origin.line or origin.variable or origin.option or origin.source.value

    assert said("default_profile") == ("p q", 1)
    assert said("downloads.window") == (8, "ANAPLAN_TUI_DOWNLOADS__WINDOW")
    assert said("downloads.connections") == (3, 4)
    assert said('profiles."p q".workspace') == ("b", 8)
    assert said('profiles."p q".model') == ("given", "--model")
    assert said('profiles."p q".read_only') == (True, "ANAPLAN_TUI_PROFILES__P_Q__READ_ONLY")
    assert said("log_level") == ("debug", "--log-level")
    assert said("polling.interval") == (7.0, "ANAPLAN_TUI_POLLING")
    assert said("polling.max_interval") == (30.0, "default")
    assert said("config file") == (str(file), "--config")


def test_hosts_say_which_region_they_are_of(file: Path) -> None:
    file.write_text(f'[profiles.prod]\nregion = "eu3"\nauth_url = "https://sso.corp"\n{MINIMAL}')
    found = shown(file)
    assert found["profiles.prod.api_url"].origin.detail == "of region eu3"
    assert found["profiles.prod.auth_url"].origin.line == 3


def test_profiles_from_the_environment_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANAPLAN_TUI_PROFILES__SIM__API_URL", "http://127.0.0.1:4000")
    monkeypatch.setenv("ANAPLAN_TUI_PROFILES__SIM__AUTH__USERNAME", "demo")
    found = shown(None)
    assert found["config file"].value is None
    assert found["profiles.sim.api_url"].origin.variable == "ANAPLAN_TUI_PROFILES__SIM__API_URL"
    assert found["profiles.sim.auth_url"].origin.detail == "as api_url"


@pytest.mark.parametrize("method", ["basic", "token"])
def test_of_a_secret_only_that_it_is_set(method: str, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "password" if method == "basic" else "token"
    auth = f'[profiles.p.auth]\nmethod = "{method}"\nusername = "ops"\n'
    file.write_text(auth)
    assert shown(file)[f"profiles.p.auth.{secret}"].value is None
    file.write_text(f'{auth}{secret}_command = ["echo", "{SECRET}"]\n')
    found = shown(file)[f"profiles.p.auth.{secret}"]
    assert (found.value, found.origin.line) == ("set", 4)
    monkeypatch.setenv(f"ANAPLAN_TUI_{secret.upper()}", SECRET)
    found = shown(file)[f"profiles.p.auth.{secret}"]
    assert (found.value, found.origin.variable) == ("set", f"ANAPLAN_TUI_{secret.upper()}")


def test_neither_a_proxy_s_user_nor_a_program_s_arguments_are_shown(file: Path) -> None:
    file.write_text(
        f'notify_command = ["page", "{SECRET}"]\n[profiles.prod]\nproxy = "http://u:{SECRET}@proxy:3128/"\n{MINIMAL}'
    )
    found = shown(file)
    assert found["profiles.prod.proxy"].value == "http://…@proxy:3128/"
    assert found["notify_command"].value == ["page", "…"]


def test_a_check_says_everything_at_once(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text(f"[downloads]\nwindow = 9\nwindo = 1\n[polling]\ninterval = '{SECRET}'\n{MINIMAL}")
    monkeypatch.setenv("ANAPLAN_TUI_BELLL", "x")
    checked = check(file, NOTHING)
    assert checked.settings is None
    assert {problem.key or problem.file for problem in checked.problems} == {
        "ANAPLAN_TUI_BELLL",
        "downloads.window",
        "downloads.windo",
        "polling.interval",
    }
    assert SECRET not in repr(checked)


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ('ca_bundle = "nowhere.pem"\n', "profiles.prod.ca_bundle"),
        ('auth.password_file = "nowhere"\n', "profiles.prod.auth.password_file"),
        ('auth.password_file = "open"\n', "profiles.prod.auth.password_file"),
        ('auth.method = "oauth-device"\n', "profiles.prod.auth.client_id"),
    ],
)
def test_files_of_the_profile_in_use_must_be_there_and_those_of_others_may_not(
    more: str, key: str, file: Path
) -> None:
    open_file = file.with_name("open")
    open_file.write_text(SECRET)
    open_file.chmod(0o644)
    profile = f'[profiles.prod]\nauth.username = "ops"\n{more}'
    file.write_text(profile)
    assert [problem.key for problem in check(file, NOTHING).problems] == [key]
    if "client_id" in key:
        return
    file.write_text(f'default_profile = "other"\n{profile}[profiles.other.auth]\nusername = "ops"\n')
    checked = check(file, NOTHING)
    assert checked.problems == ()
    assert [key in warning for warning in checked.warnings] == [True]
    assert [p.key for p in check(file, Overrides(profile="prod")).problems] == [key]


def test_no_configuration_is_a_problem() -> None:
    assert "config init" in str(check(None, NOTHING).problems[0])
