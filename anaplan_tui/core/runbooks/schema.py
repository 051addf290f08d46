"""A runbook's JSON schema, by which editors complete and check one."""

from typing import Any

from anaplan_tui.config.field_docs import describe_fields
from anaplan_tui.core.runbooks.steps import KINDS, Runbook


def json_schema() -> dict[str, Any]:
    """JSON schema (draft 2020-12), made from the models that read the file."""
    made = Runbook.model_json_schema()
    describe_fields(Runbook, made)
    for kind in KINDS:
        describe_fields(kind, made["$defs"][kind.__name__])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}
