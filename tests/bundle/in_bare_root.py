"""The bundle in a bare Debian: no Python, no network, not even the right to write where it is.

Not collected by ``make test``; ``make test-bundle`` names the bundle in ``BUNDLE``. Needs root, ``unshare``
and debootstrap; ``BARE_ROOT`` is a root that is there already, else one is made.
"""

import os
import pty
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.certificates import self_signed

BUNDLE = Path(os.environ.get("BUNDLE", ""))
SUITE = os.environ.get("BARE_SUITE", "bullseye")
MIRROR = os.environ.get("DEBIAN_MIRROR", "").split()
"""Instead of debootstrap's own."""
PLACE = "/opt/a place with blanks/bundle"
COMMAND = "/usr/local/bin/anaplan-tui"
_LOOPBACK_UP = (
    "import fcntl, socket, struct; s = socket.socket(); "
    "fcntl.ioctl(s, 0x8914, struct.pack('16sh14x', b'lo', 0x41))"
)
pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(os.getuid() != 0, reason="a root is entered, which only root may"),
    pytest.mark.skipif(shutil.which("unshare") is None, reason="unshare takes the network away"),
    pytest.mark.skipif(
        shutil.which("debootstrap") is None and "BARE_ROOT" not in os.environ,
        reason="debootstrap makes the bare root",
    ),
]


class Bare:
    """The root, and commands in it as a user whose only network is loopback."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def command(self, script: str) -> list[str]:
        """What runs a script in there. The environment is as hostile as an operator's may be."""
        bundled = f"'{PLACE}/runtime/bin/python3' -I -c \"{_LOOPBACK_UP}\""
        odd = "PYTHONHOME=/opt/other PYTHONPATH=/opt/other HOME=/root TERM=xterm-256color LC_ALL=C.UTF-8"
        enter = f"mount --bind '{self.root}' '{self.root}' && mount -t proc proc '{self.root}/proc' && "
        read_only = f"mount --bind '{self.inside}' '{self.inside}' && "
        read_only += f"mount -o remount,ro,bind '{self.inside}' && "
        inner = f"{bundled}; export {odd}; cd /root; {script}"
        outer = f"{enter}{read_only}exec chroot '{self.root}' /bin/sh -c \"$INNER\""
        os.environ["INNER"] = inner
        return ["unshare", "--mount", "--net", "--pid", "--fork", "sh", "-c", outer]

    @property
    def inside(self) -> Path:
        """The bundle as seen from outside."""
        return self.root / PLACE.lstrip("/")

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        """Run a script to its end."""
        return subprocess.run(self.command(script), capture_output=True, text=True, check=False, timeout=300)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bare]:
    """A root with the bundle unpacked, and a link to its launcher in PATH."""
    named = os.environ.get("BARE_ROOT")
    root = Path(named) if named else tmp_path_factory.mktemp("bare") / "root"
    if not (root / "bin" / "sh").exists():
        subprocess.run(
            ["debootstrap", "--variant=minbase", SUITE, root, *MIRROR], check=True, capture_output=True
        )
    assert not list(root.glob("usr/bin/python*")), "a bare root has no Python"
    bare = Bare(root)
    shutil.rmtree(bare.inside, ignore_errors=True)
    shutil.rmtree(root / "root", ignore_errors=True)
    (root / "root").mkdir()
    bare.inside.mkdir(parents=True)
    subprocess.run(["tar", "-xf", BUNDLE, "-C", bare.inside, "--strip-components=1"], check=True)
    link = root / COMMAND.lstrip("/")
    link.unlink(missing_ok=True)
    link.symlink_to(f"{PLACE}/anaplan-tui")
    yield bare
    if not named:
        shutil.rmtree(root)


def test_it_says_its_version(bare: Bare) -> None:
    done = bare.run("anaplan-tui --version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("anaplan-tui ")


def test_a_run_fails_its_dumps_come_and_are_explained(bare: Bare) -> None:
    done = bare.run("anaplan-tui --demo run 'Nightly load' --dumps dumps")
    assert done.returncode in (1, 3), done.stderr
    dumps = sorted((bare.root / "root" / "dumps").rglob("*.csv"))
    assert dumps, done.stdout
    inside = "/" + str(dumps[0].relative_to(bare.root))
    triage = bare.run(f"anaplan-tui triage '{inside}' --json")
    assert triage.returncode == 0, triage.stderr
    assert '"groups"' in triage.stdout
    state = bare.root / "root" / ".local" / "state" / "anaplan-tui"
    assert state.is_dir()


def test_the_doctor_names_nothing_of_the_bundle(bare: Bare) -> None:
    done = bare.run("anaplan-tui --demo doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert PLACE not in done.stdout + done.stderr
    assert "runtime" not in done.stdout


def test_tls_trusts_what_the_system_trusts(bare: Bare, tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path)
    for path in (certificate, key):
        shutil.copy(path, bare.root / "root")
    store = bare.root / "etc" / "ssl" / "certs" / "ca-certificates.crt"
    store.parent.mkdir(parents=True, exist_ok=True)
    urls = " ".join(f'{name}_url = \\"https://127.0.0.1:8443\\"' + r"\n" for name in ("api", "auth", "oauth"))
    config = f'[profiles.here]\\n{urls}workspace = \\"Supply Chain\\"\\nmodel = \\"Demand plan\\"\\n'
    config += '[profiles.here.auth]\\nmethod = \\"basic\\"\\nusername = \\"%s\\"\\n'
    script = f"""
umask 077
'{PLACE}/runtime/bin/python3' -I -u -m anaplan_tui.demo --port 8443 --ssl-certfile certificate.pem \\
  --ssl-keyfile key.pem > served & server=$!
until [ -s served ]; do sleep 0.1; done
user=$(sed 's/.*user: \\([^ ]*\\).*/\\1/' served)
export ANAPLAN_TUI_PASSWORD="$(sed 's/.*password: //' served)"
printf "{config}" "$user" > config.toml
anaplan-tui --config config.toml processes > processes; code=$?
kill $server; wait $server 2>/dev/null; cat processes; exit $code"""
    store.write_bytes(b"")
    assert bare.run(script).returncode == 6, "a certificate that nobody vouches for is refused"
    store.write_bytes(certificate.read_bytes())
    done = bare.run(script)
    assert done.returncode == 0, done.stderr
    assert "Nightly load" in done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completions_are_the_commands_own(bare: Bare, shell: str) -> None:
    done = bare.run(f"anaplan-tui completion {shell}")
    assert done.returncode == 0
    assert "anaplan-tui" in done.stdout
    assert PLACE not in done.stdout


def test_manual_and_licences_travel_along(bare: Bare) -> None:
    share = bare.inside / "share"
    assert (share / "man" / "man1" / "anaplan-tui.1").stat().st_size > 1000
    names = {path.name for path in (share / "licenses").iterdir()}
    assert {"anaplan-tui.txt", "python.txt", "openssl.txt", "sqlite.txt"} <= names


def test_the_app_opens_in_a_terminal_and_leaves_it(bare: Bare) -> None:
    command = bare.command("stty rows 30 cols 100; exec anaplan-tui --demo")
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(command[0], command)  # noqa: S606 # its arguments are ours
    try:
        seen = _until(terminal, b"Nightly load")
        assert b"Nightly load" in seen, seen[-2000:]
        os.write(terminal, b"\x11")  # ctrl+q
        _until(terminal, None)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    finally:
        os.close(terminal)


def _until(terminal: int, text: bytes | None, seconds: float = 120) -> bytes:
    """What the terminal shows until it has shown ``text``, or has ended."""
    seen, end = b"", time.monotonic() + seconds
    while time.monotonic() < end and (text is None or text not in seen):
        if select.select([terminal], [], [], 0.5)[0]:
            try:
                seen += os.read(terminal, 65536)
            except OSError:
                break
    return seen
