"""Work on the disk that must not hold up the event loop, and must not outlive its caller."""

import asyncio
import contextlib
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from anaplan_tui.priority import step_back

T = TypeVar("T")

_THREADS = ThreadPoolExecutor(8, thread_name_prefix="transfer", initializer=step_back)
"""Of their own: the journal, and what a screen waits for, must not queue behind a gigabyte."""


def _begun(work: Callable[[], T]) -> asyncio.Future[T]:
    return asyncio.get_running_loop().run_in_executor(_THREADS, work)


async def in_thread(work: Callable[[], T]) -> T:
    """Run ``work`` in a thread and wait for it, also when cancelled: a file is never closed under it."""
    task = _begun(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await _outlast(task)
        raise


async def past_stopping(work: Callable[[], T]) -> T:
    """As :func:`in_thread`, but what is done is done: a cancel in the middle is forgotten."""
    task = _begun(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await _outlast(task)
        return task.result()


async def _outlast(task: asyncio.Future[T]) -> None:
    while not task.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait({task})
    # Asked for, or the loop prints a traceback of a failure that matters to nobody any more.
    task.exception()


async def stop(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel tasks and wait until they are gone; what they raise no longer matters."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
