"""Read a folder's ``run.json``: which files of the run it lists.

The file may be somebody else's, of an older version or damaged: anything not written the way this program
does is left out. Everything here blocks on the disk.
"""

import json
from pathlib import Path
from typing import Any, Required, TypedDict

NAME = "run.json"


class ToldFile(TypedDict, total=False):
    """A downloaded file as recorded; unknown facts are missing."""

    path: Required[str]
    """Where it was put; the folder may have been moved since."""
    bytes: int
    sha256: str
    chunks: int
    error: str


class ToldAction(TypedDict):
    """An action of the run, with its files; texts are empty and files ``None`` if they are missing."""

    id: str
    kind: str
    dump: ToldFile | None
    output: ToldFile | None


class ToldRun(TypedDict):
    """The run of a folder; missing texts are empty."""

    task_id: str
    workspace_id: str
    model_id: str
    actions: list[ToldAction]


def told_in(folder: Path) -> ToldRun | None:
    """Read the ``run.json`` in ``folder``; ``None`` if there is none or it cannot be read."""
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
    """The action whose dump has the file name of ``dump``; the folder may have been moved."""
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
