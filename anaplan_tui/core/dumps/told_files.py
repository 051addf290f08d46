"""What the ``run.json`` of a folder tells of the run's files, for all who ask it.

It may be somebody else's, an older one's or half gone: what is not as this program writes it is left out.
Everything here blocks on the disk.
"""

import json
from pathlib import Path
from typing import Any, Required, TypedDict

NAME = "run.json"


class ToldFile(TypedDict, total=False):
    """A file that was fetched whole, as it was then; what is not known of it is missing."""

    path: Required[str]
    """Where it was put. The folder may have been moved since."""
    bytes: int
    sha256: str
    chunks: int
    error: str


class ToldAction(TypedDict):
    """An action of the run, with its files; empty for what is not told."""

    id: str
    kind: str
    dump: ToldFile | None
    output: ToldFile | None


class ToldRun(TypedDict):
    """The run of a folder; empty for what is not told."""

    task_id: str
    workspace_id: str
    model_id: str
    actions: list[ToldAction]


def told_in(folder: Path) -> ToldRun | None:
    """What the ``run.json`` in ``folder`` tells; ``None`` where there is none that can be read."""
    try:
        document = json.loads((folder / NAME).read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    listed = document.get("actions")
    actions = listed if isinstance(listed, list) else []
    return ToldRun(
        task_id=_text(document, "task_id"),
        workspace_id=_text(document, "workspace_id"),
        model_id=_text(document, "model_id"),
        actions=[_action(one) for one in actions if isinstance(one, dict)],
    )


def action_of_dump(run: ToldRun, dump: Path) -> ToldAction | None:
    """The action whose dump has the name of ``dump``; its folder may be another by now."""
    for action in run["actions"]:
        if action["dump"] is not None and Path(action["dump"]["path"]).name == dump.name:
            return action
    return None


def _action(document: dict[str, Any]) -> ToldAction:
    return ToldAction(
        id=_text(document, "id"),
        kind=_text(document, "kind"),
        dump=_file(document.get("dump")),
        output=_file(document.get("output")),
    )


def _file(document: Any) -> ToldFile | None:
    if not isinstance(document, dict):
        return None
    path = document.get("path")
    if not isinstance(path, str) or "\0" in path or not Path(path).name:
        return None
    told = ToldFile(path=path)
    if isinstance(size := document.get("bytes"), int):
        told["bytes"] = size
    if isinstance(sha256 := document.get("sha256"), str):
        told["sha256"] = sha256
    if isinstance(chunks := document.get("chunks"), int):
        told["chunks"] = chunks
    if isinstance(error := document.get("error"), str):
        told["error"] = error
    return told


def _text(document: dict[str, Any], key: str) -> str:
    value = document.get(key)
    return value if isinstance(value, str) else ""
