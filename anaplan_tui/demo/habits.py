"""The tenant's behaviour where sources disagree or are silent; selectable in code or in a scenario file."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic.dataclasses import dataclass

from anaplan_tui.demo.tables import AS_WRITTEN, read


@dataclass(slots=True, config=AS_WRITTEN)
class Habits:
    """One field per choice. The defaults are the best attested. May be changed while the tenant is served."""

    bare_start: bool = False
    """A start is answered with a bare `{taskId}`, as in Postman's samples, not with an envelope.

    Source: service.md §4.
    """
    cancel_answers_204: bool = False
    """A cancel is answered without a body; Java's client expects the task's document (service.md §6)."""
    page_limit: int = 5000
    """Maximum rows per page; the service may shorten pages without saying so (service.md §3.3)."""
    refresh_replaces: bool = False
    """A refresh returns a new token value, as Postman says; seen live, the value stays (service.md §2.3)."""
    nonce: Literal["any", "v1", "v2"] = "any"
    """The nonce that certificate logins may sign: v2 becomes mandatory at a date that sources disagree on.

    Source: service.md §2.2.
    """
    nonce_unit: Literal["seconds", "milliseconds"] = "seconds"
    """The unit of a v2 nonce's time: the official sample has seconds, mcp sends milliseconds.

    Source: service.md §2.2.
    """
    certificate_form: Literal["any", "pem", "der"] = "any"
    """The form of the certificate in the login header: most clients send PEM, audit sends DER.

    Source: service.md §2.2.
    """
    self_signed: bool = True
    """Self-signed certificates are accepted, for tests; the service does not accept them.

    Source: service.md §2.2.
    """
    task_order: Literal["oldest", "newest", "none"] = "oldest"
    """The order of task lists: documents say both ascending and newest first; "none" is arbitrary.

    Source: service.md §5.1.
    """
    tasks_sorted: bool = False
    """Task lists obey `sort`; this is documented but was never seen (service.md §5.1)."""
    loading_step: str = "Loading"
    """`currentStep` of a model that is loading: the values are not published (service.md §8.4)."""

    def set(self, values: Mapping[str, Any]) -> None:
        """Set some habits by name, as a scenario file does. Raises BadTable."""
        wanted = read(Habits, values, "the habits")
        for name in values:
            setattr(self, name, getattr(wanted, name))
