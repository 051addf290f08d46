"""The .deb and the .rpm in a Debian without Python and network: installed, used, removed.

Not collected by ``make test``; ``make test-packages`` names the folder of both in ``PACKAGES``.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bundle.bare_root import NEEDS, Host, copy_of, debian

PACKAGES = Path(os.environ.get("PACKAGES", ""))
KINDS = {
    ".deb": ("apt-get -qq install {}", "apt-get -qq remove --yes anaplan-tui"),
    # Debian's rpm has no system packages in its database, and needs to be told that this is intended.
    ".rpm": ("rpm -i --force-debian --nodeps {}", "rpm -e --force-debian anaplan-tui"),
}
OF_THE_TOOLS = "/var/lib/", "/var/log/", "/var/cache/", "/proc/", "/root/"
pytestmark = NEEDS


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    root = copy_of(debian("bookworm", "man-db", "rpm"), tmp_path_factory.mktemp("packages") / "root")
    assert not list(root.glob("usr/bin/python*"))
    with Host(root) as host:
        yield host
    shutil.rmtree(root)


@pytest.fixture(params=list(KINDS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def package(kind: str) -> Path:
    (path,) = PACKAGES.glob(f"anaplan-tui*{kind}")
    return path


def paths(host: Host) -> set[str]:
    """Return every path in the root, except the package tools' own records."""
    everything = ("/" + str(path.relative_to(host.root)) for path in host.root.rglob("*"))
    return {path for path in everything if not path.startswith(OF_THE_TOOLS)}


def test_installed_it_works_and_removed_it_is_gone_but_for_what_is_the_operators(
    host: Host, kind: str
) -> None:
    install, remove = KINDS[kind]
    host.empty_home()
    shutil.copy(package(kind), host.root / "root" / f"it{kind}")
    before = paths(host)
    done = host.run(install.format(f"/root/it{kind}"), user=0, LD_LIBRARY_PATH="")
    assert done.returncode == 0, done.stderr
    assert host.run("command -v anaplan-tui").stdout == "/usr/bin/anaplan-tui\n"
    run = host.run("anaplan-tui --demo run 'Nightly load' --dumps dumps")
    assert run.returncode == 1, run.stderr
    manual = host.run("man anaplan-tui", LD_LIBRARY_PATH="", MANPAGER="cat")
    assert "anaplan-tui" in manual.stdout, manual.stderr
    for place in ("bash-completion/completions/anaplan-tui", "zsh/site-functions/_anaplan-tui"):
        assert (host.root / "usr" / "share" / place).is_file()
    removed = host.run(remove, user=0, LD_LIBRARY_PATH="")
    assert removed.returncode == 0, removed.stderr
    assert "/opt/anaplan-tui" not in removed.stderr
    left = paths(host) - before
    assert left
    assert {path for path in left if not path.startswith("/home/ops/")} == set()
    assert {path.split("/")[3] for path in left} == {"dumps", ".local"}
    assert before <= paths(host)


def test_they_ask_for_no_package_but_glibc(host: Host) -> None:
    for kind in KINDS:
        shutil.copy(package(kind), host.root / "root" / f"it{kind}")
    deb = host.run("dpkg-deb --field /root/it.deb Depends", user=0, LD_LIBRARY_PATH="")
    assert deb.stdout.startswith("libc6 (>= 2.")
    assert "," not in deb.stdout
    rpm = host.run("rpm -qp --requires /root/it.rpm", user=0, LD_LIBRARY_PATH="").stdout.splitlines()
    assert [line for line in rpm if not line.startswith("rpmlib(")] == [f"glibc >= {deb.stdout[10:-2]}"]
