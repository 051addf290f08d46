"""Past runs: the task lists at the tenant's start. The same at every start on the same day."""

import hashlib

from anaplan_tui.demo.model import Company, Routine, Task

DAY = 86_400
DAYS = 5
FRESHEST = 600.0
"""Minimum age in seconds of a past run, so that it has ended."""


def past_tasks(company: Company, now: float) -> list[Task]:
    """Return every run that the timetables place in the last days, oldest first."""
    tasks: list[Task] = []
    for model in company.models:
        for process in model.processes.values():
            prompted = tuple((name, items[0]) for name, items in process.script.prompts)
            routine = Routine("process", model.id, process.id, process.runs_by, process.runs_at)
            tasks += _runs(routine, now, prompted)
    for routine in company.routines:
        tasks += _runs(routine, now)
    return sorted(tasks, key=lambda task: task.created)


def started_before(company: Company, start: float) -> list[Task]:
    """Return the company's ongoing runs as tasks; their ages count from `start`, the tenant's first start."""
    return [
        Task(
            hashlib.sha256(f"ongoing {number} {start}".encode()).hexdigest()[:32].upper(),
            run.kind,
            run.model,
            run.target,
            run.user,
            start - run.ago,
        )
        for number, run in enumerate(company.ongoing)
    ]


def _runs(routine: Routine, now: float, parameters: tuple[tuple[str, str], ...] = ()) -> list[Task]:
    midnight = now - now % DAY
    times = sorted(
        at
        for day in range(DAYS + 1)
        for hour in routine.runs_at
        if (at := midnight - day * DAY + hour * 3600 + _jitter(routine.target, day)) < now - FRESHEST
    )
    return [
        Task(
            _task_id(routine.target, at),
            routine.kind,
            routine.model,
            routine.target,
            routine.user,
            at,
            parameters,
            earlier=at != times[-1],
        )
        for at in times
    ]


def _jitter(target: str, day: int) -> float:
    return hashlib.sha256(f"{target} {day}".encode()).digest()[0] / 64


def _task_id(target: str, at: float) -> str:
    return hashlib.sha256(f"{target} {int(at)}".encode()).hexdigest()[:32].upper()
