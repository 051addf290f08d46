"""The quota of requests per minute, on a clock that only moves while somebody waits."""

import asyncio
import random
import time

import pytest

from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.errors import Unreachable
from anaplan_tui.api.quota import Quota
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from tests.support.raw_server import MODEL

PER_MINUTE = 10


class Clock:
    """A clock of tasks: once all of them wait, it moves to the earliest time that one waits for."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self._waiting: list[tuple[float, asyncio.Event]] = []

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        self._waiting.append((self.now + seconds, woken))
        await woken.wait()

    async def run(self, *work: asyncio.Task[None]) -> None:
        while not all(task.done() for task in work):
            for _ in range(20):
                await asyncio.sleep(0)
            if self._waiting:
                self._waiting.sort(key=lambda waiting: waiting[0])
                moment, woken = self._waiting.pop(0)
                self.now = max(self.now, moment)
                woken.set()
        for task in work:
            task.result()


def most_in_a_minute(arrived: list[float]) -> int:
    return max(sum(0 <= other - moment <= 60.0 for other in arrived) for moment in arrived)


async def test_no_minute_of_the_service_has_more_requests_however_long_each_is_on_its_way() -> None:
    dice = random.Random("requests on their way")
    clock = Clock()
    quota = Quota(PER_MINUTE, sleep=clock.sleep, now=lambda: clock.now)
    arrived: list[float] = []

    async def send() -> None:
        async with quota.place():
            await clock.sleep(dice.choice([0.01, 0.5, 9.0]))
            arrived.append(clock.now)
            await clock.sleep(dice.choice([0.01, 1.0]))

    async def work() -> None:
        for _ in range(30):
            await send()

    await clock.run(*(asyncio.create_task(work()) for _ in range(4)))
    assert len(arrived) == 120
    assert most_in_a_minute(sorted(arrived)) <= PER_MINUTE
    assert max(arrived) - min(arrived) < 90.0 * 120 / PER_MINUTE, "places are used again"


async def test_a_place_is_free_again_when_whoever_waits_or_sends_is_cancelled() -> None:
    clock = Clock()
    quota = Quota(1, sleep=clock.sleep, now=lambda: clock.now)

    async def send(seconds: float) -> None:
        async with quota.place():
            await clock.sleep(seconds)

    first, second, third = (asyncio.create_task(send(1.0)) for _ in range(3))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    await clock.run(third)
    assert clock.now > 1_060.0, "a request cancelled under way may have arrived"


async def test_what_a_process_before_sent_counts_from_its_last_sign_of_life() -> None:
    clock = Clock()
    quota = Quota(PER_MINUTE, sleep=clock.sleep, now=lambda: clock.now)
    quota.sent_elsewhere(8, 40.0)
    assert quota.free == 2
    quota.sent_elsewhere(8, 70.0)
    assert quota.free == 2, "requests of a minute ago do not count"

    async def send() -> None:
        for _ in range(3):
            async with quota.place():
                pass

    began = clock.now
    await clock.run(asyncio.create_task(send()))
    assert 20.0 <= clock.now - began < 22.0


async def test_waiting_for_a_place_is_not_taken_for_an_answer_that_does_not_come(
    tenant: DemoServer, client: AnaplanClient
) -> None:
    began = time.monotonic()

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(seconds / 20)

    await client.me()
    client.keep_to(Quota(1, sleep=sleep, now=lambda: began + (time.monotonic() - began) * 20))
    await client.me()
    assert not (await client.model_status(MODEL, within_s=2.0)).busy
    tenant.faults.add(Fault("* */status", "delay", seconds=600.0, count=None))
    with pytest.raises(Unreachable, match="no answer within"):
        await client.model_status(MODEL, within_s=2.0)
