"""Where a secret comes from; it appears nowhere else."""

import os
import sys
import traceback
from pathlib import Path

import pytest

from anaplan_tui.config.needed_secret import Secret, readable_key
from anaplan_tui.config.settings import Auth, demo_settings
from anaplan_tui.core.sign_in import secrets
from anaplan_tui.core.sign_in.secrets import NoSecret, find
from tests.support.certificates import for_logins


def auth(*command: str) -> Auth:
    data: dict[str, object] = {"username": "ops"}
    if command:
        data["password_command"] = list(command)
    return Auth.model_validate(data)


def python(code: str) -> Auth:
    return auth(sys.executable, "-S", "-c", code)


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for secret in Secret:
        monkeypatch.delenv(secret.variable, raising=False)


def test_the_variable_wins_over_the_command_and_the_command_over_the_question(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def ask(what: str) -> str:
        asked.append(what)
        return "typed"

    assert find(Secret.PASSWORD, auth(), ask) == "typed"
    assert asked == ["password"]
    assert find(Secret.PASSWORD, python("print('printed')"), ask) == "printed"
    monkeypatch.setenv("ANAPLAN_TUI_PASSWORD", "exported")
    assert find(Secret.PASSWORD, python("print('printed')"), ask) == "exported"
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("secret", "key"),
    [
        (Secret.PASSWORD, "password_command"),
        (Secret.TOKEN, "token_command"),
        (Secret.PRIVATE_KEY_PASSWORD, "private_key_password_command"),
    ],
)
def test_each_secret_has_its_variable_and_its_command(
    secret: Secret, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured = Auth.model_validate(
        {"username": "ops", key: [sys.executable, "-S", "-c", "print('printed')"]}
    )
    assert find(secret, configured) == "printed"
    monkeypatch.setenv(f"ANAPLAN_TUI_{key.removesuffix('_command').upper()}", "exported")
    assert find(secret, configured) == "exported"


@pytest.mark.parametrize(
    ("printed", "secret"),
    [
        (r"'one\ntwo\n'", "one"),
        (r"'one\r\n'", "one"),
        (r"'one'", "one"),
        (r"' spaces stay \n'", " spaces stay "),
    ],
)
def test_the_first_line_is_the_secret(printed: str, secret: str) -> None:
    assert find(Secret.PASSWORD, python(f"import sys; sys.stdout.write({printed})")) == secret


def test_no_shell_sees_the_command(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    with pytest.raises(NoSecret):
        find(Secret.PASSWORD, auth(f"touch {trap}; echo x"))
    assert find(Secret.PASSWORD, auth("echo", f"$(touch {trap})")) == f"$(touch {trap})"
    assert not trap.exists()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["/nonexistent/program"], "no such file"),
        (["a\0b"], "cannot be run"),
        ([sys.executable, "-S", "-c", "print('hunter2'); raise SystemExit(3)"], "exit code 3"),
        ([sys.executable, "-S", "-c", "print()"], "no text"),
        ([sys.executable, "-S", "-c", "pass"], "no text"),
        ([sys.executable, "-S", "-c", r"import os; os.write(1, b'hunter2\xff')"], "no text"),
    ],
)
def test_a_command_that_fails_is_said_without_what_it_printed(command: list[str], said: str) -> None:
    with pytest.raises(NoSecret, match=said) as caught:
        find(Secret.PASSWORD, Auth.model_construct(password_command=tuple(command)), lambda _: "not asked")
    assert "password_command" in str(caught.value)
    caught.value.__traceback__ = None
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


def test_a_command_that_hangs_is_ended_with_its_helpers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "COMMAND_TIMEOUT_S", 2)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    helper = f'exec 3>"{pipe}"; echo up >&3; exec sleep 100'
    with os.fdopen(reader, "rb") as end:
        with pytest.raises(NoSecret, match="did not end within 2 s"):
            find(Secret.PASSWORD, auth("sh", "-c", f"sh -c '{helper}' & wait"))
        os.set_blocking(reader, True)
        assert end.read() == b"up\n", "the pipe ends when the last process that writes to it is gone"


def test_a_command_cannot_write_on_the_screen(capfd: pytest.CaptureFixture[str]) -> None:
    code = "import sys; sys.stderr.write('noise'); print(sys.stdin.read() or 'secret')"
    assert find(Secret.PASSWORD, python(code)) == "secret"
    assert capfd.readouterr() == ("", "")


def test_without_a_source_it_says_which_there_are() -> None:
    with pytest.raises(NoSecret) as caught:
        find(Secret.TOKEN, auth())
    assert str(caught.value).splitlines() == [
        "No token: it is neither in the environment nor configured.",
        "Set ANAPLAN_TUI_TOKEN, or token_command or token_file in the profile's auth table.",
    ]
    with pytest.raises(NoSecret):
        find(Secret.TOKEN, auth(), lambda _: "")


def test_the_demo_s_password_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANAPLAN_TUI_PASSWORD", "of the real tenant")
    monkeypatch.setenv("ANAPLAN_TUI_CONFIG", os.devnull)
    settings = demo_settings("http://127.0.0.1:4000", password="sesame")
    assert find(Secret.PASSWORD, settings.profile().auth) == "sesame"
    assert "sesame" not in repr(settings) + settings.model_dump_json()


@pytest.mark.parametrize("with_key", [True, False])
def test_a_certificate_s_file_that_holds_a_key_is_for_its_owner_alone(with_key: bool, tmp_path: Path) -> None:
    certificate, key = for_logins(tmp_path)
    if with_key:
        certificate.write_bytes(key.read_bytes() + certificate.read_bytes())
    key.chmod(0o600)
    certificate.chmod(0o644)
    found = readable_key(Auth(method="certificate", certificate=certificate, private_key=key))
    assert (found is not None and found[0] == f"{certificate} can be read by everybody") == with_key
