"""Endpoints of tasks: starting, listing, cancelling, results and dumps (service.md §4 to §7)."""

import hashlib
from collections.abc import Callable

from starlette.responses import JSONResponse, Response

from anaplan_tui.demo.answers import ApiError, FileResponse, envelope, sort_lenient
from anaplan_tui.demo.calls import Call, page
from anaplan_tui.demo.content import Content, chunk, chunk_count, whole
from anaplan_tui.demo.model import Json

Handler = Callable[[Call], Response]


_TASK_FIELDS = {"creationDate": "creationTime", "creationTime": "creationTime"} | {
    name: name for name in ("taskId", "taskState", "progress")
}
"""Documented sort fields of task lists (service.md §3.3, §5.1), each with its key in a row."""


def tasks(call: Call) -> Response:
    """GET …/tasks of all users; 200 and empty for unknown or inaccessible targets (service.md §3.1).

    No source says for sure which order the service uses, nor whether `sort` has an effect: see `Habits`.
    """
    model, habits = call.named_model, call.tenant.habits
    if model.refuses:
        raise ApiError(model.refuses)
    now = call.tenant.clock.now()
    runs = call.tenant.runs(model, call.kind, call.part("object")) if model.access else []
    rows = [run.summary(now) for run in runs]
    if habits.task_order == "newest":
        rows.reverse()
    elif habits.task_order == "none":
        rows.sort(key=lambda row: hashlib.sha256(row["taskId"].encode()).digest())
    if habits.tasks_sorted:
        rows = sort_lenient(call.request, rows, _TASK_FIELDS)
    return page(call, _schema(call, "task"), "tasks", rows)


def start(call: Call) -> Response:
    """POST …/tasks."""
    target = call.target
    parameters = _start_parameters(call.json())
    task = call.tenant.start(call.user, call.model, call.kind, target.id, parameters)
    if call.tenant.habits.bare_start:
        return JSONResponse({"taskId": task.id})
    return envelope(call.request, _schema(call, "task"), {"task": {"taskId": task.id}})


def task(call: Call) -> Response:
    """GET …/tasks/{t}."""
    body = call.run.document(call.tenant.clock.now(), call.flag("includeProcessDetails"))
    return envelope(call.request, _schema(call, "task"), {"task": body})


def cancel(call: Call) -> Response:
    """DELETE …/tasks/{t}: request cancellation; a task that has ended stays as it is (service.md §6)."""
    call.tenant.cancel(call.run, call.user)
    if call.tenant.habits.cancel_answers_204:
        return Response(status_code=204)
    return task(call)


def dump_chunks(call: Call) -> Response:
    """GET …/dump/chunks and …/dumps/{o}/chunks."""
    return _chunk_list(call, _dump(call))


def dump_chunk(call: Call) -> Response:
    """GET …/dump/chunks/{n} and …/dumps/{o}/chunks/{n}."""
    return one_chunk(call, _dump(call), _media_type(call))


def dump(call: Call) -> Response:
    """GET …/dump and …/dumps/{o}: the whole file."""
    return FileResponse(*whole(_dump(call)), _media_type(call))


def solution_log(call: Call) -> Response:
    """GET …/optimizeActions/{a}/tasks/{t}/solutionLogs: the solver's log, as plain text (service.md §8.5).

    The 403 comes before any id is checked. The task belongs to the action or to a process that contains it.
    """
    if not call.user.administers:
        raise ApiError(403)
    action = call.model.actions.get(call.part("object"))
    run = next((r for r in call.tenant.runs(call.model) if r.task.id == call.part("task")), None)
    if action is None or action.action_type != "OPTIMIZER" or run is None:
        raise ApiError(404)
    now = call.tenant.clock.now()
    if not any(step.action.id == action.id and end <= now for step, end in run.step_ends()):
        raise ApiError(404)
    return Response(_SOLVER.format(number=int(run.task.id[:8], 16)), media_type="text/plain")


_SOLVER = """Non-default parameters:
TimeLimit  299
Threads  4

Optimize a model with 6 rows, 9 columns and 18 nonzeros (Min)
Model fingerprint: {number:#010x}
Presolve time: 0.00s
Found heuristic solution: objective 27100.000000

Explored 1 nodes (4 simplex iterations) in 0.00 seconds (0.00 work units)

Optimal solution found (tolerance 1.00e-04)
Best objective 2.600000000000e+04, best bound 2.600000000000e+04, gap 0.0000%
"""


def one_chunk(call: Call, content: Content, media_type: str) -> Response:
    """Return the chunk whose number is in the path; ApiError 404 if there is none."""
    text = call.part("chunk")
    if not text.isascii() or not text.isdigit():
        raise ApiError(404)
    try:
        return FileResponse(*chunk(content, int(text)), media_type)
    except IndexError:
        raise ApiError(404) from None


def _chunk_list(call: Call, content: Content) -> Response:
    return page(call, _schema(call, "chunk"), "chunks", chunk_rows(content))


def chunk_rows(content: Content) -> list[Json]:
    """Return the entries of a chunk list; ids are strings (service.md §7.2)."""
    return [{"id": str(n), "name": f"Chunk {n}"} for n in range(chunk_count(content))]


def _dump(call: Call) -> Content:
    nested = "nested" in call.request.path_params
    if nested != (call.kind == "process") or call.kind in ("export", "action"):
        raise ApiError(404)
    object_id = call.part("nested") if nested else call.target.id
    content = call.tenant.dump(call.user, call.model, call.run, object_id)
    if content is None:
        raise ApiError(404)
    return content


def _media_type(call: Call) -> str:
    return "application/octet-stream" if call.kind == "process" else "text/plain"


def _start_parameters(body: Json) -> tuple[tuple[str, str], ...]:
    """Return the items for prompted dimensions; ApiError 400 for a body that service.md §4 forbids."""
    if not isinstance(body.get("localeName"), str) or not body["localeName"]:
        raise ApiError(400, "Invalid request body: localeName is required")
    if "mappingParameters" not in body:
        return ()
    keys = list(body)
    if keys.index("localeName") > keys.index("mappingParameters"):
        raise ApiError(400, "Invalid request body: localeName must come before mappingParameters")
    given = body["mappingParameters"]
    pairs = []
    for entry in given if isinstance(given, list) else [None]:
        if not isinstance(entry, dict) or not all(
            isinstance(entry.get(key), str) for key in ("entityType", "entityName")
        ):
            raise ApiError(400, "Invalid request body: mappingParameters")
        pairs.append((entry["entityType"], entry["entityName"]))
    return tuple(pairs)


def _schema(call: Call, name: str) -> str:
    return f"models/{call.part('model')}/objects/{name}"


_TASKS = "/{collection:collection}/{object}/tasks"
_TASK = _TASKS + "/{task}"

_OPTIMIZED = "/optimizeActions/{object}/tasks/{task}/solutionLogs"

TASK_CALLS: tuple[tuple[str, str, Handler], ...] = (
    ("GET", _OPTIMIZED, solution_log),
    ("GET", _TASKS, tasks),
    ("POST", _TASKS, start),
    ("GET", _TASK, task),
    ("DELETE", _TASK, cancel),
    ("GET", _TASK + "/dump", dump),
    ("GET", _TASK + "/dump/chunks", dump_chunks),
    ("GET", _TASK + "/dump/chunks/{chunk}", dump_chunk),
    ("GET", _TASK + "/dumps/{nested}", dump),
    ("GET", _TASK + "/dumps/{nested}/chunks", dump_chunks),
    ("GET", _TASK + "/dumps/{nested}/chunks/{chunk}", dump_chunk),
)
