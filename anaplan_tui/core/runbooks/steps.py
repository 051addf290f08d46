"""What a runbook says: its steps, and what holds for all of them."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag

from anaplan_tui.api.refs import Kind
from anaplan_tui.config.types import Locale, as_tuple
from anaplan_tui.core.runbooks import placeholders

OnFailure = Literal["stop", "continue"]


def _one_line(text: str) -> str:
    if any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 or 0xD800 <= ord(c) <= 0xDFFF for c in text):
        raise ValueError("must be one line without control characters")
    return text


Text = Annotated[
    str,
    Field(min_length=1, max_length=1000, json_schema_extra={"pattern": r"^[^\u0000-\u001f\u007f-\u009f]*$"}),
    AfterValidator(_one_line),
]
"""One line. Blanks at its ends count: they can be part of a name."""
Template = Annotated[
    Text, Field(json_schema_extra={"pattern": placeholders.PATTERN}), AfterValidator(placeholders.checked)
]
"""A line in which placeholders are filled in when the runbook is played."""


def _alternative(value: Any) -> str:
    return "<table>" if isinstance(value, dict) else "<item>"


Items = Mapping[Text, Template]
"""Dimension to item."""
ItemsByImport = Mapping[
    Text,
    Annotated[
        Annotated[Template, Tag("<item>")] | Annotated[Items, Tag("<table>")], Discriminator(_alternative)
    ],
]
"""Dimension to item, or the name of an import inside of the process to a table of its own."""


class _Table(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        hide_input_in_errors=True,
        validate_by_name=True,
        defer_build=True,  # most starts of the app play no runbook
    )


class _Step(_Table):
    does: ClassVar[str]
    """The key that says what the step does."""

    name: Text | None = None
    """What --from and --only may call the step, beside its number."""
    workspace: Template | None = None
    """Name or id; default: the runbook's, else the profile's."""
    model: Template | None = None
    """Name or id; default: the runbook's, else the profile's."""
    on_failure: OnFailure | None = None
    """Whether the play goes on when this step failed; default: the runbook's."""

    @property
    def target(self) -> str:
        """What the step is about: the name or id of a file, import, export, action or process."""
        target: str = getattr(self, _field_of(type(self), self.does))
        return target


class Upload(_Step):
    """Send a local file to a server file."""

    does: ClassVar[str] = "upload"

    upload: Template
    """Name or id of the server file."""
    source: Template = Field(alias="from")
    """The local file; relative to the runbook."""


class _Run(_Step):
    kind: ClassVar[Kind]

    accept: Literal["completed", "warnings"] = "warnings"
    """The worst verdict that counts as done."""
    locale: Locale | None = None
    """The locale that the start sends; default: the runbook's, else the profile's."""


class _WithDumps(_Run):
    dumps: Template | None = None
    """The folder for failure dumps; relative to the runbook; default: the configured one."""


class RunProcess(_WithDumps):
    """Run a process."""

    does: ClassVar[str] = "run"
    kind: ClassVar[Kind] = Kind.PROCESS

    run: Template
    """Name or id of the process."""
    parameters: ItemsByImport = Field(default_factory=dict)
    """The items of prompted dimensions, for all imports of the process or for one by its name."""


class RunImport(_WithDumps):
    """Run an import."""

    does: ClassVar[str] = "import"
    kind: ClassVar[Kind] = Kind.IMPORT

    import_: Template = Field(alias="import")
    """Name or id of the import."""
    parameters: Items = Field(default_factory=dict)
    """The items of prompted dimensions."""


class RunAction(_WithDumps):
    """Run one of the other actions, such as a deletion or a copy."""

    does: ClassVar[str] = "action"
    kind: ClassVar[Kind] = Kind.ACTION

    action: Template
    """Name or id of the action."""
    parameters: Items = Field(default_factory=dict)
    """The items of prompted dimensions."""


class _ToFile(_Table):
    overwrite: bool = False
    """Let the new file take the place of one that is there; otherwise it is published beside it."""


class RunExport(_Run, _ToFile):
    """Run an export, and fetch its file."""

    does: ClassVar[str] = "export"
    kind: ClassVar[Kind] = Kind.EXPORT

    export: Template
    """Name or id of the export."""
    parameters: Items = Field(default_factory=dict)
    """The items of prompted dimensions."""
    to: Template | None = None
    """Where its file goes; relative to the runbook; default: the file is not fetched."""


class Download(_Step, _ToFile):
    """Fetch a server file as it is now, such as the output of an export inside a process; runs nothing."""

    does: ClassVar[str] = "download"

    download: Template
    """Name or id of the server file, or of the export that wrote it."""
    to: Template
    """Where it goes; relative to the runbook."""


class Wait(_Step):
    """Wait until the model is free."""

    does: ClassVar[str] = "wait"

    wait: Literal["idle"]


KINDS: tuple[type[_Step], ...] = (Upload, RunProcess, RunImport, RunExport, RunAction, Download, Wait)
BY_KEY: Mapping[str, type[_Step]] = {kind.does: kind for kind in KINDS}
"""The kinds of steps by the key that says what they do."""


def _tag(value: Any) -> str | None:
    if isinstance(value, _Step):
        return f"<{value.does}>"
    if not isinstance(value, dict):
        return None
    return next((f"<{key}>" for key in value if key in BY_KEY), None)


Step = Annotated[
    Annotated[Upload, Tag("<upload>")]
    | Annotated[RunProcess, Tag("<run>")]
    | Annotated[RunImport, Tag("<import>")]
    | Annotated[RunExport, Tag("<export>")]
    | Annotated[RunAction, Tag("<action>")]
    | Annotated[Download, Tag("<download>")]
    | Annotated[Wait, Tag("<wait>")],
    Discriminator(_tag),
]


class Runbook(_Table):
    """A whole runbook: its steps are played one after another."""

    name: Text | None = None
    """What a play is called; default: the file's name."""
    on_failure: OnFailure = "stop"
    """Whether the play goes on when a step failed; a step can say otherwise."""
    workspace: Template | None = None
    """Name or id, for all steps; default: the profile's."""
    model: Template | None = None
    """Name or id, for all steps; default: the profile's."""
    locale: Locale | None = None
    """The locale that starts send; default: the profile's."""
    step: Annotated[tuple[Step, ...], BeforeValidator(as_tuple)] = Field(min_length=1)
    """The steps, in the order of their play."""


def key_of(model: type[BaseModel], field: str) -> str:
    """How a field is written in the file."""
    return model.model_fields[field].alias or field


def _field_of(model: type[BaseModel], key: str) -> str:
    return next(field for field in model.model_fields if key_of(model, field) == key)


def keys_of(model: type[BaseModel]) -> list[str]:
    """The keys that a table of the file may have: first what says what it does, last the common ones."""
    keys = [key_of(model, field) for field in model.model_fields]
    return sorted(keys, key=lambda key: (key not in BY_KEY, key in _COMMON))


_COMMON = frozenset(key_of(_Step, field) for field in _Step.model_fields)


def templates(table: BaseModel) -> Iterator[tuple[str, str]]:
    """Key and text of everything in a table that is a text; those of the steps are left out."""
    for field, value in table:
        if isinstance(value, str):
            yield key_of(type(table), field), value
        elif isinstance(value, Mapping):
            yield from _of_mapping(key_of(type(table), field), value)


def _of_mapping(key: str, mapping: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for inner, value in mapping.items():
        if isinstance(value, Mapping):
            yield from _of_mapping(f"{key}.{inner}", value)
        else:
            yield f"{key}.{inner}", value
