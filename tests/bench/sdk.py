"""anaplan-sdk fetching the same chunks with its own ``get_file``, in a virtual environment of the benchmark.

It is not a dependency of the project: where it cannot be installed, the page has no row for it.
"""

import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

_SCRIPT = """
import asyncio, resource, sys, time
import anaplan_sdk

async def main(url, chunks, out):
    client = anaplan_sdk.AsyncClient(workspace_id="w", model_id="m", token="t", timeout=60)
    client._url = url  # it knows only its own hosts
    async def count(_file_id):
        return chunks
    client._file_pre_check = count
    rest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, cpu = time.perf_counter(), time.process_time()
    content = await client.get_file(113000000001)
    with open(out, "wb") as file:
        file.write(content)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(seconds, cpu, (peak - rest) / 1000)

asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
"""


class Sdk:
    """An installed anaplan-sdk."""

    def __init__(self, python: Path, version: str) -> None:
        self._python = python
        self.version = version

    @classmethod
    def installed(cls, folder: Path) -> "Sdk | None":
        """Install it below ``folder``; return ``None`` when that fails."""
        venv.create(folder / "sdk", with_pip=True)
        python = folder / "sdk" / "bin" / "python"
        try:
            _said(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "anaplan-sdk")
            version = _said(python, "-c", "import importlib.metadata as m; print(m.version('anaplan-sdk'))")
        except subprocess.CalledProcessError:
            return None
        return cls(python, version)

    def fetch(self, url: str, chunks: int, folder: Path) -> dict[str, Any]:
        """Fetch all chunks into a file."""
        said = _said(self._python, "-c", _SCRIPT, f"{url}/2/0", str(chunks), str(folder / "sdk.csv"))
        seconds, cpu, above_rest_mb = map(float, said.split())
        return {"seconds": seconds, "cpu": cpu, "above_rest_mb": above_rest_mb}


def _said(python: Path, *arguments: str) -> str:
    command = [str(python), *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=sys.stderr, check=True, text=True)
    return done.stdout.strip()
