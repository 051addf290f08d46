"""Background transfers: start, stop, wait for and sample the jobs of downloads and uploads."""

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
"""Seconds between samples of the live numbers: slow enough to read and cheap to paint."""


class Shown(Protocol):
    """The snapshot of a transfer."""

    @property
    def live(self) -> bool:
        """Whether it is queued or under way."""


RequestT = TypeVar("RequestT")
SnapshotT = TypeVar("SnapshotT", bound=Shown)
TallyT = TypeVar("TallyT", bound=Tally[Any])
"""Bound to ``Tally[StateT]``, which a type variable cannot express."""
StateT = TypeVar("StateT")


@dataclass(frozen=True, slots=True)
class States(Generic[StateT]):
    """A kind of transfer's own values for the states that all kinds have."""

    moving: StateT
    """Bytes are moving, so there is a rate."""
    failed: StateT
    cancelled: StateT


class Job(Generic[RequestT, SnapshotT, TallyT]):
    """A request, its snapshot, its live numbers and the asyncio task that works on it, if any."""

    def __init__(self, job_id: str, request: RequestT, snapshot: SnapshotT, tally: TallyT) -> None:
        self.id = job_id
        self.request, self.snapshot, self.tally = request, snapshot, tally
        self.meter = Meter()
        self.task: asyncio.Task[None] | None = None
        self.settled = asyncio.Event()
        self.halting = False


class Transfers(ABC, Generic[RequestT, SnapshotT, TallyT, StateT]):
    """Runs transfers of one kind and keeps their snapshots current.

    Lives in one event loop. State changes are shown at once, and numbers twice a second while a transfer is
    under way.
    """

    def __init__(
        self, kind: str, states: States[StateT], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """``kind`` is the word for a transfer: "download"."""
        self._kind, self._states = kind, states
        self._clock = clock
        self._jobs: dict[str, Job[RequestT, SnapshotT, TallyT]] = {}
        self._sampler: asyncio.Task[None] | None = None
        self._closed = False

    # -- to be implemented by each kind ------------------------------------------------------------

    @abstractmethod
    def _tally(self, job: Job[RequestT, SnapshotT, TallyT]) -> TallyT:
        """Return a fresh tally for a new try; it shows the job when its state changes."""

    @abstractmethod
    async def _transfer(self, job: Job[RequestT, SnapshotT, TallyT]) -> StateT:
        """Move the bytes, record the result in the job, and return the state that it ends in."""

    @abstractmethod
    def _show(self, job: Job[RequestT, SnapshotT, TallyT]) -> None:
        """Update the snapshot from the present numbers, and show it."""

    @abstractmethod
    def _leave(self, job: Job[RequestT, SnapshotT, TallyT]) -> None:
        """Settle a job that was still under way at closing."""

    def _ended(self, job: Job[RequestT, SnapshotT, TallyT]) -> None:
        """Handle a job that was settled."""

    def _failed_by(self, job: Job[RequestT, SnapshotT, TallyT], error: AnaplanError) -> None:
        """Handle a job that is about to be settled as failed."""

    def _disk_problem(self, job: Job[RequestT, SnapshotT, TallyT], error: OSError) -> str:
        """The disk's refusal, as a sentence."""
        return f"{self._kind} failed: {error.strerror or error}"

    # -- public ------------------------------------------------------------------------------------

    async def wait(self, job_ids: Iterable[str]) -> tuple[SnapshotT, ...]:
        """Wait until none of these transfers is queued or under way; return their snapshots."""
        jobs = [self._jobs[job_id] for job_id in job_ids]
        for job in jobs:
            await job.settled.wait()
            if job.task is not None:
                await asyncio.wait({job.task})
                if not job.task.cancelled():
                    job.task.result()
        return tuple(job.snapshot for job in jobs)

    async def aclose(self) -> None:
        """Stop everything; transferred data is kept, so that a later try can resume."""
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
        """Run a transfer and settle it, whatever happens: others wait for it."""
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
            # A bug of ours: the transfer is over all the same, and ``wait`` raises the error.
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
        """Enter a final state unless the job has one; only a cancel can replace it."""
        if job.settled.is_set() and state is not self._states.cancelled:
            return
        try:
            job.tally.say(state, problem)
        finally:
            job.settled.set()
        self._ended(job)

    async def _sample(self) -> None:
        """Sample the numbers of all live jobs, until none is left."""
        while live := [job for job in self._jobs.values() if job.snapshot.live]:
            now = self._clock()
            for job in live:
                if job.tally.state is self._states.moving:
                    job.meter.sample(now, job.tally.bytes_done)
                self._show(job)
            await asyncio.sleep(SAMPLE_S)
