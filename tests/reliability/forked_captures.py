"""Runs a process with auto-capture in children that can be killed; run by test_kill_9_downloads.

For each line on stdin, ``URL STATE_DIR PROCESS_ID``, a fresh process opens a desk on that state directory as
the app does, runs that process, and stays when its dumps are on disk.
"""

import asyncio
import os
import sys
from pathlib import Path

from tests.reliability.forked_runs import say
from tests.ui.desks import opener


async def capture(url: str, state: Path, process_id: str) -> None:
    """The whole of a session, from the login to the dumps, and then what the app does: nothing."""
    desk = await opener(url, state)()
    await desk.connect()
    await desk.choose()
    await desk.run(await desk.find(process_id))
    await asyncio.Event().wait()


def main() -> None:
    """Serve stdin until it ends."""
    for line in sys.stdin:
        url, state, process_id = line.split()
        child = os.fork()
        if child == 0:
            asyncio.run(capture(url, Path(state), process_id))
            os._exit(0)
        say("pid", child)
        os.waitpid(child, 0)
        say("gone")


if __name__ == "__main__":
    main()
