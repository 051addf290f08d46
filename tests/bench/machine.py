"""A description of the machine that the benchmarks ran on."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path


def describe() -> str:
    """Return one paragraph: processor, cores, memory, system, Python, load, date."""
    load = os.getloadavg()[0]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"Machine: {_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()},"
        f" Python {platform.python_version()}; load before the run {load:.1f};"
        f" {datetime.now(UTC):%Y-%m-%d %H:%M} UTC.\n"
    )


def peak_bytes() -> int:
    """Return the peak memory of this process.

    Not ``ru_maxrss``: that starts from the memory of the process this one was forked from.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
