"""How this tenant behaves where sources disagree or are silent: each can be chosen, in code or a scenario."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints


class BadHabit(ValueError):
    """A habit that does not exist or cannot have that value; the text says what is allowed."""


@dataclass(slots=True)
class Habits:
    """Defaults are what is best attested. May be changed while the tenant is served."""

    bare_start: bool = False
    """A start is answered by `{taskId}` alone, as Postman's samples have it, not in an envelope.

    Source: service.md §4.
    """
    cancel_answers_204: bool = False
    """A cancel has no body; a client that declares the task's document stands against it (service.md §6)."""
    page_limit: int = 5000
    """Rows in a page at most; the service may shorten pages without saying so (service.md §3.3)."""
    refresh_replaces: bool = False
    """A refresh makes a new token value, as Postman says; seen live, the value stays (service.md §2.3)."""
    nonce: Literal["any", "v1", "v2"] = "any"
    """What certificate logins may sign: v2 is to be enforced, at a date that sources disagree on.

    Source: service.md §2.2.
    """
    nonce_unit: Literal["seconds", "milliseconds"] = "seconds"
    """Of the time in a v2 nonce: the official sample has seconds, mcp sends milliseconds.

    Source: service.md §2.2.
    """
    certificate_form: Literal["any", "pem", "der"] = "any"
    """What the header of a certificate login holds: most clients send PEM, audit sends base64 of DER.

    Source: service.md §2.2.
    """
    self_signed: bool = True
    """Self-signed certificates are taken, for tests; the service does not let them be registered.

    Source: service.md §2.2.
    """
    task_order: Literal["oldest", "newest", "none"] = "oldest"
    """Of task lists: documents say ascending and newest first; "none" is an order of no kind.

    Source: service.md §5.1.
    """
    tasks_sorted: bool = False
    """Task lists follow `sort`; that they do is documented and was never seen (service.md §5.1)."""
    loading_step: str = "Loading"
    """`currentStep` of a model that is loading: the values are not published (service.md §8.4)."""

    def set(self, values: Mapping[str, Any]) -> None:
        """Take over some habits by name, as a scenario file has them. Raises BadHabit."""
        if not isinstance(values, Mapping):
            raise BadHabit(f"habits must be a table, not {values!r}")
        kinds = get_type_hints(Habits)
        for name, value in values.items():
            if name not in kinds:
                raise BadHabit(f"unknown habit {name!r}; there are {', '.join(f.name for f in fields(self))}")
            kind = kinds[name]
            allowed = get_args(kind) if get_origin(kind) is Literal else ()
            if (allowed and value not in allowed) or (not allowed and type(value) is not kind):
                raise BadHabit(f"{name} must be {' or '.join(allowed) or kind.__name__}, not {value!r}")
            setattr(self, name, value)
