"""Who else may change a file that names programs to run, and the message about it."""

import grp
import os
import pwd
import shlex
import stat
from pathlib import Path

import pytest

from anaplan_tui.config.permissions import who_can_change, who_can_read
from anaplan_tui.config.settings import ConfigError, load
from tests.support.config_fields import MINIMAL

PROGRAMS = [
    f"{MINIMAL}password_command = ['pass', 'show', 'x']\n",
    f"notify_command = ['page-me']\n{MINIMAL}",
    f"default_profile = 'prod'\n{MINIMAL}[profiles.b.auth]\nmethod = 'token'\ntoken_command = ['cat']\n",
]
SHARED = 54321
"""A group that is no user's own."""
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


@pytest.fixture(autouse=True)
def _above(tmp_path: Path) -> None:
    """Check the parents: the directories that pytest makes are the user's own."""
    assert who_can_change(tmp_path) is None


def shared(path: Path) -> Path:
    """Give a path to a group with other members."""
    os.chown(path, -1, SHARED)
    return path


def refusal(file: Path) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert caught.value.allowed
    assert "names programs" in caught.value.problem
    return caught.value


@as_root
@pytest.mark.parametrize("text", PROGRAMS)
@pytest.mark.parametrize("mode", [0o660, 0o664, 0o620])
def test_a_group_that_could_name_another_program(text: str, mode: int, file: Path) -> None:
    file.write_text(text)
    shared(file).chmod(mode)
    error = refusal(file)
    assert (error.problem.split(",")[0], error.allowed) == (
        f"can be changed by group id {SHARED}",
        f"Run: chmod go-w {shlex.quote(str(file))}",
    )
    file.chmod(mode & ~0o022)
    load(file)


@as_root
def test_without_programs_to_run_a_shared_file_is_the_groups_own_matter(file: Path) -> None:
    file.write_text(MINIMAL)
    shared(file).chmod(0o664)
    load(file)


@as_root
@pytest.mark.parametrize("text", PROGRAMS)
def test_a_file_of_somebody_else(text: str, file: Path) -> None:
    file.write_text(text)
    os.chown(file, 12345, 12345)
    error = refusal(file)
    assert error.problem.startswith("belongs to user id 12345")
    assert "chown" in error.allowed


@as_root
def test_a_file_of_root_is_fine_for_everybody(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text(PROGRAMS[0])
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert who_can_change(file) is None


@as_root
@pytest.mark.parametrize("mode", [0o777, 0o775])
def test_a_directory_in_which_others_can_put_another_file(mode: int, file: Path) -> None:
    file.write_text(PROGRAMS[0])
    shared(file.parent).chmod(mode)
    assert f"lies in {file.parent}, which can be changed by" in refusal(file).problem
    file.parent.chmod(mode | stat.S_ISVTX)
    load(file)


@as_root
def test_a_directory_further_up(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    file = inner / "config.toml"
    file.write_text(PROGRAMS[0])
    shared(tmp_path / "a").chmod(0o770)
    assert f"lies in {tmp_path / 'a'}" in refusal(file).problem


@as_root
def test_a_link_is_as_good_as_where_it_lies_and_what_it_leads_to(tmp_path: Path) -> None:
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
    target, link = tmp_path / "there" / "real.toml", tmp_path / "here" / "config.toml"
    target.write_text(PROGRAMS[0])
    link.symlink_to(target)
    load(link)
    for exposed in (target, link.parent, target.parent):
        before = exposed.stat()
        shared(exposed).chmod(0o770)
        assert str(exposed) in str(refusal(link))
        os.chown(exposed, before.st_uid, before.st_gid)
        exposed.chmod(stat.S_IMODE(before.st_mode))


@as_root
def test_a_group_of_the_users_own_is_nobody_else(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under umask 002 each user has a group of the same name, without other members."""
    file.write_text(PROGRAMS[0])
    shared(file).chmod(0o664)
    members: list[str] = []
    group = grp.struct_group(("ops", "x", SHARED, members))
    user = pwd.struct_passwd(("ops", "x", 0, SHARED, "", "/", "/bin/sh"))
    monkeypatch.setattr(grp, "getgrgid", lambda _: group)
    monkeypatch.setattr(pwd, "getpwuid", lambda _: user)
    load(file)
    members.append("somebody")
    assert "the group ops" in refusal(file).problem


@as_root
@pytest.mark.parametrize(
    ("mode", "said"), [(0o600, ""), (0o640, f"group id {SHARED}"), (0o644, "everybody"), (0o604, "everybody")]
)
def test_who_can_read(mode: int, said: str, file: Path) -> None:
    shared(file).chmod(mode)
    assert who_can_read(file) == said
