"""How this tenant behaves where sources disagree or are silent: each can be chosen, in code or a scenario."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic.dataclasses import dataclass

from anaplan_tui.demo.tables import AS_WRITTEN, read


@dataclass(slots=True, config=AS_WRITTEN)
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
        """Take over some habits by name, as a scenario file has them. Raises BadTable."""
        wanted = read(Habits, values, "the habits")
        for name in values:
            setattr(self, name, getattr(wanted, name))
