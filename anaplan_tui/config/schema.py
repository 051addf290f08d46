"""The configuration's JSON schema, for editors and for whoever generates configurations."""

import ast
import inspect
from typing import Any

from pydantic import BaseModel

from anaplan_tui.config.settings import (
    Auth,
    Downloads,
    History,
    JournalLimits,
    Polling,
    Profile,
    Settings,
)
from anaplan_tui.config.types import REGIONS

_TABLES: tuple[type[BaseModel], ...] = (Auth, Downloads, History, JournalLimits, Polling, Profile, Settings)


def schema() -> dict[str, Any]:
    """JSON schema (draft 2020-12) of what a config file may hold.

    Made from the models that read the file. Nothing is required in it: what the file leaves out may come from
    the environment, and a profile's hosts from its region.
    """
    made = Settings.model_json_schema()
    made["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    made["title"] = "Configuration of anaplan-tui"
    tables: dict[str, Any] = made["$defs"] | {"Settings": made}
    for table in _TABLES:
        described = tables[table.__name__]
        described["description"] = _plain(inspect.getdoc(table) or "")
        described.pop("required", None)
        for name, text in _docs_of_fields(table).items():
            if name in described["properties"]:
                described["properties"][name]["description"] = text
    _name_the_regions(tables["Profile"]["properties"]["region"])
    return made


def _name_the_regions(region: dict[str, Any]) -> None:
    for choice in region["anyOf"]:
        if choice.get("type") == "string":
            choice["enum"] = list(REGIONS)


def _docs_of_fields(table: type[BaseModel]) -> dict[str, str]:
    """The docstring under each field, without loading the models slower for everybody else."""
    (body,) = ast.parse(inspect.getsource(table)).body
    assert isinstance(body, ast.ClassDef)  # noqa: S101  # the source of a class is one
    found: dict[str, str] = {}
    for field, below in zip(body.body, body.body[1:], strict=False):
        if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
            continue
        match below:
            case ast.Expr(value=ast.Constant(value=str(text))):
                found[field.target.id] = _plain(inspect.cleandoc(text))
    return found


def _plain(text: str) -> str:
    return " ".join(text.replace("``", "`").split())
