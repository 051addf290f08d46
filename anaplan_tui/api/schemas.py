"""Schemas of the service's JSON: frozen values that accept whatever the service may say.

A missing key, a null, an unknown member or a value of the wrong type costs that one field, never the
whole answer: it becomes ``None``, empty, or its text. Only an object without an id is refused. States and
types are plain strings because the service adds new ones (service.md §3.1, §5.3, §5.5).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from anaplan_tui.api.clean import CleanStr, MaybeId, MaybeText, RawId, id_or_none, meant_by, text_of


def _whole(value: Any) -> int | None:
    number = _number(value)
    return None if number is None else int(number)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _count(value: Any) -> int:
    return max(_whole(value) or 0, 0)


def _flag(value: Any) -> bool | None:
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return value if isinstance(value, bool) else None


def _moment(value: Any) -> datetime | None:
    millis = _number(value)
    if millis is None:
        return None
    try:
        return datetime.fromtimestamp(millis / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _objects(value: Any) -> list[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        value = [value]
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _details(value: Any) -> list[Mapping[str, Any]]:
    """Turn anything without a detail's shape into the text of one: it may be the only evidence."""
    items = value if isinstance(value, list) else [value]
    return [
        item if _is_detail(item) else {"localMessageText": text_of(item)}
        for item in items
        if item not in (None, "", [])
    ]


def _is_detail(value: Any) -> bool:
    return isinstance(value, Mapping) and (not value or "type" in value or "localMessageText" in value)


def _with_id(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in _objects(value) if id_or_none(item.get("id")) is not None]


def _mark(value: Any) -> str | None:
    """A separator or quote, not cleaned, because files are parsed by it: a cleaned tab is no longer a tab."""
    return value if isinstance(value, str) and 0 < len(value) <= 8 else None


def _quote(value: Any) -> str | None:
    """A text delimiter; a blank one means that the import has none, which is an option.

    Source: service.md §8.6.
    """
    return "None" if isinstance(value, str) and value.strip().casefold() in ("", "none") else _mark(value)


def _raw_text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _object_or_none(value: Any) -> Mapping[str, Any] | None:
    return value if isinstance(value, Mapping) else None


def _texts(value: Any) -> list[str]:
    return [text_of(item) for item in value] if isinstance(value, list) else []


def _names(value: Any) -> list[str]:
    """The columns of a source; a byte order mark is taken off the first."""
    names = value if isinstance(value, list) else []
    return _texts([meant_by(name) if isinstance(name, str) else name for name in names[:1]] + names[1:])


def _pairs(value: Any) -> list[tuple[str, str | None]]:
    """The flat ``k,v,k,v…`` list as pairs; a lone last key has no value (service.md §5.2)."""
    if isinstance(value, Mapping):
        flat = [part for pair in value.items() for part in pair]
    elif isinstance(value, list):
        flat = value
    else:
        flat = [] if value is None else [value]
    flat = [*flat, None] if len(flat) % 2 else flat
    return [
        (text_of(key), None if item is None else text_of(item))
        for key, item in zip(flat[::2], flat[1::2], strict=True)
    ]


MaybeInt = Annotated[int | None, BeforeValidator(_whole)]
MaybeFloat = Annotated[float | None, BeforeValidator(_number)]
MaybeBool = Annotated[bool | None, BeforeValidator(_flag)]
Flag = Annotated[bool, BeforeValidator(lambda value: _flag(value) or False)]
Count = Annotated[int, BeforeValidator(_count)]
MaybeMoment = Annotated[datetime | None, BeforeValidator(_moment)]
IdOrEmpty = Annotated[str, BeforeValidator(lambda value: id_or_none(value) or "")]
Pairs = Annotated[tuple[tuple[str, str | None], ...], BeforeValidator(_pairs)]
Mark = Annotated[str | None, BeforeValidator(_mark)]
"""A separator, raw: clean it before it is shown."""
Quote = Annotated[str | None, BeforeValidator(_quote)]
"""A text delimiter, just as raw; ``"None"`` for an import without one, ``None`` if nothing is said."""
Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]
Names = Annotated[tuple[str, ...], BeforeValidator(_names)]


class Wire(BaseModel):
    """Base of all schemas: camelCase in JSON, snake_case here, unknown members ignored (service.md §1.2)."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        alias_generator=to_camel,
        populate_by_name=True,
        hide_input_in_errors=True,
    )


class User(Wire):
    """The user that the token stands for (service.md §3.1)."""

    id: IdOrEmpty = ""
    email: CleanStr = ""


class _Named(Wire):
    id: RawId
    name: CleanStr = ""
    raw_name: Annotated[str, Field(alias="name"), BeforeValidator(_raw_text)] = ""
    """The name as the service spells it, to compare and never to show: it may hold invisible characters."""


class Workspace(_Named):
    """A workspace of the tenant (service.md §3.1)."""


class Model(_Named):
    """A model; ``active_state`` is an open set: UNLOCKED, PRODUCTION, LOCKED, ARCHIVED and others.

    Source: service.md §3.1.
    """

    active_state: CleanStr = ""
    workspace_id: Annotated[MaybeId, Field(alias="currentWorkspaceId")] = None
    workspace_name: Annotated[CleanStr, Field(alias="currentWorkspaceName")] = ""


class Target(_Named):
    """A process, import, export or other action in its list; fields of other kinds are ``None``.

    Source: service.md §3.1.
    """

    import_type: MaybeText = None
    data_source_id: Annotated[MaybeId, Field(alias="importDataSourceId")] = None
    """Of an import: the id of the file it reads (113…), or of another source (service.md §8.2)."""
    export_type: MaybeText = None
    export_format: MaybeText = None
    action_type: MaybeText = None


class ProcessAction(Target):
    """One step of a process, in its order of execution (service.md §3.1)."""


class ProcessDetail(Wire):
    """A process and its actions (``processMetadata``, service.md §3.1)."""

    name: CleanStr = ""
    actions: Annotated[tuple[ProcessAction, ...], BeforeValidator(_with_id)] = ()


class _Source(Wire):
    column_separator: Mark = None
    text_delimiter: Quote = None
    text_encoding: MaybeText = None
    header_row: MaybeInt = None
    first_data_row: MaybeInt = None
    header_names: Names = ()


class ImportDetail(_Source):
    """What an import expects of its source (``importMetadata`` of the OpenAPI specification).

    ``type`` is ``FILE`` or ``MODEL``; rows count from 1; the fields of the source are empty if the
    import does not read a file.
    """

    name: CleanStr = ""
    type: MaybeText = None
    data_source_id: Annotated[MaybeId, Field(alias="importDataSourceId")] = None

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "ImportDetail":
        """Read ``importMetadata``, which describes the file in an object of its own."""
        source = _object_or_none(document.get("source")) or {}
        return cls.model_validate({**source, **document})


class FileInfo(_Named):
    """A file of the model: an import's source (113…) or an export's output (116…) (service.md §3.1)."""

    chunk_count: MaybeInt = None
    delimiter: Quote = None
    """The text delimiter, usually ``"``."""
    separator: Mark = None
    encoding: MaybeText = None
    format: MaybeText = None
    header_row: MaybeInt = None
    first_data_row: MaybeInt = None
    origin: MaybeText = None


class Detail(Wire):
    """One thing that an action reports. ``type`` is an open set of codes (service.md §5.5).

    Source: service.md §5.2.
    """

    type: CleanStr = ""
    text: Annotated[CleanStr, Field(alias="localMessageText")] = ""
    occurrences: Count = 0
    """0: a single report; above: how many identical problems were folded into it."""
    values: Pairs = ()


class TaskResult(Wire):
    """The result of a task, or the nested result of one action of a process (service.md §5.2)."""

    object_id: IdOrEmpty = ""
    object_name: MaybeText = None
    successful: MaybeBool = None
    failure_dump_available: Flag = False
    details: Annotated[tuple[Detail, ...], BeforeValidator(_details)] = ()
    nested: Annotated[tuple["TaskResult", ...], BeforeValidator(_objects), Field(alias="nestedResults")] = ()
    duration_ms: Annotated[MaybeInt, Field(alias="duration")] = None
    start_time: MaybeMoment = None


class Task(Wire):
    """A task as the service reports it; states are those of service.md §5.3 and whatever comes later.

    Source: service.md §5.2.
    """

    task_id: RawId
    state: Annotated[CleanStr, Field(alias="taskState")] = ""
    current_step: MaybeText = None
    progress: MaybeFloat = None
    """0.0 to 1.0; a failed task may end at 0.0."""
    created_at: Annotated[MaybeMoment, Field(alias="creationTime")] = None
    cancelled_by: MaybeText = None
    created_by: Annotated[
        MaybeText, Field(validation_alias=AliasChoices("taskCreator", "createdBy", "created_by"))
    ] = None
    """Who started it. No source shows that the service says so; if it does, it is passed on."""
    result: Annotated[TaskResult | None, BeforeValidator(_object_or_none)] = None
    raw: Annotated[Mapping[str, Any], Field(repr=False, exclude=True)] = Field(default_factory=dict)
    """The ``task`` object as received: for ``run.json``, never for a screen."""

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Task":
        """Read a ``task`` object, and keep it as ``raw``."""
        return cls.model_validate({**document, "raw": document})


@dataclass(frozen=True, slots=True)
class ListedTask:
    """A task in a list. A list may hold thousands and is read at every poll, so nothing more is kept.

    Source: service.md §5.1.
    """

    task_id: str
    state: str = ""
    created_at: datetime | None = None
    created_by: str | None = None

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "ListedTask":
        """Read one of the ``tasks``. Raises what :meth:`Task.of` raises."""
        task = Task.model_validate(document)
        return cls(task.task_id, task.state, task.created_at, task.created_by)


class Chunk(Wire):
    """One chunk of a dump or file (service.md §7.2). Ids count from 0; the service gives no sizes."""

    id: RawId
    name: CleanStr = ""


class ModelStatus(Wire):
    """Whether a model is at work (``requestStatus``, service.md §8.4)."""

    current_step: CleanStr = ""
    progress: MaybeFloat = None
    """0.0 to 1.0 of the current step; -1.0 when none runs."""
    task_id: MaybeText = None
    """The task that is running; may carry a suffix (``…-11``)."""
    created_at: Annotated[MaybeMoment, Field(alias="creationTime")] = None
    """When this record was made, not when the step began."""

    @property
    def busy(self) -> bool:
        """Whether the model is at work."""
        if self.task_id:
            return True
        if self.progress is not None:
            return self.progress >= 0
        return self._step not in {"", "open", "closed"}

    @property
    def asleep(self) -> bool:
        """Whether the model is closed, closing or loading: a request would wake it or wait."""
        return self._step.startswith(("clos", "load")) and not self.task_id

    @property
    def _step(self) -> str:
        return self.current_step.strip().lower()

    @property
    def closed(self) -> bool:
        """Whether the model is unloaded or about to be; ``progress`` does not tell (service.md §8.4)."""
        return not self.busy and self._step in {"closed", "closing"}
