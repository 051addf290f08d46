"""Refused configuration and its messages: file, key and what is allowed, never the value."""

import os
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import pytest

from anaplan_tui.config.settings import (
    ConfigError,
    NoConfig,
    Overrides,
    load,
)
from tests.support.config_fields import MINIMAL, SECRET


def refusal(file: Path, text: str, **overrides: Any) -> ConfigError:
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(file, overrides=Overrides(**overrides))
    return caught.value


def test_no_config_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(NoConfig) as caught:
        load(None)
    lines = str(caught.value).splitlines()
    assert len(lines) == 2
    command = lines[1].partition("edit it: ")[2]
    assert command == caught.value.command
    assert str(caught.value) == f"{caught.value.before_command} {command}"
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
    subprocess.run(["/bin/sh", "-c", command], check=True, env={**os.environ, "PATH": path})
    assert load(None).file == tmp_path / ".config" / "anaplan-tui" / "config.toml"
    assert load(None).profile().name == "prod"
    assert "anaplan-tui config init" in lines[0]
    assert "anaplan-tui --demo" in lines[0]


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("", "profiles is missing.", "Describe at least one, as in [profiles.prod]."),
        ("default_profil = 'x'", "default_profil is not a key.", "Did you mean default_profile? Allowed: "),
        ("\x01", " is not valid TOML at line 1, column 1.", ""),
        ("a = 1\nb = ", " is not valid TOML at", ""),
        pytest.param("a = " + "[" * 5000, " is not valid TOML", "", id="deep"),
        pytest.param("a = " + "9" * 5000, " is not valid TOML", "", id="long"),
        (
            "[downloads]\nwindo = 4\n",
            "downloads.windo is not a key.",
            "Did you mean window?",
        ),
        ("[downloads]\nwindow = '4'\n", "downloads.window has the wrong type.", "Allowed: a whole number."),
        ("[downloads]\nwindow = 4.5\n", "downloads.window has the wrong type.", "Allowed: a whole number."),
        ("[downloads]\nwindow = true\n", "downloads.window has the wrong type.", "Allowed: a whole number."),
        ("[downloads]\nwindow = 0\n", "downloads.window is out of range.", "Allowed: 1 to 8."),
        ("[downloads]\nwindow = 9\n", "downloads.window is out of range.", "Allowed: 1 to 8."),
        ("[downloads]\ndirectory = 3\n", "downloads.directory has the wrong type.", "Allowed: a path"),
        ("[downloads]\ndirectory = '~nobody-here/x'\n", "downloads.directory is not allowed.", "It must"),
        (
            "[downloads]\nauto_capture = 'yes'\n",
            "downloads.auto_capture has the wrong type.",
            "Allowed: true",
        ),
        ("[polling]\ninterval = '5'\n", "polling.interval has the wrong type.", "Allowed: a number."),
        ("[polling]\ninterval = nan\n", "polling.interval is out of range.", "Allowed: a finite number."),
        ("[polling]\ninterval = 0\n", "polling.interval is out of range.", "Allowed: 0.01 to 3600"),
        ("[journal]\nkeep_days = 0\n", "journal.keep_days is out of range.", "Allowed: 1 to 3650."),
        ("downloads = 3\n", "downloads has the wrong type.", "Allowed: a table of keys."),
        ("profiles = []\n", "profiles has the wrong type.", "Allowed: a table of keys."),
        ("osc = '8'\n", "osc is none of the allowed words.", "Allowed: 9, 777, none."),
        ("osc = 9\n", "osc is none of the allowed words.", "Allowed: 9, 777, none."),
        ("notify_command = 'page me'\n", "notify_command has the wrong type.", "Allowed: a list of texts"),
        ("notify_command = []\n", "notify_command is empty.", "Allowed: a list of texts"),
        (
            "notify_command = ['a', 3]\n",
            "notify_command[1] has the wrong type.",
            "Allowed: a text in quotes.",
        ),
        ("[profiles.' ']\n", "profiles.  is not allowed.", "It must be a name"),
        (
            '[profiles."\\u001b]0;x\\u0007"]\n',
            "profiles.\ufffd]0;x\ufffd is not allowed.",
            "It must be a name",
        ),
    ],
)
def test_what_is_wrong_is_said_with_file_key_and_what_is_allowed(
    file: Path, text: str, first: str, second: str
) -> None:
    lines = str(refusal(file, text)).splitlines()
    assert lines[0].startswith(f"{file}{first}" if first.startswith(" ") else f"{file}: {first}")
    if second:
        assert lines[1].startswith(second)
    assert len(lines) <= 2


@pytest.mark.parametrize(
    ("profile", "first", "second"),
    [
        ("read_only = 'no'", "read_only has the wrong type.", "Allowed: true or false."),
        ("readonly = true", "readonly is not a key.", "Did you mean read_only? Allowed: region, "),
        ("region = 'mars'", "region is not allowed.", "It must be one of us1, us2, "),
        ("workspace = ''", "workspace is empty.", "Allowed: a text that is not empty."),
        ("model = 117", "model has the wrong type.", "Allowed: a text in quotes."),
        ("locale = 'english'", "locale is not allowed.", "It must be a locale such as en_US."),
        ("api_url = 'https://api.corp'", "auth_url is missing.", "Give a region, which fills in the hosts"),
        ("api_url = 'http://api.corp'", "api_url is not allowed.", "It must begin with https://"),
        ("api_url = 'http://127.0.0.1.evil.corp'", "api_url is not allowed.", "It must begin with https://"),
        (
            "api_url = 'http://127.0.0.1@evil.corp'",
            "api_url is not allowed.",
            "It must be scheme, host",
        ),
        (
            "api_url = 'https://u:p@api.corp'",
            "api_url is not allowed.",
            "It must be scheme, host",
        ),
        ("api_url = 'api.corp'", "api_url is not allowed.", "It must be a web address"),
        ("api_url = 'https://api.corp:99999'", "api_url is not allowed.", "It must be a web address"),
        ("api_url = 'https://[api.corp'", "api_url is not allowed.", "It must be a web address"),
        ("api_url = 'ftp://api.corp'", "api_url is not allowed.", "It must be a web address"),
        ("proxy = 'ftp://proxy.corp'", "proxy is not allowed.", "It must begin with http://"),
        ("proxy = 'socks4://proxy.corp'", "proxy is not allowed.", "It speaks SOCKS4"),
        ("user_agent = 'Браузер'", "user_agent is not allowed.", "It must be plain ASCII"),
        ("auth = 'basic'", "auth has the wrong type.", "Allowed: a table of keys."),
        ("auth = {}", "auth.username is missing.", 'It is required by method = "basic".'),
        ("auth = {username = 'a:b'}", "auth.username is not allowed.", "It must not contain a colon"),
        (
            "auth = {method = 'kerberos'}",
            "auth.method is none of the allowed words.",
            "Allowed: basic, certific",
        ),
        ("auth = {method = 'certificate'}", "auth.private_key is missing.", "It is required by"),
        (
            "auth = {method = 'certificate', private_key = 'k.pem'}",
            "auth.certificate is missing.",
            "Give a PEM",
        ),
        ("auth = {method = 'oauth-device'}", "auth.client_id is missing.", "It is required by"),
        ("auth = {username = 'a', usernam = 'b'}", "auth.usernam is not a key.", "Did you mean username?"),
        ("", "auth is missing.", "It is required."),
    ],
)
def test_what_is_wrong_with_a_profile(file: Path, profile: str, first: str, second: str) -> None:
    lines = str(refusal(file, f"[profiles.prod]\n{profile}\n")).splitlines()
    assert lines[0] == f"{file}: profiles.prod.{first}"
    assert lines[1].startswith(second)
    assert len(lines) == 2


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("BEL", "1", "BEL is not a variable of anaplan-tui.\nDid you mean ANAPLAN_TUI_BELL? Allowed: "),
        ("PASWORD", SECRET, "PASWORD is not a variable of anaplan-tui.\nDid you mean ANAPLAN_TUI_PASSWORD?"),
        ("BELL__LOUD", "1", "BELL__LOUD is not a variable of anaplan-tui."),
        ("DOWNLOADS__WINDO", "1", "DOWNLOADS__WINDO is not a key.\nDid you mean window?"),
        ("DOWNLOADS__WINDOW", "many", "DOWNLOADS__WINDOW has the wrong type.\nAllowed: a whole number."),
        ("DOWNLOADS__WINDOW", "9", "DOWNLOADS__WINDOW is out of range.\nAllowed: 1 to 8."),
        ("DOWNLOADS", "{", "DOWNLOADS has the wrong type.\nAllowed: a table of keys."),
        ("DOWNLOADS", '{"window": 9}', "DOWNLOADS: window is out of range.\nAllowed: 1 to 8."),
        ("POLLING__INTERVAL", "2", "POLLING__INTERVAL is out of range.\nAllowed: at least 5 seconds"),
        ("NOTIFY_COMMAND", "page me", "NOTIFY_COMMAND has the wrong type.\nAllowed: a list of texts"),
        ("DEFAULT_PROFILE", "prd", "DEFAULT_PROFILE names no profile.\nDid you mean prod?"),
        ("PROFILES__PROD__AUTH__TOKEN", SECRET, "PROFILES__PROD__AUTH__TOKEN would keep a secret in clear"),
    ],
)
def test_what_is_wrong_with_a_variable(
    file: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    monkeypatch.setenv(f"ANAPLAN_TUI_{variable}", value)
    lines = str(refusal(file, MINIMAL)).splitlines()
    assert "\n".join(lines).startswith(f"ANAPLAN_TUI_{said}")
    assert len(lines) == 2


def test_a_profile_that_a_variable_began_lacks_the_rest(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANAPLAN_TUI_PROFILES__NEW__MODEL", "x")
    assert str(refusal(file, MINIMAL)).startswith(f"{file}: profiles.new.auth is missing.")


@pytest.mark.parametrize("key", ["password", "token", "private_key_password"])
def test_a_secret_in_the_file_is_refused_with_what_to_use_instead(file: Path, key: str) -> None:
    said = str(refusal(file, f'{MINIMAL}{key} = "{SECRET}"\n'))
    assert SECRET not in said
    assert said.startswith(f"{file}: profiles.prod.auth.{key} would keep a secret in clear")
    assert f"Use ANAPLAN_TUI_{key.upper()}, {key}_command or {key}_file." in said


def test_polls_of_a_real_tenant_are_not_too_close(file: Path) -> None:
    local = '[profiles.sim]\napi_url = "http://localhost:4000"\nauth = {method = "token"}\n'
    file.write_text(f"[polling]\ninterval = 0.5\n{local}")
    assert load(file).polling.interval == 0.5
    both = f"[polling]\ninterval = 0.5\n{local}{MINIMAL}"
    said = refusal(file, both, profile="prod")
    assert (said.file, said.key, said.problem) == (str(file), "polling.interval", "is out of range")
    assert "which prod is not" in said.allowed
    assert load(file, overrides=Overrides(profile="sim")).polling.interval == 0.5
    assert refusal(file, f'default_profile = "prod"\n{both}').key == "polling.interval"
    said = refusal(file, f"[polling]\ninterval = 10\nmax_interval = 6\n{MINIMAL}")
    assert (said.key, said.problem) == ("polling.max_interval", "is out of range")


def test_an_unknown_profile_lists_the_candidates(file: Path) -> None:
    both = f"{MINIMAL}[profiles.test.auth]\nmethod = 'token'\n"
    assert str(refusal(file, both, profile="tset")) == (
        "--profile names no profile.\nDid you mean test? Allowed: prod, test."
    )
    assert str(refusal(file, both)) == (
        f"{file}: default_profile is missing.\nName one of the profiles: prod, test."
    )
    assert refusal(file, f"default_profile = 'x'\n{both}").key == "default_profile"


def test_a_log_level_that_is_none(file: Path) -> None:
    assert str(refusal(file, MINIMAL, log_level="loud")).startswith(
        "--log-level is none of the allowed words."
    )


def test_files_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match=r"does not exist\.\nIt was named by --config"):
        load(tmp_path / "missing.toml")
    with pytest.raises(ConfigError, match="is a directory"):
        load(tmp_path)
    with pytest.raises(ConfigError, match="not a directory"):
        load(Path(__file__) / "config.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="UTF-8"):
        load(tmp_path / "binary.toml")
    (tmp_path / "huge.toml").write_bytes(b"#" * 1_000_001)
    with pytest.raises(ConfigError, match="too large"):
        load(tmp_path / "huge.toml")
    monkeypatch.setenv("ANAPLAN_TUI_CONFIG", str(tmp_path / "missing.toml"))
    with pytest.raises(ConfigError, match="It was named by ANAPLAN_TUI_CONFIG"):
        load(None)


def test_a_file_that_others_could_change_is_refused(file: Path) -> None:
    file.chmod(0o646)
    assert "can be changed by everybody, and it says where passwords are sent" in str(refusal(file, MINIMAL))


def test_a_proxy_s_password_is_for_a_private_file_and_no_screen(file: Path) -> None:
    text = f'[profiles.prod]\nproxy = "http://ops:{SECRET}@proxy.corp:3128"\n{MINIMAL}'
    file.chmod(0o640)
    said = refusal(file, text)
    assert (said.key, said.problem) == (
        "profiles.prod.proxy",
        "holds a password, and others can read the file",
    )
    file.chmod(0o600)
    loaded = load(file)
    assert loaded.profile().proxy == f"http://ops:{SECRET}@proxy.corp:3128"
    assert SECRET not in repr(loaded)
