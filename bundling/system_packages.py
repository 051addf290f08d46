"""Builds .deb and .rpm from the unpacked bundle: in /opt, with command, manual and completions in /usr.

``python -m bundling.system_packages OUT NFPM``
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path, PurePosixPath
from typing import Any

from anaplan_tui import __version__
from anaplan_tui.commands.share import COMPLETIONS, MANUAL
from bundling.archive import stamp
from bundling.bundle import ROOT, glibc_of

_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}
_HOME = "/opt/anaplan-tui"
_TERMS = "/usr/share/doc/anaplan-tui"


def recipe(folder: Path, machine: str, glibc: tuple[int, int]) -> dict[str, Any]:
    """The configuration of nfpm for the bundle in ``folder``."""
    needed = ".".join(map(str, glibc))
    terms = {"src": str(ROOT / "LICENSE"), "dst": f"{_TERMS}/copyright"}
    share = [{"src": str(folder / "share" / place), "dst": f"/usr/share/{place}"} for place in _places()]
    return {
        "name": "anaplan-tui",
        "arch": _MACHINES.get(machine, machine),
        "platform": "linux",
        "version": __version__,
        "section": "utils",
        "priority": "optional",
        "maintainer": "anaplan-tui",
        "description": "Run Anaplan processes from a terminal, watch them, and fetch their failure dumps.",
        "license": "Apache-2.0",
        "contents": [
            {"src": str(folder), "dst": _HOME, "type": "tree"},
            {"src": f"{_HOME}/anaplan-tui", "dst": "/usr/bin/anaplan-tui", "type": "symlink"},
            *share,
            terms,
            *({"dst": place, "type": "dir", "packager": "rpm"} for place in _folders()),
        ],
        # Suggested, not recommended: apt insists on fetching those, and has nowhere to fetch them from.
        "overrides": {
            "deb": {"depends": [f"libc6 (>= {needed})"], "suggests": ["ca-certificates"]},
            "rpm": {"depends": [f"glibc >= {needed}"], "suggests": ["ca-certificates"]},
        },
    }


def _places() -> list[str]:
    return [MANUAL, *COMPLETIONS.values()]


def _folders() -> list[str]:
    """The folders that rpm would leave behind because no package owns them: a host may lack a shell."""
    parents = {parent for place in COMPLETIONS.values() for parent in PurePosixPath(place).parents}
    return sorted([_TERMS, *(f"/usr/share/{parent}" for parent in parents if parent.name)])


def main(arguments: list[str]) -> None:
    """Build both packages from the bundle that was built last."""
    out, nfpm = arguments
    machine = os.uname().machine
    folder = ROOT / "build" / "bundle" / f"anaplan-tui-{__version__}-linux-{machine}"
    env = {**os.environ, "SOURCE_DATE_EPOCH": str(stamp())}
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        json.dump(recipe(folder, machine, glibc_of(folder)), file)  # JSON is YAML
        file.flush()
        for kind in ("deb", "rpm"):
            command = [nfpm, "package", "--config", file.name, "--packager", kind, "--target", out]
            subprocess.run(command, check=True, env=env)


if __name__ == "__main__":
    main(sys.argv[1:])
