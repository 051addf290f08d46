"""What polling a task tells about its run."""

from datetime import UTC, datetime

import pytest

from anaplan_tui.api.refs import Kind, ModelRef, TargetRef
from anaplan_tui.api.schemas import Task
from anaplan_tui.core.runs.watching import observe
from anaplan_tui.core.snapshots import Phase, RunSnapshot, Step
from anaplan_tui.core.verdict.judge import progress
from tests.support.details import PLAN, entry


def test_progress_shows_the_action_that_the_step_names() -> None:
    task = Task.of(
        {"taskId": "A", "taskState": "IN_PROGRESS", "currentStep": "Importing Sales from sales.csv"}
    )
    assert [a.step for a in progress(task, PLAN)] == [Step.PASSED, Step.RUNNING, Step.WAITING]


def test_progress_claims_nothing_when_the_step_names_no_action() -> None:
    task = Task.of({"taskId": "A", "taskState": "IN_PROGRESS", "currentStep": "Processing ..."})
    assert progress(task, PLAN) == PLAN


@pytest.mark.parametrize(
    ("created", "known", "begin"),
    [(None, None, 1677624626034), (1677624620000, None, 1677624620000), (None, 1677624600000, 1677624600000)],
)
def test_a_run_began_when_its_task_was_made_or_else_when_its_work_began(
    created: int | None, known: int | None, begin: int
) -> None:
    result = entry(0) | {"startTime": "1677624626034", "duration": "868"}
    task = {"taskId": "A", "taskState": "COMPLETE", "creationTime": created, "result": result}
    target = TargetRef(ModelRef("w", "m"), Kind.IMPORT, PLAN[0].id)
    before = RunSnapshot("r", target, "x", phase=Phase.RUNNING, actions=PLAN[:1], started_at=moment(known))
    assert observe(before, Task.of(task), {}).started_at == moment(begin)


def moment(millis: int | None) -> datetime | None:
    return None if millis is None else datetime.fromtimestamp(millis / 1000, UTC)
