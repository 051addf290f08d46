"""A process whose clock runs faster than the world's: an hour passes in minutes, its requests are real.

    python -m tests.bench.hurried FACTOR cli ARGUMENTS…
    python -m tests.bench.hurried FACTOR sweep URL STATE_DIRECTORY SECONDS

The last line on stderr is JSON: processor seconds and peak memory of the whole process, its start included.
A second of its own clock is 1 / FACTOR of a real one.
"""

import asyncio
import json
import resource
import selectors
import sys
import time
from pathlib import Path

from tests.bench.machine import peak_bytes


def hurry(factor: float) -> None:
    """Make this process's monotonic clock, and every loop made from now on, run this many times as fast."""
    real = time.monotonic

    class Selector(selectors.DefaultSelector):
        def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            return super().select(timeout if timeout is None or timeout < 0 else timeout / factor)

    class Policy(asyncio.DefaultEventLoopPolicy):
        def new_event_loop(self) -> asyncio.AbstractEventLoop:
            return asyncio.SelectorEventLoop(Selector())

    time.monotonic = lambda: real() * factor
    asyncio.set_event_loop_policy(Policy())


def command(arguments: list[str]) -> None:
    """Run the command line as a user types it."""
    from anaplan_tui.cli import cli

    cli(arguments, standalone_mode=False)


async def sweep(url: str, state: Path, seconds: float) -> None:
    """Run the app's own sweep of everybody's runs with its default budget."""
    from tests.support.desks import Desks

    desks = Desks(url, state)
    desk = await desks.ready(requests_per_minute=60)
    try:
        async with asyncio.timeout(seconds):
            await desk.history.keep()
    except TimeoutError:
        return
    finally:
        await desks.aclose()


def main(factor: str, what: str, *arguments: str) -> None:
    hurry(float(factor))
    if what == "cli":
        command(list(arguments))
    else:
        url, state, seconds = arguments
        asyncio.run(sweep(url, Path(state), float(seconds)))
    used = resource.getrusage(resource.RUSAGE_SELF)
    figures = {"cpu_s": used.ru_utime + used.ru_stime, "peak_mb": peak_bytes() / 1e6}
    sys.stderr.write(f"\n{json.dumps(figures)}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
