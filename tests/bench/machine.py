"""What the benchmarks ran on."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path


def describe() -> str:
    """One paragraph: processor, cores, memory, system, Python, load, date."""
    load = os.getloadavg()[0]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"Machine: {_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()},"
        f" Python {platform.python_version()}; load before the run {load:.1f};"
        f" {datetime.now(UTC):%Y-%m-%d %H:%M} UTC.\n"
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
