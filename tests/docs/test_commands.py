"""Every command in the README and the pages runs on a tenant on loopback and ends as the page says."""

import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from anaplan_tui.demo.server import DemoServer
from tests.docs.blocks import PAGES, ROOT, Block, blocks
from tests.support.command import DEADLINE_S, PROGRAM, Place

pytestmark = [pytest.mark.e2e]

ALL = list(blocks())
RUN = [block for block in ALL if not block.why_not_run]

AMISS = "a command ended with"
COMPLETIONS = (".local/share/bash-completion/completions", ".zfunc", ".config/fish/completions")

SHIM = f"""#!{sys.executable}
# TASK_ID stands for the newest task of what the command is about.
import json, os, subprocess, sys
words = sys.argv[1:]
if "TASK_ID" in words:
    at = words.index("TASK_ID")
    listed = subprocess.run([{PROGRAM!r}, "tasks", words[at - 1], "--json"], capture_output=True, check=True)
    words[at] = json.loads(listed.stdout)["items"][0]["task_id"]
os.execv({PROGRAM!r}, [{PROGRAM!r}, *words])
"""
CONNECT_SH = """#!/bin/sh
./AnaplanClient.sh -s https://api.anaplan.com -u ops:pw -w 'Supply Chain' -m 'Demand plan' \
-file targets.csv -put in/targets.csv -process 'Region order' -execute
"""
CONNECT_BAT = """@echo off
set Operation=-process "%~1" -xm "Time:%~2" -execute
AnaplanClient.bat -u ops:pw -w "Supply Chain" -m "Demand plan" %Operation%
"""
TARGETS = "Region,Month,Target\n{region},Jan 26,1\n"
SALES = "Region,Product,Month,Menge,Revenue\nNorth,Toaster L,Jan 26,1,2.50\n"


def checked(command: str, code: int) -> str:
    """Return the command, wrapped to complain when it ends with another code."""
    complaint = shlex.quote(f"{AMISS} another code than {code}: {command}")
    return f"{command}\n[ $? = {code} ] || echo {complaint} >&2"


def three_loads() -> str:
    """Return the runbook that the guide shows."""
    (shown,) = re.findall(r"(?ms)^```toml\n(.*?)^```$", (ROOT / "docs" / "guide.md").read_text("utf-8"))
    return str(shown)


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An operator's folder in the morning: sources, a runbook, an old script, last night's dump."""
    folder = tmp_path_factory.mktemp("night")
    for name, text in {
        "sales.csv": SALES,
        "corrected.csv": SALES,
        f"in/sales_{datetime.now():%Y%m%d}.csv": SALES,
        "in/targets.csv": TARGETS.format(region="North"),
        "targets.csv": TARGETS.format(region="Nowhere"),
        "nightly.sh": CONNECT_SH,
        "by_kind.bat": CONNECT_BAT,
        "three.toml": three_loads(),
        "shim/anaplan-tui": SHIM,
    }.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    (folder / "shim" / "anaplan-tui").chmod(stat.S_IRWXU)
    shutil.copy(ROOT / "docs" / "runbooks" / "nightly.toml", folder)
    with DemoServer(speed=50) as server:
        place = Place(folder / "before", server.url)
        place.root.mkdir()
        assert place("run", "Nightly load", "--dumps", "dumps", cwd=place.root).code == 1
    (dump,) = place.root.glob("dumps/*/*/*/Sales from sales.csv_*.csv")
    shutil.copy(dump, folder / "dump.csv")
    shutil.rmtree(place.root)
    return folder


@pytest.fixture
def tenant(block: Block) -> Iterator[DemoServer]:
    """A fast tenant, or a slow one where a run must last until it is cancelled."""
    with DemoServer(speed=1 if "cancel" in block.text else 50) as served:
        yield served


@pytest.mark.parametrize("block", RUN, ids=str)
def test_every_command_ends_as_the_page_says(
    block: Block, night: Path, tenant: DemoServer, tmp_path: Path
) -> None:
    place = Place(tmp_path / "home", tenant.url, top='osc = "none"\n[history]\nrequests_per_minute = 300')
    shutil.copytree(night, place.root)
    for made in re.findall(r"(?:--out|--rejected) (\S+\.(?:toml|csv))", block.text):
        (place.root / made).unlink(missing_ok=True)
    for folder in COMPLETIONS:
        (place.root / folder).mkdir(parents=True)
    if "TASK_ID" in block.text:
        assert place("run", "Nightly load", "--detach").code == 0
    env = {
        **place.env,
        "ANAPLAN_TUI_CONFIG": str(place.write_config()),
        "PATH": f"{place.root / 'shim'}:{os.environ['PATH']}",
    }
    script = "\n".join(checked(command, code) for command, code in block.commands)
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=place.root,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=len(block.commands) * DEADLINE_S,
        check=False,
    )
    assert AMISS not in done.stderr, f"{block}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr


def test_no_command_escapes() -> None:
    """Shell appears in fenced blocks only, and few of those are not run."""
    for page in PAGES:
        outside = re.sub(r"(?ms)^```.*?^```$", "", page.read_text("utf-8"))
        assert not re.findall(r"(?m)^ {4}(?:anaplan-tui|make|pip|git|\$) .*", outside), page
        assert not re.findall(r"(?m)^```(?:shell|bash|console)$", page.read_text("utf-8")), page
    # Installing is tested in roots of its own, by make test-bundle.
    elsewhere = [block for block in ALL if block.page.endswith("install.md")]
    assert len(RUN) > 2 * (len(ALL) - len(elsewhere) - len(RUN))


def test_every_target_of_make_that_is_shown_is_one() -> None:
    shown = [line.partition("#")[0] for block in ALL for line, _ in block.commands]
    words = [
        word for line in shown for make in re.findall(r"\bmake ([^&|;]*)", line) for word in make.split()
    ]
    wanted = {word for word in words if "=" not in word and not word.startswith("-")}
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text()))
    assert len(wanted) > 8
    assert wanted <= targets
