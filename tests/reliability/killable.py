"""Sessions of the app in processes of their own, to be killed.

``python -m tests.reliability.killable run|capture`` starts one for each line on stdin, ``URL STATE_DIR
PROCESS_ID``. It is forked from this process, so that sixty of them start at once.
"""

import asyncio
import gc
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.apps import opener
from tests.support.desks import Desks


class Sessions:
    """The parent's end: starts a session and kills it; one at a time."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._to, self._from = process.stdin, process.stdout
        self._pid = 0

    def begin(self, url: str, state: Path, process_id: str) -> None:
        """Start the next one."""
        self._to.write(f"{url} {state} {process_id}\n")
        self._to.flush()
        self._pid = int(self._heard()[1])

    def wait(self) -> None:
        """Wait until it has ended by itself."""
        assert self._heard() == ["gone"]

    def kill(self) -> None:
        """Kill it half way."""
        os.kill(self._pid, signal.SIGKILL)
        self.wait()

    def _heard(self) -> list[str]:
        return self._from.readline().split()


@contextmanager
def sessions(kind: str) -> Iterator[Sessions]:
    """Sessions that ``run`` a process to its verdict, or ``capture`` its dumps and stay."""
    command = [sys.executable, "-m", "tests.reliability.killable", kind]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        yield Sessions(process)
        assert process.stdin is not None
        process.stdin.close()


async def _run(url: str, state: Path, process_id: str) -> None:
    """Run a whole session, from the login to the verdict."""
    desks = Desks(url, state)
    desk = await desks.ready()
    await desk.run(await desk.find(process_id))
    await desks.aclose()


async def _capture(url: str, state: Path, process_id: str) -> None:
    """Run a session from the login to the dumps, and then stay idle, as the app does."""
    desk = await opener(url, state)()
    await desk.connect()
    await desk.chosen.choose()
    await desk.run(await desk.find(process_id))
    await asyncio.Event().wait()


def _say(*words: object) -> None:
    """Write one line in one call, so that a line read is complete."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def main(kind: str) -> None:
    """Serve stdin until it ends."""
    import anyio._backends._asyncio  # noqa: F401
    import httpcore  # noqa: F401

    import anaplan_tui.config.sources  # noqa: F401

    gc.freeze()  # no child scans, and hence copies, the objects they share
    session = {"run": _run, "capture": _capture}[kind]
    for line in sys.stdin:
        url, state, process_id = line.split()
        child = os.fork()
        if child == 0:
            asyncio.run(session(url, Path(state), process_id))
            os._exit(0)
        _say("pid", child)
        os.waitpid(child, 0)
        _say("gone")


if __name__ == "__main__":
    main(*sys.argv[1:])
