"""A secret in a file: its first line, and only where nobody else can read or change it."""

import os
from pathlib import Path

import pytest

from anaplan_tui.config.needed_secret import Secret
from anaplan_tui.config.settings import Auth, load
from anaplan_tui.core.sign_in.secrets import NoSecret, SecretSource, find, source_for

SECRET = "hunter2-Zq9"


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for secret in Secret:
        monkeypatch.delenv(secret.variable, raising=False)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a secret"
    path.touch(0o600)
    path.write_text(f"{SECRET}\n")
    return path


def auth(file: Path, key: str = "password_file", **more: object) -> Auth:
    return Auth.model_validate({"username": "ops", key: str(file), **more})


def refusal(file: Path) -> str:
    with pytest.raises(NoSecret) as caught:
        find(Secret.PASSWORD, auth(file), lambda _: "typed")
    said = str(caught.value)
    assert SECRET not in said + repr(caught.value)
    assert len(said.splitlines()) == 2
    return said


@pytest.mark.parametrize("secret", Secret)
def test_every_secret_may_be_in_a_file(secret: Secret, file: Path) -> None:
    assert find(secret, auth(file, f"{secret.value}_file"), lambda _: "typed") == SECRET


def test_the_variable_and_the_command_win_over_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configured = auth(file, password_command=["echo", "printed"])
    assert find(Secret.PASSWORD, configured) == "printed"
    monkeypatch.setenv("ANAPLAN_TUI_PASSWORD", "exported")
    assert find(Secret.PASSWORD, configured) == "exported"


@pytest.mark.parametrize(
    ("content", "secret"),
    [
        (b"one\ntwo\n", "one"),
        (b"one\r\n", "one"),
        (b"one", "one"),
        (b" spaces stay \n", " spaces stay "),
        ("schlüssel\n".encode(), "schlüssel"),
    ],
)
def test_the_first_line_is_the_secret(content: bytes, secret: str, file: Path) -> None:
    file.write_bytes(content)
    assert find(Secret.PASSWORD, auth(file)) == secret


@pytest.mark.parametrize("content", [b"", b"\n", b"\r\nsecond line", b"hunter2-Zq9\xff\n"])
def test_what_is_no_secret_is_said(content: bytes, file: Path) -> None:
    file.write_bytes(content)
    assert str(file) in refusal(file)


def test_only_a_passphrase_may_be_empty(file: Path) -> None:
    file.write_text("\n")
    assert find(Secret.PRIVATE_KEY_PASSWORD, auth(file, "private_key_password_file")) == ""


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o606, 0o602])
def test_a_file_that_others_can_read_or_change_is_refused_with_the_cure(mode: int, file: Path) -> None:
    file.chmod(mode)
    said = refusal(file)
    assert "everybody" in said
    assert "Run: chmod" in said


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_file_of_a_shared_group_or_of_somebody_else(file: Path) -> None:
    os.chown(file, -1, 54321)
    file.chmod(0o640)
    assert "group id 54321" in refusal(file)
    file.chmod(0o600)
    assert find(Secret.PASSWORD, auth(file)) == SECRET
    os.chown(file, 12345, -1)
    assert "belongs to user id 12345" in refusal(file)


def test_a_file_in_a_directory_where_others_can_put_another(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    path = shared / "secret"
    path.touch(0o600)
    path.write_text(SECRET)
    assert str(shared) in refusal(path)


def test_what_is_no_plain_file_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    assert "not a plain file" in refusal(pipe)
    assert "not a plain file" in refusal(tmp_path)
    assert "no such file" in refusal(tmp_path / "nothing")


def test_a_link_is_followed_to_what_it_leads_to(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(file)
    assert find(Secret.PASSWORD, auth(link)) == SECRET
    file.chmod(0o644)
    assert "everybody" in refusal(link)


def test_after_a_refusal_the_file_is_read_again(file: Path) -> None:
    source = source_for(auth(file), None)
    assert isinstance(source, SecretSource)
    assert source().get_secret_value() == SECRET
    file.write_text("changed\n")
    assert source().get_secret_value() == "changed"


def test_a_relative_path_begins_where_the_configuration_lies(file: Path, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[profiles.p.auth]\nusername = "ops"\npassword_file = "{file.name}"\n')
    assert find(Secret.PASSWORD, load(config).profile().auth) == SECRET
