"""The configuration file made from answers: always valid, and it never silently replaces another."""

import os
import stat
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anaplan_tui.config.file import Answers, FileTaken, rendered, write, write_secret
from anaplan_tui.config.settings import load
from anaplan_tui.toml_text import value

LINES = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
AUTH: dict[str, dict[str, object]] = {
    "basic": {"username": 'o"p\\s', "password_command": ["pass", "show", "a 'b'"]},
    "certificate": {"private_key": "key.p12", "private_key_password_file": "p w"},
    "oauth-device": {"client_id": "c" * 32},
    "token": {"token_file": "t"},
}


@given(LINES, st.lists(LINES))
def test_any_text_is_written_so_that_it_is_read_again(text: str, texts: list[str]) -> None:
    assert tomllib.loads(f"a = {value(text)}\nb = {value(texts)}") == {"a": text, "b": texts}


@pytest.mark.parametrize("method", AUTH)
@pytest.mark.parametrize("name", ["prod", "Prod EU-1", "ä.b"])
def test_what_is_written_is_what_was_answered(method: str, name: str, file: Path) -> None:
    answers = Answers(name, {"region": "eu3", "workspace": 'Süd, "A"'}, {"method": method, **AUTH[method]})
    text = rendered(answers)
    assert tomllib.loads(text) == answers.document()
    file.write_text(text, encoding="utf-8")
    assert load(file).profile().name == name
    assert all(len(line) <= 90 for line in text.splitlines())


@pytest.mark.parametrize("method", AUTH)
def test_its_examples_are_good_as_they_are(method: str, file: Path) -> None:
    text = rendered(Answers("prod", {}, {"method": method, **AUTH[method]}))
    lines = [
        line.removeprefix("# ") if line.startswith(("# [", "# ")) and ("=" in line or "# [" in line) else line
        for line in text.splitlines()
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    assert load(file).profile().proxy == "http://proxy.corp:3128"


def test_a_file_that_is_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.toml"
    write(path, "a = 1\n", overwrite=False)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    with pytest.raises(FileTaken):
        write(path, "a = 2\n", overwrite=False)
    assert path.read_text() == "a = 1\n"
    write(path, "a = 3\n", overwrite=True)
    assert path.read_text() == "a = 3\n"
    assert list(path.parent.iterdir()) == [path]


def test_a_link_to_nothing_is_no_free_place(tmp_path: Path) -> None:
    link = tmp_path / "config.toml"
    link.symlink_to(tmp_path / "somewhere else")
    with pytest.raises(FileTaken):
        write(link, "a = 1\n", overwrite=False)
    assert not link.exists()


def test_a_file_system_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object, **_how: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    path = tmp_path / "config.toml"
    write(path, "a = 1\n", overwrite=False)
    with pytest.raises(FileTaken):
        write(path, "a = 2\n", overwrite=False)
    assert (path.read_text(), list(tmp_path.iterdir())) == ("a = 1\n", [path])


def test_a_secret_is_written_for_its_owner_only_and_never_over_a_file(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    write_secret(path, "hunter2")
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("hunter2\n", 0o600)
    with pytest.raises(FileExistsError):
        write_secret(path, "other")
    assert path.read_text() == "hunter2\n"
