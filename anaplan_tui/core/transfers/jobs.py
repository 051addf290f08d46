"""Transfers in the background: started, stopped, waited for, and sampled in one place."""

import asyncio
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from anaplan_tui.api.errors import AnaplanError
from anaplan_tui.core.transfers.meter import Meter
from anaplan_tui.core.transfers.tally import Tally

log = logging.getLogger(__name__)

SAMPLE_S = 0.5
"""Between two looks at the live numbers: what a person can read, and cheap to paint."""


class Shown(Protocol):
    """What is shown of a transfer."""

    @property
    def live(self) -> bool:
        """Whether it is queued or under way."""


RequestT = TypeVar("RequestT")
SnapshotT = TypeVar("SnapshotT", bound=Shown)
TallyT = TypeVar("TallyT", bound=Tally[Any])
"""One of ``Tally[StateT]``, which a type variable cannot say."""
StateT = TypeVar("StateT")


@dataclass(frozen=True, slots=True)
class States(Generic[StateT]):
    """What a kind of transfer calls the states that all kinds have."""

    moving: StateT
    """Bytes move, so that there is a rate."""
    failed: StateT
    cancelled: StateT


class Job(Generic[RequestT, SnapshotT, TallyT]):
    """A request, what is shown of it, its live numbers and the task that works on it, if any."""

    def __init__(self, job_id: str, request: RequestT, snapshot: SnapshotT, tally: TallyT) -> None:
        self.id = job_id
        self.request, self.snapshot, self.tally = request, snapshot, tally
        self.meter = Meter()
        self.task: asyncio.Task[None] | None = None
        self.settled = asyncio.Event()
        self.halting = False


class Transfers(ABC, Generic[RequestT, SnapshotT, TallyT, StateT]):
    """Keeps transfers of one kind going and their snapshots current.

    Lives in one event loop. State changes are shown at once, numbers twice a second while something is
    under way, and nothing at all otherwise.
    """

    def __init__(
        self, kind: str, states: States[StateT], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """``kind`` is what a transfer is called: "download"."""
        self._kind, self._states = kind, states
        self._clock = clock
        self._jobs: dict[str, Job[RequestT, SnapshotT, TallyT]] = {}
        self._sampler: asyncio.Task[None] | None = None
        self._closed = False

    # -- what a kind fills in ----------------------------------------------------------------------

    @abstractmethod
    def _tally(self, job: Job[RequestT, SnapshotT, TallyT]) -> TallyT:
        """Fresh numbers for another try; they show the job when its state changes."""

    @abstractmethod
    async def _transfer(self, job: Job[RequestT, SnapshotT, TallyT]) -> StateT:
        """Move the bytes and note what came of it; the state that it ends in."""

    @abstractmethod
    def _show(self, job: Job[RequestT, SnapshotT, TallyT]) -> None:
        """Make the snapshot of the numbers as they are now, and show it."""

    @abstractmethod
    def _leave(self, job: Job[RequestT, SnapshotT, TallyT]) -> None:
        """Settle a job that was under way when everything was closed."""

    def _ended(self, job: Job[RequestT, SnapshotT, TallyT]) -> None:
        """A job was settled."""

    def _failed_by(self, job: Job[RequestT, SnapshotT, TallyT], error: AnaplanError) -> None:
        """A job is about to be settled as failed."""

    def _disk_problem(self, job: Job[RequestT, SnapshotT, TallyT], error: OSError) -> str:
        """What the disk refused, as a sentence."""
        return f"{self._kind} failed: {error.strerror or error}"

    # -- for everybody -----------------------------------------------------------------------------

    async def wait(self, job_ids: Iterable[str]) -> tuple[SnapshotT, ...]:
        """The snapshots of these transfers once none of them is queued or under way."""
        jobs = [self._jobs[job_id] for job_id in job_ids]
        for job in jobs:
            await job.settled.wait()
            if job.task is not None:
                await asyncio.wait({job.task})
                if not job.task.cancelled():
                    job.task.result()
        return tuple(job.snapshot for job in jobs)

    async def aclose(self) -> None:
        """Stop everything; what was moved is kept, so that a later try goes on from it."""
        self._closed = True
        live = [job for job in self._jobs.values() if job.snapshot.live]
        await asyncio.gather(*(self._halt(job) for job in live))
        for job in live:
            if job.snapshot.live:
                self._leave(job)
        if self._sampler is not None:
            self._sampler.cancel()
            await asyncio.gather(self._sampler, return_exceptions=True)

    # -- one job -----------------------------------------------------------------------------------

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError(f"the {self._kind}s are closed")

    def _start(self, job: Job[RequestT, SnapshotT, TallyT]) -> None:
        self._check_open()
        self._jobs[job.id] = job
        job.tally = self._tally(job)
        job.meter = Meter()
        job.settled.clear()
        job.halting = False
        job.task = asyncio.create_task(self._work(job), name=f"{self._kind} {job.id}")
        self._show(job)
        if self._sampler is None or self._sampler.done():
            self._sampler = asyncio.create_task(self._sample(), name=f"{self._kind} meter")

    async def _work(self, job: Job[RequestT, SnapshotT, TallyT]) -> None:
        """See a transfer to its end. Whatever happens, it has one: others wait for it."""
        try:
            state = await self._transfer(job)
        except AnaplanError as error:
            self._failed_by(job, error)
            self._settle(job, self._states.failed, str(error))
        except OSError as error:
            log.exception("%s %s", self._kind, job.id)
            self._settle(job, self._states.failed, self._disk_problem(job, error))
        except asyncio.CancelledError:
            if not job.halting:
                self._settle(job, self._states.failed, "it was broken off; try again and it goes on")
            raise
        except Exception:
            # A defect of ours: the transfer is over all the same, and ``wait`` raises what happened.
            log.exception("%s %s", self._kind, job.id)
            self._settle(job, self._states.failed, "internal error; the log has the details")
            raise
        else:
            self._settle(job, state)

    async def _halt(self, job: Job[RequestT, SnapshotT, TallyT]) -> None:
        if job.task is not None and not job.task.done():
            job.halting = True
            job.task.cancel()
            await asyncio.wait({job.task})

    def _settle(self, job: Job[RequestT, SnapshotT, TallyT], state: StateT, problem: str = "") -> None:
        """Enter a last state, unless there is one; only a cancel still ends what has ended."""
        if job.settled.is_set() and state is not self._states.cancelled:
            return
        try:
            job.tally.say(state, problem)
        finally:
            job.settled.set()
        self._ended(job)

    async def _sample(self) -> None:
        """The one place where numbers are sampled; ends when nothing is under way."""
        while live := [job for job in self._jobs.values() if job.snapshot.live]:
            now = self._clock()
            for job in live:
                if job.tally.state is self._states.moving:
                    job.meter.sample(now, job.tally.bytes_done)
                self._show(job)
            await asyncio.sleep(SAMPLE_S)
