"""Which request comes next: order and nothing else, so that it can be read and tested.

A page of processes that somebody looks at comes first, even among thousands: its lists, and the newest run of
each. The rest takes turns, so that no part of it starves another.
"""

from collections import deque
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import IntEnum

from anaplan_tui.api.client import TaskList
from anaplan_tui.api.refs import TargetRef
from anaplan_tui.api.schemas import ListedTask
from anaplan_tui.core.verdict.judge import TERMINAL


class Rank(IntEnum):
    """What goes before what; the ranks from ``LIST`` on take turns."""

    NEWEST = 0
    """The newest ended run of a target that goes before others."""
    PREFERRED = 1
    """A list that was not read yet, of a target that ran before, was opened or is shown; or a list with a
    task that goes on."""
    OTHER_NEWEST = 2
    """The newest ended run of any other target."""
    LIST = 3
    """A list that was not read yet, of any other target."""
    AGAIN = 4
    """A list that was read before."""
    RUN = 5
    """Further ended runs."""
    UNDATED = 6
    """Ended runs whose list does not say when they began."""


_IN_TURN = (Rank.LIST, Rank.AGAIN, Rank.RUN, Rank.UNDATED)


@dataclass(frozen=True, slots=True)
class Errand:
    """One request: a target's list, or with ``task_id`` what that task came to."""

    target: TargetRef
    rank: Rank
    task_id: str | None = None
    state: str | None = None
    """The task's, as its list has it."""
    created_at: datetime | None = None
    created_by: str | None = None

    @property
    def about(self) -> "About":
        """What the errand reads; two errands about the same thing would read it twice."""
        return self.target if self.task_id is None else (self.target, self.task_id)


About = TargetRef | tuple[TargetRef, str]


class Agenda:
    """Errands in the order of their ranks; those of one rank in the order in which they came, none twice."""

    def __init__(self) -> None:
        self._waiting: dict[Rank, deque[Errand]] = {rank: deque() for rank in Rank}
        self._there: dict[About, None] = {}
        """A dict, because a set takes three times the memory: a model may have thousands of lists."""
        self._turn = 0

    def __len__(self) -> int:
        return len(self._there)

    @property
    def tasks(self) -> int:
        """Errands that are about a task."""
        return sum(1 for about in self._there if isinstance(about, tuple))

    def add(self, errands: Iterable[Errand]) -> None:
        """Add errands; one about a thing that is already here is left out."""
        for errand in errands:
            if errand.about not in self._there:
                self._there[errand.about] = None
                self._waiting[errand.rank].append(errand)

    def next(self) -> Errand:
        """Take out the errand whose turn it is.

        Raises:
            IndexError: there is none.
        """
        errand = self._first() or self._next_in_turn()
        del self._there[errand.about]
        return errand

    def prefer(self, targets: Iterable[TargetRef]) -> None:
        """Move the lists of these targets that wait for their first reading before those of others."""
        preferred = set(targets)
        moved = [e for e in self._waiting[Rank.LIST] if e.target in preferred]
        self._waiting[Rank.LIST] = deque(e for e in self._waiting[Rank.LIST] if e.target not in preferred)
        self._waiting[Rank.PREFERRED].extendleft(replace(e, rank=Rank.PREFERRED) for e in reversed(moved))

    def clear(self) -> frozenset[TargetRef]:
        """Drop everything that waits; returns the targets of the dropped tasks."""
        waiting = [errand for errands in self._waiting.values() for errand in errands]
        dropped = frozenset(errand.target for errand in waiting if errand.task_id is not None)
        for errands in self._waiting.values():
            errands.clear()
        self._there.clear()
        return dropped

    def _first(self) -> Errand | None:
        ranks = (rank for rank in Rank if rank not in _IN_TURN)
        return next((self._waiting[rank].popleft() for rank in ranks if self._waiting[rank]), None)

    def _next_in_turn(self) -> Errand:
        for step in range(len(_IN_TURN)):
            rank = _IN_TURN[(self._turn + step) % len(_IN_TURN)]
            if self._waiting[rank]:
                self._turn += step + 1
                return self._waiting[rank].popleft()
        raise IndexError("no errand")


def first_targets(
    opened: Iterable[TargetRef], ran: Mapping[TargetRef, Iterable[datetime]], hour: int
) -> dict[TargetRef, int]:
    """Targets whose lists are read first, by place: opened, known to run at this hour, ran before."""
    at_this_hour = [ref for ref, starts in ran.items() if any(_near(hour, at) for at in starts)]
    return {ref: place for place, ref in enumerate(dict.fromkeys((*opened, *at_this_hour, *ran)))}


def errands_to_judge(
    target: TargetRef,
    listed: TaskList,
    judged: Container[str],
    went_on: Mapping[str, ListedTask],
    window: timedelta,
    *,
    is_preferred: bool,
) -> list[Errand]:
    """The ended tasks of a target that are not judged yet, from its list.

    Args:
        target: whose list it is.
        listed: the list.
        judged: ids of tasks that the journal has as judged.
        went_on: tasks of the target that had not ended when its list was last read.
        window: a task that began earlier is judged only if it was among those.
        is_preferred: the newest of them goes before those of other targets.
    """
    now = listed.server_time or datetime.now(UTC)
    newest = Rank.NEWEST if is_preferred else Rank.OTHER_NEWEST
    errands = []
    for task in listed.items:
        if task.task_id in judged or task.state not in TERMINAL:
            continue
        if task.created_at is None:
            rank = Rank.UNDATED
        elif now - task.created_at < window or task.task_id in went_on:
            rank, newest = newest, Rank.RUN
        else:
            continue
        errands.append(Errand(target, rank, task.task_id, task.state, task.created_at, task.created_by))
    # A task that went on and is no longer listed has ended and was forgotten, or this list was not whole.
    for id_ in went_on.keys() - {task.task_id for task in listed.items}:
        task = went_on[id_]
        errands.append(Errand(target, Rank.RUN, id_, None, task.created_at, task.created_by))
    return errands


def _near(hour: int, at: datetime) -> bool:
    """Whether a run began in this hour of the day, or in one beside it, on whatever day."""
    return (hour - at.hour) % 24 in (0, 1, 23)
