"""Work in threads whose caller is cancelled: it is awaited, and its errors are retrieved."""

import asyncio
import gc
import threading

import pytest

from anaplan_tui.core.transfers.threads import in_thread, stop


@pytest.mark.parametrize("fails_first", [True, False])
async def test_a_failure_after_the_caller_was_stopped_is_asked_for(fails_first: bool) -> None:
    """Otherwise the loop prints a traceback when the task is discarded."""
    printed: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: printed.append(context["message"]))
    began, go_on, failed = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        began.set()
        go_on.wait()
        failed.set()
        raise ValueError("the file is gone")

    turn = asyncio.create_task(in_thread(work))
    await asyncio.to_thread(began.wait)
    if fails_first:
        # The thread has failed, and the loop has not noticed yet.
        go_on.set()
        failed.wait()
    asyncio.get_running_loop().call_soon(go_on.set)
    await stop({turn})
    assert turn.cancelled()
    del turn
    gc.collect()
    await asyncio.sleep(0)
    assert printed == []
