"""Builds the self-contained bundle: a relocatable Python, the app and its dependencies, in a .tar.xz.

``python -m bundling.bundle PYTHON_DIR WHEEL OUT``: PYTHON_DIR is what ``bundling/python/in_root`` builds.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from bundling.archive import pack

HERE = Path(__file__).parent
ROOT = HERE.parent
EXTRAS = "demo,socks"
_GLIBC = re.compile(rb"GLIBC_(\d+)\.(\d+)\b")
_START = "import sys\n\nfrom anaplan_tui.__main__ import main\n\nsys.exit(main())\n"
_WORDS = """anaplan-tui {version} with its own Python, for Linux ({machine}) with glibc {glibc} or newer.

Unpack it anywhere, and start ./anaplan-tui; or link to it from a directory of your PATH:

    ln -s "$PWD/anaplan-tui" ~/.local/bin/

share/ has the manual (man -l share/man/man1/anaplan-tui.1), the completions, and the licences of what is
inside; those of the Python packages are in runtime/lib/python3.*/site-packages/*.dist-info.
To uninstall, remove this directory. Configuration and state of its users stay: ~/.config/anaplan-tui,
~/.local/state/anaplan-tui, and the dumps in ~/anaplan-dumps.
"""


def assemble(python: Path, wheel: Path, folder: Path) -> None:
    """Make the unpacked bundle in ``folder``."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(python, folder / "runtime", symlinks=True)
    own = folder / "runtime" / "bin" / "python3"
    version = _said(own, "import sys; print('%d.%d' % sys.version_info[:2])")
    packages = folder / "runtime" / "lib" / f"python{version}" / "site-packages"
    shutil.rmtree(packages, ignore_errors=True)
    _install(wheel, packages, version, glibc_of(python))
    (folder / "runtime" / "bin" / "anaplan-tui").write_text(_START)
    shutil.copy(HERE / "launcher", folder / "anaplan-tui")
    shutil.copytree(ROOT / "build" / "share", folder / "share")  # of `make man`, from the same sources
    shutil.move(folder / "runtime" / "share" / "licenses", folder / "share" / "licenses")
    shutil.move(folder / "runtime" / "share" / "sources.txt", folder / "share" / "licenses" / "sources.txt")
    shutil.copy(ROOT / "LICENSE", folder / "share" / "licenses" / "anaplan-tui.txt")
    shutil.copy(ROOT / "config.example.toml", folder)
    _compile(own, folder)
    major, minor = glibc_of(folder)
    words = _WORDS.format(
        version=_said(own, "import anaplan_tui; print(anaplan_tui.__version__)"),
        machine=os.uname().machine,
        glibc=f"{major}.{minor}",
    )
    (folder / "README").write_text(words)


def glibc_of(folder: Path) -> tuple[int, int]:
    """The oldest glibc with which every program and library under ``folder`` can be loaded."""
    needed = (2, 0)
    for path in folder.rglob("*"):
        if not path.is_symlink() and path.is_file():
            with path.open("rb") as file:
                if file.read(4) == b"\x7fELF":
                    found = _GLIBC.findall(file.read())
                    needed = max([needed, *((int(major), int(minor)) for major, minor in found)])
    return needed


def _install(wheel: Path, packages: Path, version: str, glibc: tuple[int, int]) -> None:
    """Install the app and its dependencies, from wheels for the oldest system that the bundle is for."""
    newest = max(glibc, (2, 31))
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    target: list[str | Path] = ["--target", packages, "--only-binary=:all:", "--python-version", version]
    # pip takes each platform literally: those of an older glibc have to be named as well.
    tags = [f"manylinux_{newest[0]}_{minor}_{os.uname().machine}" for minor in range(newest[1], 4, -1)]
    older = [f"{name}_{os.uname().machine}" for name in ("manylinux2014", "manylinux2010", "manylinux1")]
    platform = [word for tag in (*tags, *older) for word in ("--platform", tag)]
    constraints: list[str | Path] = ["-c", ROOT / "constraints.txt"]
    subprocess.run([*pip, *target, *platform, *constraints, f"{wheel.resolve()}[{EXTRAS}]"], check=True)
    shutil.rmtree(packages / "bin", ignore_errors=True)
    shutil.rmtree(packages / "share", ignore_errors=True)
    for note in ("direct_url.json", "INSTALLER", "REQUESTED", "RECORD"):
        for path in packages.glob(f"*.dist-info/{note}"):
            path.unlink()


def _compile(python: Path, folder: Path) -> None:
    """Compile to bytecode that does not depend on the sources' timestamps: the bundle may be moved."""
    for cache in sorted(folder.rglob("__pycache__")):
        shutil.rmtree(cache)
    command: list[str | Path] = [
        python,
        "-s",
        "-m",
        "compileall",
        "-q",
        "--invalidation-mode",
        "unchecked-hash",
    ]
    places = ["-s", str(folder), str(folder / "runtime" / "lib")]
    subprocess.run([*command, *places], check=True, env={"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8"})


def _said(python: Path, program: str) -> str:
    done = subprocess.run([python, "-I", "-B", "-c", program], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def main(arguments: list[str]) -> None:
    """Build the bundle, and print its path, sizes and glibc."""
    python, wheel, out = (Path(argument) for argument in arguments)
    version = wheel.name.split("-")[1]
    folder = ROOT / "build" / "bundle" / f"anaplan-tui-{version}-linux-{os.uname().machine}"
    assemble(python, wheel, folder)
    packed = pack(folder, out / f"{folder.name}.tar.xz")
    unpacked = sum(
        path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink()
    )
    needed = ".".join(map(str, glibc_of(folder)))
    sizes = f"{packed.stat().st_size / 1e6:.0f} MB, unpacked {unpacked / 1e6:.0f} MB"
    sys.stdout.write(f"{packed} ({sizes}, needs glibc {needed})\n")


if __name__ == "__main__":
    main(sys.argv[1:])
