"""A big dump: the triage beside a plain loop with Python's csv module that counts the same groups.

``python -m tests.bench.triage [MEGABYTES]``; each round runs both in processes of their own.
"""

from __future__ import annotations

import csv
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.bench.figures import Report, at_most, say
from tests.bench.machine import peak_bytes

MEGABYTES = 1000
ROUNDS = 3
HEADER = '"_Status_","Product","Region","Customer","Month","Units","Price","Note","_Line_","_Error_1_"\n'
REGIONS = ["Überlingen", "Süd", "Nord", "West, old", "Ost"]
NOTES = ["", "checked", 'O""Neil, Pat', "a note of some length, as people write them"]


def generate(path: Path, megabytes: int) -> None:
    """Write a dump of about that size: five columns of text, two of numbers, ragged rows, a few quotes."""
    chance = random.Random(7)
    blocks = ["".join(_row(chance) for _ in range(2000)) for _ in range(40)]
    line = 2
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(HEADER)
        while file.tell() < megabytes * 1_000_000:
            for _ in range(40):
                file.write(chance.choice(blocks) % tuple(range(line, line + 2000)))
                line += 2000


def _row(chance: random.Random) -> str:
    units = chance.choice(["n/a", "12,5", "--", str(chance.random())])
    status, errors, good = chance.choices(
        [
            ("E", '"Item not located in Region list"', True),
            ("E", f'"Invalid number: {units}"', False),
            ("W", '"Invalid parent"', True),
            ("E", f'"Item not located in Region list","Invalid number: {units}"', False),
        ],
        weights=[60, 25, 10, 5],
    )[0]
    cells = [
        f"P-{chance.randint(1, 99_999)}",
        chance.choice(REGIONS),
        f"Customer {chance.randint(1, 9999)}",
        "May 26",
        str(chance.randint(1, 99_999)) if good else units,
        f"{chance.random():.4f}",
        chance.choice(NOTES),
    ]
    return ",".join(f'"{cell}"' for cell in [status, *cells, "%d"]) + f",{errors}\n"


def plain_loop(path: Path) -> Counter[tuple[str, str]]:
    """Count as anyone would write it: groups by status and error, with the variable part cut off."""
    groups: Counter[tuple[str, str]] = Counter()
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        position = next(rows).index("_Error_1_")
        for row in rows:
            head, colon, _value = row[position].partition(": ")
            groups[row[0], f"{head}: …" if colon else head] += 1
    return groups


def triage(path: Path) -> Counter[tuple[str, str]]:
    """Return the same from the triage, which also finds columns, bad values and examples."""
    from anaplan_tui.core.triage import Triage

    with tempfile.TemporaryDirectory() as work_dir, Triage.open(path, work_dir=Path(work_dir)) as opened:
        return Counter(
            {(group.status or "", group.error): group.rows for group in opened.summary.groups if group.rows}
        )


def measure(what: str, path: Path) -> None:
    """Print, from a process of its own, wall and processor time, peak memory and the answer, as JSON."""
    start, start_cpu = time.perf_counter(), time.process_time()
    groups = {"loop": plain_loop, "triage": triage}[what](path)
    seconds, cpu = time.perf_counter() - start, time.process_time() - start_cpu
    peak = peak_bytes() / 1e6
    answer = sorted((status, error, rows) for (status, error), rows in groups.items())
    say(json.dumps({"seconds": seconds, "cpu": cpu, "megabytes": peak, "groups": answer}))


@dataclass(frozen=True, slots=True)
class Measured:
    """One run in a process of its own: wall seconds, processor seconds, peak megabytes."""

    seconds: float
    cpu: float
    megabytes: float
    groups: list[tuple[str, str, int]]


def _run(what: str, path: Path) -> Measured:
    command = [sys.executable, "-m", "tests.bench.triage", what, str(path)]
    return Measured(**json.loads(subprocess.run(command, check=True, capture_output=True).stdout))


def compare(report: Report, megabytes: int = MEGABYTES) -> None:
    """Measure the median ratio of interleaved rounds, and the highest peak of memory."""
    ratios, peaks, rows = [], [], []
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "dump.csv"
        generate(path, megabytes)
        for number in range(1, ROUNDS + 1):
            loop, ours = _run("loop", path), _run("triage", path)
            if loop.groups != ours.groups:
                raise SystemExit(f"the answers differ: {loop.groups} and {ours.groups}")
            ratios.append(ours.seconds / loop.seconds)
            peaks.append(ours.megabytes)
            taken = (loop.seconds, loop.cpu, ours.seconds, ours.cpu)
            rows.append((number, *(f"{seconds:.1f}" for seconds in taken), f"{ratios[-1]:.2f}"))
    head = ("round", "csv loop s", "its CPU s", "triage s", "its CPU s", "of the loop")
    report.table(f"Triage of a dump of {megabytes:,} MB, beside a plain csv loop", head, rows)
    report.add(
        at_most("triage of a 1 GB dump, of a plain csv loop", statistics.median(ratios), 0.5),
        at_most("triage of a 1 GB dump, memory", max(peaks), 512, "{:.0f} MB"),
    )


def wide(path: Path, columns: int = 2_200, rows: int = 3) -> None:
    """Write a dump with a column for each of many line items, every cell of which is wrong."""
    names = [f"Item {number}" for number in range(columns)]
    errors = [f"_Error_{number + 1}_" for number in range(columns)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(["_Status_", *names, "_Line_", *errors])
        for line in range(rows):
            said = [f"Invalid number: x{number}" for number in range(columns)]
            writer.writerow(["E", *(f"x{number}" for number in range(columns)), line + 2, *said])


def main(report: Report) -> None:
    """Measure a long dump and a wide one."""
    compare(report)
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "wide.csv"
        wide(path)
        report.add(at_most("a dump of 3 rows and 2,200 columns", _run("triage", path).seconds, 2, "{:.1f} s"))


if __name__ == "__main__":
    if len(sys.argv) == 3:
        measure(sys.argv[1], Path(sys.argv[2]))
    else:
        compare(Report(), *map(int, sys.argv[1:]))
