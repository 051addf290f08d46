"""The dump engine against curl: throughput, latency, TLS, memory, loop lag, growth, cost of a record.

python -m tests.bench downloads

All ways fetch the same chunks from the same server in interleaved rounds. The ratio is of medians; curl
fetching one chunk after another is 1.
"""

import contextlib
import hashlib
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from anaplan_tui.core.downloads.parts import ChunkRecord, PartIdentity, Parts
from tests.bench.chunk_host import chunk_head, text_of
from tests.bench.download_child import DUMP
from tests.bench.figures import Figure, Report, at_least, at_most, say
from tests.bench.sdk import Sdk

SIZE = 10_000_000
ROUNDS = 3
CURL = "curl, one after another"

Measured = dict[str, Any]
Way = Callable[[], Measured]


@dataclass(frozen=True, slots=True)
class Host:
    """A running chunk server."""

    url: str
    chunks: int
    sha256: str
    ca: Path | None


@contextlib.contextmanager
def host(
    chunks: int, *, size: int = SIZE, latency: float = 0, rate: float = 0, pem: Path | None = None
) -> Iterator[Host]:
    command = [sys.executable, "-m", "tests.bench.chunk_host", "--chunks", str(chunks), "--size", str(size)]
    command += ["--latency", str(latency), "--rate", str(rate), *(["--tls", str(pem)] if pem else [])]
    sha256, text = hashlib.sha256(), text_of(size)
    for number in range(chunks):
        sha256.update(chunk_head(number))
        sha256.update(text)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield Host(server.stdout.readline().strip(), chunks, sha256.hexdigest(), pem)
        finally:
            server.kill()


def curl(served: Host, folder: Path) -> Measured:
    """Return the command with which curl fetches the chunks one by one into one file."""
    path = f"{served.url}/2/0/chunks/[0-{served.chunks - 1}]"
    trust = ["--cacert", str(served.ca)] if served.ca else []
    with (folder / "curl.csv").open("wb") as out:
        command = ["curl", "-sSf", "--http1.1", *trust, path]
        return timed(partial(subprocess.run, command, stdout=out, check=True))


def timed(run: Callable[[], object]) -> Measured:
    """Return the wall and processor seconds of a child process."""
    began, cpu = time.perf_counter(), _cpu_of_children()
    run()
    return {"seconds": time.perf_counter() - began, "cpu": _cpu_of_children() - cpu}


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def ours(served: Host, folder: Path, window: int) -> Measured:
    """Run the engine, with queue, store and meter, in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.download_child", served.url, str(folder), str(window)]
    command += ["--ca", str(served.ca)] if served.ca else []
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    measured: Measured = json.loads(done.stdout)
    if measured["sha256"] != served.sha256:
        raise SystemExit(f"wrong bytes: {measured}")
    return measured


def compare(ways: dict[str, Way], rounds: int = ROUNDS) -> dict[str, list[Measured]]:
    """Run each way once a round, in turn, so that other load on the machine affects all alike."""
    found: dict[str, list[Measured]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            found[name].append(way())
    return found


def median(runs: Sequence[Measured], key: str) -> float | None:
    values = [run[key] for run in runs if key in run]
    return statistics.median(values) if values else None


def shown(value: float | None, form: str = "{:.2f}") -> str:
    return "–" if value is None else form.format(value)


def _ours_in(served: Host, window: int, folder: Path) -> Measured:
    return ours(served, folder, window)


def in_folder(work: Callable[[Path], Measured]) -> Way:
    """Run in a fresh folder and remove it, so that no run finds another's parts or pages."""

    def way() -> Measured:
        folder = Path(tempfile.mkdtemp(prefix="bench-"))
        try:
            return work(folder)
        finally:
            shutil.rmtree(folder)

    return way


def show(report: Report, title: str, found: dict[str, list[Measured]], size: int) -> None:
    """Add the table of the comparison."""
    base = median(found[CURL], "seconds") or 0.0
    rows = []
    for name, runs in found.items():
        seconds = median(runs, "seconds") or 0.0
        worst = max((run["lag_max_ms"] for run in runs if "lag_max_ms" in run), default=None)
        rows.append(
            (
                name,
                shown(seconds),
                f"{size / seconds / 1e6:.0f}",
                shown(base / seconds),
                shown(median(runs, "cpu")),
                shown(median(runs, "above_rest_mb"), "{:.0f}"),
                shown(median(runs, "lag_p99_ms"), "{:.1f}"),
                shown(worst, "{:.0f}"),
            )
        )
    head = ("way", "s", "MB/s", "of curl", "CPU s", "MB above rest", "lag p99 ms", "worst lag ms")
    report.table(title, head, rows)


def of_curl(found: dict[str, list[Measured]], way: str) -> float:
    """Return how much faster than curl a way is, by the medians."""
    return (median(found[CURL], "seconds") or 0.0) / (median(found[way], "seconds") or 1.0)


def engine_against_curl(
    report: Report,
    title: str,
    served: Host,
    windows: Sequence[int],
    *,
    size: int = SIZE,
    sdk: Sdk | None = None,
) -> dict[str, list[Measured]]:
    """Compare windows with curl and add the table; return all runs by their way."""
    ways = {CURL: in_folder(lambda folder: curl(served, folder))}
    for window in windows:
        ways[f"window {window}"] = in_folder(partial(_ours_in, served, window))
    if sdk is not None:
        name = f"anaplan-sdk {sdk.version}"
        ways[name] = in_folder(lambda folder: sdk.fetch(served.url, served.chunks, folder))
    found = compare(ways)
    show(report, title, found, size * served.chunks)
    return found


def certificate(folder: Path) -> Path:
    """Make a self-signed certificate for 127.0.0.1, with its key in the same file."""
    pem = folder / "bench.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1"
    command += f" -addext subjectAltName=IP:127.0.0.1 -keyout {folder}/key.pem -out {folder}/cert.pem"
    subprocess.run(command.split(), check=True, stderr=subprocess.DEVNULL)
    pem.write_bytes((folder / "cert.pem").read_bytes() + (folder / "key.pem").read_bytes())
    return pem


def price_of_a_record(folder: Path) -> Figure:
    """Measure the cost of recording each chunk, relative to the chunk's time without any limit."""
    parts = Parts.open(folder, PartIdentity("bench", DUMP), [str(n) for n in range(10_000)])
    began = time.perf_counter()
    for number in range(10_000):
        parts.record(ChunkRecord(number, SIZE, 2**31, number * SIZE))
    each = (time.perf_counter() - began) / 10_000
    parts.close()
    share = each / (SIZE / 735e6)
    return at_most(
        "durable resume record, of the time of a 10 MB chunk at 735 MB/s",
        share,
        0.01,
        "{:.2%}",
        f" ({each * 1e6:.0f} µs)",
    )


def loopback(report: Report) -> None:
    """Measure 1 GB without limits: throughput, memory, and how long the event loop is blocked."""
    with tempfile.TemporaryDirectory() as scratch, host(100) as served:
        sdk = Sdk.installed(Path(scratch))
        title = "100 × 10 MB, loopback, no limits"
        found = engine_against_curl(report, title, served, (1, 4, 8), sdk=sdk)
    runs = found["window 4"]
    report.add(
        at_least("dump of 1 GB, loopback, of curl", of_curl(found, "window 4"), 0.6),
        at_most(
            "memory while downloading 1 GB, above rest", median(runs, "above_rest_mb") or 0.0, 25, "{:.0f} MB"
        ),
        at_most("loop lag during that, p99", median(runs, "lag_p99_ms") or 0.0, 10, "{:.1f} ms"),
        at_most("loop lag during that, the worst", max(run["lag_max_ms"] for run in runs), 50, "{:.0f} ms"),
    )


def far_away(report: Report) -> None:
    """Measure a service that is far away and gives each connection little bandwidth."""
    with host(24, latency=0.15, rate=20e6) as served:
        title = "24 × 10 MB, 150 ms a request and 20 MB/s a connection"
        found = engine_against_curl(report, title, served, (1, 2, 3, 4, 6, 8))
    for window, goal in ((1, 0.95), (4, 3.5), (8, 6.5)):
        what = f"150 ms a request and 20 MB/s a connection, window {window}, of curl"
        report.add(at_least(what, of_curl(found, f"window {window}"), goal))


def over_tls(report: Report) -> None:
    """Measure the same chunks, encrypted."""
    if shutil.which("openssl") is None:
        say("over TLS: skipped, as there is no openssl to make a certificate")
        return
    with (
        tempfile.TemporaryDirectory() as scratch,
        host(50, pem=certificate(Path(scratch))) as served,
    ):
        found = engine_against_curl(report, "50 × 10 MB over TLS, no limits", served, (1, 4))
    report.add(at_least("dump of 500 MB over TLS, of curl", of_curl(found, "window 4"), 0.33))


def growth(report: Report) -> None:
    """Measure many small chunks: the time and memory of each must not grow with their number."""
    for count in (10, 100, 1000):
        with host(count, size=1_000_000) as served:
            engine_against_curl(report, f"{count} × 1 MB, no limits", served, (4,), size=1_000_000)


def main(report: Report) -> None:
    """Measure everything about dumps."""
    if shutil.which("curl") is None:
        say("downloads: skipped, as there is no curl to compare with")
        return
    loopback(report)
    far_away(report)
    over_tls(report)
    with tempfile.TemporaryDirectory() as scratch:
        report.add(price_of_a_record(Path(scratch)))
    growth(report)
