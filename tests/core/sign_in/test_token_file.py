"""The refresh token on disk: its owner, who may read it, and its use by several processes."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from anaplan_tui.core.sign_in.token_file import TokenFile

HOST, CLIENT = "https://us1a.app.anaplan.com", "0123abcd"


def at(
    directory: Path,
    profile: str = "prod",
    url: str = HOST,
    client: str = CLIENT,
    told: list[str] | None = None,
) -> TokenFile:
    return TokenFile(directory, profile, url, client, (told if told is not None else []).append)


def only_file(directory: Path) -> Path:
    (path,) = directory.glob("*.token")
    return path


def text(token: SecretStr | None) -> str | None:
    return None if token is None else token.get_secret_value()


def test_it_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    at(tmp_path).save(SecretStr("ref-1"))
    at(tmp_path).save(SecretStr("ref-2"))
    assert text(at(tmp_path).load()) == "ref-2"
    assert stat.S_IMODE(only_file(tmp_path).stat().st_mode) == 0o600
    assert not list(tmp_path.glob("*.part"))
    at(tmp_path).save(None)
    assert at(tmp_path).load() is None


@pytest.mark.parametrize(
    "other",
    [
        {"profile": "test"},
        {"url": "https://eu1a.app2.anaplan.com"},
        {"url": "http://127.0.0.1:4000"},
        {"url": f"{HOST}/elsewhere"},
        {"client": "ffff"},
    ],
)
def test_one_of_another_origin_is_neither_read_nor_touched(other: dict[str, str], tmp_path: Path) -> None:
    at(tmp_path).save(SecretStr("ref-1"))
    where = {"profile": "prod", "url": HOST, "client": CLIENT} | other
    others = at(tmp_path, where["profile"], where["url"], where["client"])
    assert others.load() is None
    others.save(SecretStr("ref-of-the-other"))
    others.save(None)
    assert text(at(tmp_path).load()) == "ref-1"


def test_one_kept_by_the_profiles_name_alone_is_left_alone(tmp_path: Path) -> None:
    """Its host is unknown: an earlier version stored it this way."""
    before = tmp_path / "oauth-prod.token"
    before.write_text("ref-0")
    assert at(tmp_path).load() is None
    at(tmp_path).save(SecretStr("ref-1"))
    assert before.read_text() == "ref-0"


@pytest.mark.parametrize("url", [f"{HOST}/", HOST.upper().replace("HTTPS", "https")])
def test_the_same_host_in_other_words_is_the_same(url: str, tmp_path: Path) -> None:
    at(tmp_path).save(SecretStr("ref-1"))
    assert text(at(tmp_path, url=url).load()) == "ref-1"


@pytest.mark.parametrize("profile", ["a.b", "two words", "ümlaut"])
def test_every_profile_name_makes_a_file_name(profile: str, tmp_path: Path) -> None:
    at(tmp_path, profile).save(SecretStr("ref-1"))
    assert text(at(tmp_path, profile).load()) == "ref-1"


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    mine, elsewhere = at(tmp_path), tmp_path / "elsewhere"
    mine.save(SecretStr("ref-1"))
    path = only_file(tmp_path)
    elsewhere.write_text("planted")
    path.unlink()
    path.symlink_to(elsewhere)
    assert mine.load() is None
    mine.save(SecretStr("ref-2"))
    assert elsewhere.read_text() == "planted"
    assert text(mine.load()) == "ref-2"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_file_of_somebody_else_is_not_sent(tmp_path: Path) -> None:
    mine = at(tmp_path)
    mine.save(SecretStr("planted"))
    os.chown(only_file(tmp_path), 12345, 12345)
    assert mine.load() is None


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe", "größe".encode(), b"a\x00b", b"a\nb"])
def test_a_file_without_a_token_is_none(content: bytes, tmp_path: Path) -> None:
    mine = at(tmp_path)
    mine.save(SecretStr("ref-1"))
    only_file(tmp_path).write_bytes(content)
    assert mine.load() is None


def test_a_directory_that_is_gone_is_made_again(tmp_path: Path) -> None:
    mine = at(tmp_path / "state")
    assert mine.try_lock()
    assert mine.load() is None
    mine.save(SecretStr("ref-1"))
    assert text(at(tmp_path / "state").load()) == "ref-1"


def test_a_directory_that_takes_nothing_costs_the_next_session_and_says_so(tmp_path: Path) -> None:
    blocked = tmp_path / "state"
    blocked.write_text("no directory")
    told: list[str] = []
    mine = at(blocked, told=told)
    assert mine.try_lock()
    mine.save(SecretStr("ref-1"))
    assert text(mine.load()) == "ref-1", "for the rest of this session"
    assert len(told) == 1
    assert "the next one will ask for a code" in told[0]
    assert "ref-1" not in told[0]
    mine.unlock()


_HOLDER = """
import sys, time
from pathlib import Path
from anaplan_tui.core.sign_in.token_file import TokenFile
held = TokenFile(Path(sys.argv[1]), "prod", sys.argv[2], sys.argv[3], print)
assert held.try_lock()
print("held", flush=True)
time.sleep(600)
"""


def test_a_process_that_was_killed_leaves_no_lock(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _HOLDER, str(tmp_path), HOST, CLIENT]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        mine = at(tmp_path)
        assert not mine.try_lock()
        assert at(tmp_path, "another profile").try_lock()
        holder.kill()
        holder.wait()
        assert list(tmp_path.glob("*.lock"))
        assert mine.try_lock()
    assert not at(tmp_path).try_lock(), "expected no second login in this process either"
    mine.unlock()
    assert at(tmp_path).try_lock()
