"""Task results as the service words them: details, entries of actions, whole processes."""

from typing import Any

from anaplan_tui.api.schemas import Task
from anaplan_tui.core.snapshots import Action
from anaplan_tui.core.verdict.judge import Judgement, judge

PLAN = (
    Action("112000000001", "Regions from regions.csv", "import"),
    Action("112000000002", "Sales from sales.csv", "import"),
    Action("116000000003", "Sales out", "export"),
)


def detail(code: str, text: str | None = None, occurrences: int = 0, **values: Any) -> dict[str, Any]:
    flat = [part for pair in values.items() for part in pair]
    return {"type": code, "localMessageText": text, "occurrences": occurrences, "values": flat}


def entry(
    at: int, successful: bool | None = True, *, dump: bool = False, details: Any = None
) -> dict[str, Any]:
    return {
        "objectId": PLAN[at].id,
        "successful": successful,
        "failureDumpAvailable": dump,
        "details": details,
    }


def process(
    *entries: dict[str, Any],
    successful: bool | None = True,
    state: str = "COMPLETE",
    dump: bool = False,
    details: Any = None,
    **more: Any,
) -> Judgement:
    result = {
        "objectId": "118000000001",
        "successful": successful,
        "failureDumpAvailable": dump,
        "details": details,
        "nestedResults": list(entries),
    }
    task = Task.of({"taskId": "A" * 32, "taskState": state, "result": result, **more})
    return judge(task, PLAN, single=False)
