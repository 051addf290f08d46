"""Read a scenario file's tables into dataclasses, refusing unknown keys and wrong types."""

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ConfigDict, ValidationError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")

AS_WRITTEN = ConfigDict(strict=True, extra="forbid")
"""The configuration of such a dataclass: no value is converted, no key is ignored."""


class BadTable(ValueError):
    """An invalid table; the text says what is allowed."""


def read(kind: type[T], table: Mapping[str, Any], what: str) -> T:
    """Read a table into a dataclass; `what` names it in errors, as in "a fault". Raises BadTable."""
    if not isinstance(table, Mapping):
        raise BadTable(f"{what} must be a table, not {table!r}")
    try:
        return kind(**table)
    except ValidationError as error:
        raise BadTable(_said(error, kind, what)) from None


def _said(error: ValidationError, kind: type[T], what: str) -> str:
    first = error.errors(include_url=False)[0]
    raised = first.get("ctx", {}).get("error")
    if isinstance(raised, ValueError):
        return str(raised)
    key = first["loc"][0]
    if first["type"] == "unexpected_keyword_argument":
        known = ", ".join(sorted(field.name for field in fields(kind)))
        return f"unknown key {key!r} of {what}; there are {known}"
    return f"{key} of {what}: {first['msg']}, not {first['input']!r}"
