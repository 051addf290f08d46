"""The command ``dumps`` whole, start and login included, beside curl that only fetches the chunks.

python -m tests.bench commands
"""

import hashlib
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

from tests.bench.chunk_host import MODEL, OBJECT, PROCESS, TASK, WORKSPACE
from tests.bench.config import write_config
from tests.bench.downloads import (
    CURL,
    SIZE,
    Host,
    Measured,
    Way,
    compare,
    curl,
    host,
    in_folder,
    median,
    timed,
)
from tests.bench.figures import Figure, Report, at_least


def dumps(served: Host, folder: Path) -> Measured:
    """Return the command, by ids, as a script has it."""
    out = folder / "out"
    config = write_config(folder / "bench.toml", served.url, workspace=WORKSPACE, model=MODEL)
    command = [sys.executable, "-m", "anaplan_tui", "--config", str(config), "dumps", PROCESS, TASK]
    command += ["--object", OBJECT, "--out", str(out)]
    environ = os.environ | {"ANAPLAN_TUI_PASSWORD": "demo", "ANAPLAN_TUI_STATE_DIR": str(folder / "state")}
    measured = timed(partial(subprocess.run, command, env=environ, check=True, stdout=subprocess.DEVNULL))
    (file,) = (path for path in out.rglob("*.csv") if path.is_file())
    with file.open("rb") as dump:
        if hashlib.file_digest(dump, "sha256").hexdigest() != served.sha256:
            raise SystemExit(f"wrong bytes: {file}")
    return measured


def _against_curl(report: Report, what: str, served: Host, goal: float) -> Figure:
    ways: dict[str, Way] = {
        CURL: in_folder(lambda folder: curl(served, folder)),
        "the command": in_folder(lambda folder: dumps(served, folder)),
    }
    found = compare(ways)
    base, ours = (median(runs, "seconds") or 0.0 for runs in found.values())
    report.table(
        what,
        ("way", "s", "MB/s"),
        [
            (name, f"{seconds:.2f}", f"{SIZE * served.chunks / seconds / 1e6:.0f}")
            for name, seconds in zip(found, (base, ours), strict=True)
        ],
    )
    return at_least(f"{what}, of curl", base / ours, goal)


def main(report: Report) -> None:
    """Measure a near host and a far one."""
    with host(100) as served:
        near = _against_curl(report, "`dumps` whole, 100 × 10 MB, loopback", served, 0.6)
    with host(16, latency=0.15, rate=20e6) as served:
        far = _against_curl(report, "`dumps` whole, 16 × 10 MB, 150 ms and 20 MB/s", served, 3.2)
    report.add(near, far)
