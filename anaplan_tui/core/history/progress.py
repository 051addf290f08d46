"""How far the task lists are read, and what the night came to: values for whoever shows them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from anaplan_tui.core.snapshots import RunSnapshot, Verdict
from anaplan_tui.core.text import plural


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the task lists of a model are read."""

    lists: int = 0
    """Lists that were read at least once."""
    of: int = 0
    """Lists that there are, as far as is known."""
    judging: int = 0
    """Ended runs that are known and not judged yet."""
    problem: str = ""
    """Why the last look could not read everything; empty when it could."""
    asleep: bool = False
    """The model is closed: nobody wakes it, and its tasks are forgotten (service.md §5.1, §8.4)."""
    by: str = "here"
    """Who asks the service: ``here``, or ``app``, ``guard``, ``command`` of another process."""
    looked_at: datetime | None = None
    """When all lists had last been read."""
    unnamed: str = ""
    """What the model works on by its status, while nobody knows which task that is."""

    @property
    def whole(self) -> bool:
        """Whether every list was read, and every run in them judged."""
        return 0 < self.of <= self.lists and self.judging == 0

    @property
    def words(self) -> str:
        """The progress in words: "300 of 5,000 lists read"; empty before anything is known.

        It moves in fiftieths: reading 5,000 lists takes over an hour, and nobody counts along.
        """
        if self.asleep:
            return "model closed: not woken"
        step = max(1, self.of // 50)
        read = self.lists if self.lists >= self.of else self.lists - self.lists % step
        return f"{read:,} of {plural(self.of, 'list')} read" if self.of else ""


@dataclass(frozen=True, slots=True)
class Summary:
    """What everybody's runs since a moment came to."""

    since: datetime
    runs: int = 0
    failed: int = 0
    warnings: int = 0
    running: int = 0
    unknown: int = 0

    @classmethod
    def of(cls, since: datetime, runs: Iterable[RunSnapshot]) -> "Summary":
        """Count the runs since ``since`` by what they came to."""
        found = tuple(runs)
        verdicts = [run.verdict for run in found if not run.live]
        return cls(
            since,
            len(found),
            verdicts.count(Verdict.FAILED),
            verdicts.count(Verdict.WARNINGS),
            sum(run.live for run in found),
            verdicts.count(Verdict.UNKNOWN),
        )


@dataclass(frozen=True, slots=True)
class Noticed:
    """What a listener is told; while nothing changes, it is told nothing."""

    runs: tuple[RunSnapshot, ...] = ()
    """Runs of others that are new or have ended."""
    gone: tuple[str, ...] = ()
    """Ids of runs that went on and now have another id."""
