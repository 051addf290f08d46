"""Bare Debians, and hosts made of them: a root without Python, whose only network is loopback.

Needs root, ``unshare`` and debootstrap. A root is made once, in ``build/bare``, and copied for each use;
``DEBIAN_MIRROR`` replaces debootstrap's own mirror.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

HERE = Path(__file__).parents[2]
USER = 1000
HOME = "/home/ops"
OTHERS = "/opt/other"
"""Where the operator's variables point: to files for other programs, and broken ones at that."""
ENVIRONMENT = {
    "HOME": HOME,
    "USER": "ops",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "TERM": "xterm-256color",
    "LC_ALL": "C.UTF-8",
    "PYTHONHOME": OTHERS,
    "PYTHONPATH": OTHERS,
    "LD_LIBRARY_PATH": OTHERS,
}
NEEDS = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(os.getuid() != 0, reason="a root is entered, which only root may"),
    pytest.mark.skipif(shutil.which("unshare") is None, reason="unshare takes the network away"),
    pytest.mark.skipif(shutil.which("debootstrap") is None, reason="debootstrap makes the bare root"),
]
_LOOPBACK_UP = (
    "import fcntl, socket, struct; s = socket.socket(); "
    "fcntl.ioctl(s, 0x8914, struct.pack('16sh14x', b'lo', 0x41))"
)
_BEGIN = """
mount --bind "$1" "$1"
mount -t proc proc "$1/proc"
if [ "$2" ]; then mount --bind "$1$2" "$1$2"; mount -o remount,ro,bind "$1$2"; fi
"$3" -c "$4"
echo ready
exec sleep infinity
"""
_LIBRARIES = (
    "libz.so.1",
    "libbz2.so.1.0",
    "liblzma.so.5",
    "libffi.so.7",
    "libncursesw.so.6",
    "libtinfo.so.6",
    "libgcc_s.so.1",
    "libstdc++.so.6",
)


def debian(suite: str, *packages: str) -> Path:
    """Return a minimal root of that release, unmodified, with some additional packages."""
    root = HERE / "build" / "bare" / "-".join([suite, *packages])
    if not root.exists():
        half = root.with_name(f"{root.name}.half")
        shutil.rmtree(half, ignore_errors=True)
        half.parent.mkdir(parents=True, exist_ok=True)
        more = [f"--include={','.join(packages)}"] if packages else []
        mirror = os.environ.get("DEBIAN_MIRROR", "").split()
        command: list[str | Path] = ["debootstrap", "--variant=minbase", *more, suite, half, *mirror]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr
        half.rename(root)
    return root


class Host:
    """A root in which an operator works, with an environment as hostile as a real one may be.

    A context manager; leaving it ends everything that runs inside. ``read_only`` is a folder that not even
    root can write to.
    """

    def __init__(self, root: Path, read_only: str = "") -> None:
        self.root = root
        self._read_only = read_only

    def __enter__(self) -> Self:
        unshare = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child"]
        words: list[str | Path] = ["sh", self.root, self._read_only, sys.executable, _LOOPBACK_UP]
        self._first = subprocess.Popen([*unshare, "sh", "-ec", _BEGIN, *words], stdout=subprocess.PIPE)
        assert self._first.stdout is not None
        assert self._first.stdout.readline() == b"ready\n"
        pid = self._first.pid
        self._inside = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._first.kill()
        self._first.communicate()

    @property
    def home(self) -> Path:
        """The operator's home, as seen from outside."""
        return self.root / HOME.lstrip("/")

    def empty_home(self) -> None:
        """Empty the home, as for an operator who has just arrived."""
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir(parents=True)
        os.chown(self.home, USER, USER)

    def write(self, name: str, data: bytes | str, mode: int = 0o600) -> Path:
        """Write a file as the operator's own."""
        path = self.home / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        path.chmod(mode)
        os.chown(path, USER, USER)
        return path

    def command(self, script: str, *, user: int = USER, **more: str) -> list[str]:
        """Return the command for a shell script inside, in the home, with ``more`` in its environment."""
        enter = [str(shutil.which("nsenter")), "--target", self._inside, "--mount", "--net", "--pid", "--"]
        path = f"/usr/local/sbin:/usr/sbin:/sbin:{ENVIRONMENT['PATH']}"
        own = {} if user else {"HOME": "/root", "USER": "root", "PATH": path}
        env = [f"{name}={value}" for name, value in {**ENVIRONMENT, **own, **more}.items()]
        chroot = ["chroot", f"--userspec={user}:{user}", str(self.root), "/usr/bin/env", "-i", *env]
        return [*enter, *chroot, "/bin/sh", "-c", f"cd; {script}"]

    def run(self, script: str, *, user: int = USER, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a script to its end."""
        command = self.command(script, user=user, **more)
        return subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=300
        )


def copy_of(pristine: Path, root: Path) -> Path:
    """Make a root to work in: an operator with a home, and the targets of their variables."""
    subprocess.run(["cp", "-a", pristine, root], check=True)
    with (root / "etc" / "passwd").open("a") as file:
        file.write(f"ops:x:{USER}:{USER}::{HOME}:/bin/sh\n")
    others = root / OTHERS.lstrip("/")
    others.mkdir(parents=True)
    for name in _LIBRARIES:
        (others / name).write_bytes(b"broken")
    (others / "encodings.py").write_text("raise SystemExit('another Python')\n")
    return root
