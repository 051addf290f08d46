"""Endpoints of the catalog: users, workspaces, models, their objects and metadata (service.md §3.1)."""

from collections.abc import Callable
from datetime import UTC, datetime

from starlette.responses import JSONResponse, Response

from anaplan_tui.demo.answers import ApiError, envelope, matching, sort_checked, sort_lenient
from anaplan_tui.demo.calls import Call, page
from anaplan_tui.demo.content import chunk_count
from anaplan_tui.demo.model import Action, Json, Model, Process, SourceFile, User, Workspace

_MODEL_FIELDS = frozenset({"name", "activeState"})
_WORKSPACE_FIELDS = frozenset({"name", "sizeAllowance"})
_USER_FIELDS = frozenset({"firstName", "lastName", "email", "active", "lastLoginDate"})
_OBJECT_FIELDS = {"id": "id", "name": "name"}
_SIZES = ("sizeAllowance", "currentSize")


def users(call: Call) -> Response:
    """GET /users."""
    rows = [_user(call, user) for user in call.tenant.company.users]
    found = matching(call.request, rows, "email", "firstName", "lastName")
    return page(call, "objects/user", "users", sort_checked(call.request, found, _USER_FIELDS))


def me(call: Call) -> Response:
    """GET /users/me."""
    return envelope(call.request, "objects/user", {"user": _user(call, call.user)})


def workspaces(call: Call) -> Response:
    """GET /workspaces."""
    rows = matching(call.request, [_workspace(w) for w in call.tenant.company.workspaces], "name")
    rows = sort_checked(call.request, rows, _WORKSPACE_FIELDS)
    if not call.flag("tenantDetails"):
        rows = [{key: value for key, value in row.items() if key not in _SIZES} for row in rows]
    return page(call, "objects/workspace", "workspaces", rows)


def workspace(call: Call) -> Response:
    """GET /workspaces/{w}: 404 for everyone but its administrators, even if it is listed.

    Source: service.md §3.1.
    """
    found = next((w for w in call.tenant.company.workspaces if w.id == call.part("workspace")), None)
    if found is None or not call.user.administers:
        raise ApiError(404)
    row = _workspace(found)
    if not call.flag("tenantDetails"):
        row = {key: value for key, value in row.items() if key not in _SIZES}
    return envelope(call.request, "objects/workspace", {"workspace": row})


def models(call: Call) -> Response:
    """GET /models and /workspaces/{w}/models; `s` works for tenant administrators only.

    Source: service.md §3.3.
    """
    wanted = call.request.path_params.get("workspace")
    if wanted is not None and wanted not in [w.id for w in call.tenant.company.workspaces]:
        raise ApiError(404)
    rows = [
        _model(call, model, call.flag("modelDetails"))
        for model in call.tenant.company.models
        if wanted in (None, model.workspace)
    ]
    if call.user.role == "tenant-admin":
        rows = matching(call.request, rows, "name")
    return page(call, "objects/model", "models", sort_checked(call.request, rows, _MODEL_FIELDS))


def model(call: Call) -> Response:
    """GET /models/{m}: 200 even without access; 405 with the workspace in the path.

    Source: service.md §1.5.
    """
    if "workspace" in call.request.path_params:
        raise ApiError(405)
    body = _model(call, call.named_model, call.flag("modelDetails"))
    if call.flag("modelDetails"):
        body["modelTransactionRunning"] = call.tenant.running(call.named_model) is not None
    return envelope(call.request, "objects/model", {"model": body})


def status(call: Call) -> Response:
    """GET and POST …/status: bare as seen live, or in an envelope as documented (service.md §8.4).

    `progress` is -1.0 for an idle model, open or closed (service.md §8.4).
    """
    run, now = call.tenant.running(call.model), call.tenant.clock.now()
    memory = call.tenant.memory(call.model)
    body: Json = {
        "peakMemoryUsageEstimate": None,
        "peakMemoryUsageTime": None,
        "progress": memory.progress(now),
        "currentStep": _STEPS.get(memory.state(now), call.tenant.habits.loading_step),
        "tooltip": None,
        "exportTaskType": None,
        "creationTime": int(now * 1000),
        "taskId": None,
    }
    if run is not None:
        task = run.document(now)
        body |= {
            "progress": task["progress"],
            "currentStep": "Processing ...",
            "creationTime": task["creationTime"],
            "taskId": task["taskId"],
        }
    if call.request.method == "POST":
        return envelope(call.request, _schema(call, "requestStatus"), {"requestStatus": body})
    return JSONResponse({"requestStatus": body})


_STEPS = {"open": "Open", "closing": "Closing", "closed": "Closed"}


def open_model(call: Call) -> Response:
    """POST …/open: an empty 202; the model loads afterwards (service.md §8.4)."""
    call.tenant.wake(call.administer())
    return Response(status_code=202)


def close_model(call: Call) -> Response:
    """POST …/close: an empty 204; the model then unloads and forgets its tasks (service.md §8.4)."""
    call.tenant.unload(call.administer())
    return Response(status_code=204)


def processes(call: Call) -> Response:
    """GET …/processes."""
    rows = [_coded({"id": p.id, "name": p.name}, p.code) for p in call.model.processes.values()]
    return _listed(call, "process", "processes", rows)


def process(call: Call) -> Response:
    """GET …/processes/{p}, with its actions in order."""
    found: Process | None = call.model.processes.get(call.part("object"))
    if found is None:
        raise ApiError(404)
    actions = [_action(call, action, call.flag("showImportDataSource")) for action in found.actions]
    body = {"name": found.name, "actions": actions}
    return envelope(call.request, "objects/process", {"processMetadata": body})


def imports(call: Call) -> Response:
    """GET …/imports, also with a trailing slash."""
    rows = [
        _coded(
            {"id": i.id, "name": i.name, "importDataSourceId": i.source or "", "importType": i.import_type},
            i.code,
        )
        for i in call.model.imports.values()
    ]
    return _listed(call, "import", "imports", rows)


def import_(call: Call) -> Response:
    """GET …/imports/{i}: the file format that the import expects."""
    found = call.model.imports.get(call.part("object"))
    if found is None:
        raise ApiError(404)
    body: Json = {"name": found.name, "type": "MODEL"}
    file = call.model.files.get(found.source or "")
    if file is not None:
        body = {
            "name": found.name,
            "type": "FILE",
            "source": {
                "textEncoding": file.encoding,
                "columnSeparator": file.separator,
                "textDelimiter": '"',
                "headerRow": 1,
                "firstDataRow": 2,
                "decimalSeparator": ".",
                "headerNames": list(file.columns),
                "columnCount": len(file.columns),
            },
        }
    return envelope(call.request, _schema(call, "importMetadata"), {"importMetadata": body})


def exports(call: Call) -> Response:
    """GET …/exports."""
    rows = [
        _coded(
            {
                "id": e.id,
                "name": e.name,
                "exportType": e.export_type,
                "exportFormat": e.export_format,
                "encoding": "UTF-8",
                "layout": e.export_type,
            },
            e.code,
        )
        for e in call.model.exports.values()
    ]
    return _listed(call, "export", "exports", rows)


def export(call: Call) -> Response:
    """GET …/exports/{e}."""
    found = call.model.exports.get(call.part("object"))
    if found is None:
        raise ApiError(404)
    body: Json = {
        "columnCount": len(found.columns),
        "dataTypes": ["MIXED"] * len(found.columns),
        "delimiter": '"',
        "encoding": "UTF-8",
        "exportFormat": found.export_format,
        "headerNames": list(found.columns),
        "listNames": ["" for _ in found.columns],
        "rowCount": found.output.size // 60 if found.output else 0,
        "separator": found.separator,
        "layout": found.export_type,
    }
    return envelope(call.request, _schema(call, "exportMetadata"), {"exportMetadata": body})


def actions(call: Call) -> Response:
    """GET …/actions."""
    rows = [
        _coded({"id": a.id, "name": a.name, "actionType": a.action_type}, a.code)
        for a in call.model.actions.values()
    ]
    return _listed(call, "action", "actions", rows)


def files(call: Call) -> Response:
    """GET …/files: import sources, and the output of this user's exports, with fewer fields."""
    rows = [file_row(call, file) for file in call.model.files.values()]
    for action in call.model.exports.values():
        content = call.tenant.file(call.user, call.model, action.id)
        if content is not None:
            rows.append(
                {
                    "id": action.id,
                    "name": action.name,
                    "chunkCount": chunk_count(content),
                    "firstDataRow": 0,
                    "headerRow": 0,
                }
            )
    return _listed(call, "file", "files", rows)


def _listed(call: Call, schema: str, key: str, rows: list[Json]) -> Response:
    rows = sort_lenient(call.request, rows, _OBJECT_FIELDS)
    return page(call, _schema(call, schema), key, [*rows, *call.model.odd_rows.get(key, ())])


def _schema(call: Call, name: str) -> str:
    return f"models/{call.part('model')}/objects/{name}"


def _coded(row: Json, code: str | None) -> Json:
    return row if code is None else {**row, "code": code}


def _user(call: Call, user: User) -> Json:
    login = datetime.fromtimestamp(call.tenant.clock.now() - 300, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    return {
        "id": user.guid,
        "active": True,
        "email": user.email,
        "emailOptIn": False,
        "firstName": user.first_name,
        "lastName": user.last_name,
        "customerId": call.tenant.company.customer,
        "lastLoginDate": login,
    }


def _workspace(found: Workspace) -> Json:
    return {
        "id": found.id,
        "name": found.name,
        "active": True,
        "sizeAllowance": found.size_allowance,
        "currentSize": found.current_size,
    }


def _model(call: Call, found: Model, details: bool) -> Json:
    names = {w.id: w.name for w in call.tenant.company.workspaces}
    row: Json = {
        "id": found.id,
        "name": found.name,
        "activeState": found.state,
        "currentWorkspaceId": found.workspace,
        "currentWorkspaceName": names[found.workspace],
        "modelUrl": f"https://us1a.app.anaplan.com/a/modeling/customers/{call.tenant.company.customer}"
        f"/workspaces/{found.workspace}/models/{found.id}",
        "categoryValues": [],
    }
    if details:
        row |= {
            "memoryUsage": found.memory,
            "isoCreationDate": "2021-03-02T09:14:31.000+0000",
            "lastModified": datetime.fromtimestamp(call.tenant.clock.now() - 3600, UTC).strftime(
                "%Y-%m-%dT%H:%M:%S.000+0000"
            ),
            "lastModifiedByUserGuid": call.tenant.company.users[-1].guid,
            "lastSavedSerialNumber": "48211",
        }
    return row


def _action(call: Call, action: Action, with_source: bool) -> Json:
    row: Json = {"id": action.id, "name": action.name, "actionType": action.action_type}
    if action.kind == "import":
        row |= {"importDataSourceId": action.source or "", "importType": action.import_type}
        if with_source:
            row["importDataSource"] = _source(call, action)
    if action.kind == "export":
        row |= {
            "exportType": action.export_type,
            "exportFormat": action.export_format,
            "layout": action.export_type,
        }
    return row


def _source(call: Call, action: Action) -> Json:
    """Return an import's source: a file, or a list, module or view in another model.

    Source: service.md §3.1.
    """
    row: Json = {"importDataSourceId": action.source or "", "type": "FILE"}
    model = call.tenant.model(action.source_model or "")
    if model is not None:
        row |= {
            "type": "MODEL",
            "sourceModelId": model.id,
            "sourceModelName": model.name,
            "sourceWorkspaceId": model.workspace,
        }
    return row


def file_row(call: Call, file: SourceFile) -> Json:
    """Return a file's row in the list of files."""
    content = call.tenant.file(call.user, call.model, file.id)
    return {
        "id": file.id,
        "name": file.name,
        "chunkCount": chunk_count(content) if content else 0,
        "delimiter": '"',
        "encoding": file.encoding,
        "firstDataRow": 2,
        "format": "txt",
        "headerRow": 1,
        "separator": file.separator,
    }


Handler = Callable[[Call], Response]

ROOT_CALLS: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/users", users),
    ("GET", "/users/me", me),
    ("GET", "/workspaces", workspaces),
    ("GET", "/workspaces/{workspace}", workspace),
    ("GET", "/models", models),
    ("GET", "/workspaces/{workspace}/models", models),
)

CATALOG_CALLS: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "", model),
    ("GET", "/status", status),
    ("POST", "/status", status),
    ("POST", "/open", open_model),
    ("POST", "/close", close_model),
    ("GET", "/processes", processes),
    ("GET", "/processes/{object}", process),
    ("GET", "/imports", imports),
    ("GET", "/imports/", imports),
    ("GET", "/imports/{object}", import_),
    ("GET", "/exports", exports),
    ("GET", "/exports/{object}", export),
    ("GET", "/actions", actions),
    ("GET", "/files", files),
)

UNLOADED_CALLS: tuple[Handler, ...] = (model, status, open_model, close_model)
"""Requests that the service answers without loading the model; all others load it."""
