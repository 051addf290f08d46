"""The configuration's JSON schema, for editors and for programs that generate configurations."""

import inspect
from typing import Any

from pydantic import BaseModel

from anaplan_tui.config.field_docs import describe_fields, plain
from anaplan_tui.config.settings import (
    Auth,
    Downloads,
    Guard,
    History,
    JournalLimits,
    Polling,
    Profile,
    Runbooks,
    Settings,
)
from anaplan_tui.config.types import REGIONS

_TABLES: tuple[type[BaseModel], ...] = (
    Auth,
    Downloads,
    Guard,
    History,
    JournalLimits,
    Polling,
    Profile,
    Runbooks,
    Settings,
)


def schema() -> dict[str, Any]:
    """JSON schema (draft 2020-12) of what a config file may hold.

    Made from the models that read the file. It requires nothing: whatever the file leaves out may come from
    the environment, and a profile's hosts from its region.
    """
    made = Settings.model_json_schema()
    made["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    made["title"] = "Configuration of anaplan-tui"
    tables: dict[str, Any] = made["$defs"] | {"Settings": made}
    for table in _TABLES:
        described = tables[table.__name__]
        described["description"] = plain(inspect.getdoc(table) or "")
        described.pop("required", None)
        describe_fields(table, described)
    _name_the_regions(tables["Profile"]["properties"]["region"])
    return made


def _name_the_regions(region: dict[str, Any]) -> None:
    for choice in region["anyOf"]:
        if choice.get("type") == "string":
            choice["enum"] = list(REGIONS)
