"""The keys of the configuration, from its model and from a file."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel

MINIMAL = '[profiles.prod.auth]\nusername = "ops"\n'
"""The smallest valid configuration."""
SECRET = "hunter2-Zq9"
"""A value that no message may show."""


def keys(table: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Yield dotted keys, with ``*`` for the name of a profile."""
    for key, value in table.items():
        dotted = f"{prefix}{'*' if prefix == 'profiles.' else key}"
        if isinstance(value, dict) and dotted != "keys":  # whose own keys are the operator's choice
            yield from keys(value, f"{dotted}.")
        else:
            yield dotted


def fields(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        inner: Any = field.annotation
        dotted = f"{prefix}{name}"
        if get_origin(inner) is dict and dotted != "keys":
            dotted, inner = f"{dotted}.*", get_args(inner)[1]
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from fields(inner, f"{dotted}.")
        else:
            yield dotted
