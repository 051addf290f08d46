"""Runs processes in children that can be killed; run by test_kill_9.

For each line on stdin, ``URL STATE_DIR PROCESS_ID``, a fresh process opens a desk on that state directory and
runs that process, just as the app would. It is forked from this one, so that sixty of them start at once.
"""

import asyncio
import os
import sys
from pathlib import Path

from tests.reliability.desks import Desks


def say(*words: object) -> None:
    """One line in one write: a line that was read was said whole."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


async def run(url: str, state: Path, process_id: str) -> None:
    """The whole of a session, from the login to the verdict."""
    desks = Desks(url, state)
    desk = await desks.ready()
    await desk.run(await desk.find(process_id))
    await desks.aclose()


def main() -> None:
    """Serve stdin until it ends."""
    for line in sys.stdin:
        url, state, process_id = line.split()
        child = os.fork()
        if child == 0:
            asyncio.run(run(url, Path(state), process_id))
            os._exit(0)
        say("pid", child)
        os.waitpid(child, 0)
        say("gone")


if __name__ == "__main__":
    main()
