"""References to objects of the service: kinds, ids and the paths built from them.

Ids are case sensitive strings (service.md §1.3). Paths are relative to the API base (``…/2/0``) and have the
workspace form that the official pages document, wherever that works (service.md §1.5).
"""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote


class Kind(StrEnum):
    """The four kinds of thing that can be started as a task."""

    PROCESS = "process"
    IMPORT = "import"
    EXPORT = "export"
    ACTION = "action"

    @property
    def plural(self) -> str:
        """The path segment and payload key of its list: ``processes``, ``imports`` and so on."""
        return "processes" if self is Kind.PROCESS else f"{self.value}s"


def _segment(value: str) -> str:
    return quote(value, safe="")


def workspace_models_path(workspace_id: str) -> str:
    """The list of a workspace's models."""
    return f"/workspaces/{_segment(workspace_id)}/models"


def model_path(model_id: str) -> str:
    """The model-only form, the one way to read a single model: the workspace form answers 405.

    Source: service.md §1.5.
    """
    return f"/models/{_segment(model_id)}"


def chunk_path(chunks_path: str, chunk_id: str) -> str:
    """One chunk of a chunk list."""
    return f"{chunks_path}/{_segment(chunk_id)}"


@dataclass(frozen=True, slots=True)
class ModelRef:
    """A model in its workspace; ``workspace_id`` is empty if the service does not give it.

    Source: service.md §1.5.
    """

    workspace_id: str
    model_id: str

    @property
    def path(self) -> str:
        """Its path below the API base."""
        if not self.workspace_id:
            return model_path(self.model_id)
        return f"/workspaces/{_segment(self.workspace_id)}/models/{_segment(self.model_id)}"


@dataclass(frozen=True, slots=True)
class TargetRef:
    """A process, import, export or other action of a model."""

    model: ModelRef
    kind: Kind
    id: str

    @property
    def path(self) -> str:
        """Its path below the API base."""
        return f"{self.model.path}/{self.kind.plural}/{_segment(self.id)}"

    @property
    def tasks_path(self) -> str:
        """The path of its task list."""
        return f"{self.path}/tasks"


@dataclass(frozen=True, slots=True)
class TaskRef:
    """One task of a target."""

    target: TargetRef
    task_id: str

    @property
    def path(self) -> str:
        """Its path below the API base."""
        return f"{self.target.tasks_path}/{_segment(self.task_id)}"


def solution_log_path(task: TaskRef, action_id: str) -> str:
    """The log of an optimizer action in its own task, or in that of the process that holds it."""
    action, task_id = _segment(action_id), _segment(task.task_id)
    return f"{task.target.model.path}/optimizeActions/{action}/tasks/{task_id}/solutionLogs"


@dataclass(frozen=True, slots=True)
class DumpRef:
    """The failure dump of one action of a task.

    A process has a dump for each nested action (``dumps/{objectId}``), a single import has one
    (``dump``): service.md §7.1.
    """

    task: TaskRef
    object_id: str

    @property
    def chunks_path(self) -> str:
        """The path of its chunk list."""
        if self.task.target.kind is Kind.PROCESS:
            return f"{self.task.path}/dumps/{_segment(self.object_id)}/chunks"
        return f"{self.task.path}/dump/chunks"


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file of a model: an import's source, or an export's output, which has the export's id.

    Source: service.md §8.3.
    """

    model: ModelRef
    file_id: str

    @property
    def path(self) -> str:
        """Its path below the API base."""
        return f"{self.model.path}/files/{_segment(self.file_id)}"

    @property
    def chunks_path(self) -> str:
        """The path of its chunk list."""
        return f"{self.path}/chunks"


Chunked = DumpRef | FileRef
"""Anything that the service delivers in chunks numbered from 0."""
