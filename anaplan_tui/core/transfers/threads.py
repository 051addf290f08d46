"""Run disk work in threads: it must neither block the event loop nor outlive its caller."""

import asyncio
import contextlib
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from anaplan_tui.priority import step_back

T = TypeVar("T")

_THREADS = ThreadPoolExecutor(8, thread_name_prefix="transfer", initializer=step_back)
"""A separate pool: the journal and work that a screen waits for must not queue behind a gigabyte."""


def _begun(work: Callable[[], T]) -> asyncio.Future[T]:
    return asyncio.get_running_loop().run_in_executor(_THREADS, work)


async def in_thread(work: Callable[[], T]) -> T:
    """Run ``work`` in a thread and wait for it, even if cancelled: a file is never closed under it."""
    task = _begun(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await _outlast(task)
        raise


async def past_stopping(work: Callable[[], T]) -> T:
    """Like :func:`in_thread`, but a cancel in the middle is ignored, because the work cannot be undone."""
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
    # Retrieved, or the loop prints a traceback of an error that no longer matters.
    task.exception()


async def stop(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel tasks and wait until they have ended; their exceptions are ignored."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
