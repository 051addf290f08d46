"""Past runs: what the task lists hold when the tenant starts. The same at every start on the same day."""

import hashlib

from anaplan_tui.demo.model import Company, Model, Process, Task

DAY = 86_400
FRESHEST = 600.0
"""Nothing of the past is newer than this, so that it has ended."""


def past_tasks(company: Company, now: float) -> list[Task]:
    """Every run that the processes' timetables put into the last days, oldest first."""
    tasks = [
        task
        for model in company.models
        for process in model.processes.values()
        for task in _of_process(model, process, now)
    ]
    return sorted(tasks, key=lambda task: task.created)


def _of_process(model: Model, process: Process, now: float) -> list[Task]:
    midnight = now - now % DAY
    times = sorted(
        at
        for day in range(process.days + 1)
        for hour in process.runs_at
        if (at := midnight - day * DAY + hour * 3600 + _jitter(process.id, day)) < now - FRESHEST
    )
    return [
        Task(
            _task_id(process.id, at),
            "process",
            model.id,
            process.id,
            process.runs_by,
            at,
            tuple((name, items[0]) for name, items in process.script.prompts),
            earlier=at != times[-1],
        )
        for at in times
    ]


def _jitter(process_id: str, day: int) -> float:
    return hashlib.sha256(f"{process_id} {day}".encode()).digest()[0] / 64


def _task_id(process_id: str, at: float) -> str:
    return hashlib.sha256(f"{process_id} {int(at)}".encode()).hexdigest()[:32].upper()
