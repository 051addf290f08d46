"""One download in a process of its own, measured from inside; prints a line of JSON.

python -m tests.bench.download_child URL FOLDER WINDOW [--ca PEM]
"""

import argparse
import asyncio
import json
import resource
import time
from pathlib import Path

from pydantic import SecretStr

from anaplan_tui.api.auth import TokenAuth
from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.hosts import Hosts
from anaplan_tui.api.options import TransportOptions
from anaplan_tui.api.refs import DumpRef, Kind, ModelRef, TargetRef, TaskRef
from anaplan_tui.core.downloads import Connections, DownloadRequest, Downloads, Terms
from anaplan_tui.core.store import Store
from tests.bench.figures import say
from tests.bench.machine import peak_bytes

_BEAT_S = 0.01
DUMP = DumpRef(
    TaskRef(TargetRef(ModelRef("8a8b", "F111"), Kind.PROCESS, "118000000001"), "B7EA"), "112000000007"
)


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


async def _heartbeat(lags: list[float]) -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(_BEAT_S)
        lags.append(time.perf_counter() - began - _BEAT_S)


async def _measure(url: str, folder: Path, window: int, ca: Path | None) -> dict[str, object]:
    async with AnaplanClient(
        Hosts(url, url), TokenAuth(SecretStr("token")), options=TransportOptions(ca_bundle=ca)
    ) as client:
        await client.chunks(DUMP)
        rest = _resident()
        lags: list[float] = []
        beat = asyncio.create_task(_heartbeat(lags))
        downloads = Downloads(client, Store(), Terms(folder / "parts", Connections(), window), service=url)
        began, cpu = time.perf_counter(), time.process_time()
        request = DownloadRequest(DUMP, "dump", folder / "ours.csv")
        (snapshot,) = await downloads.wait([downloads.enqueue(request)])
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        beat.cancel()
        await downloads.aclose()
    lags.sort()
    return {
        "seconds": seconds,
        "cpu": cpu,
        "sha256": snapshot.sha256,
        "problem": snapshot.problem,
        "above_rest_mb": (peak_bytes() - rest) / 1e6,
        "lag_p50_ms": lags[len(lags) // 2] * 1e3,
        "lag_p99_ms": lags[len(lags) * 99 // 100] * 1e3,
        "lag_max_ms": lags[-1] * 1e3,
    }


def run() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("folder", type=Path)
    parser.add_argument("window", type=int)
    parser.add_argument("--ca", type=Path)
    options = parser.parse_args()
    say(json.dumps(asyncio.run(_measure(options.url, options.folder, options.window, options.ca))))


if __name__ == "__main__":
    run()
