"""The list commands: they differ only in what they list."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from anaplan_tui.commands.saying import say
from anaplan_tui.commands.session import Options, in_session
from anaplan_tui.commands.shared import as_json
from anaplan_tui.trouble import Exit

if TYPE_CHECKING:
    from anaplan_tui.core.catalog import CatalogItem
    from anaplan_tui.core.desk import Desk


def _listing(
    name: str, noun: str, fetch: "Callable[[Desk], Awaitable[Sequence[Any]]]", document: str
) -> click.Command:
    """One of the list commands."""

    @click.command(name, help=f"List the {noun}.")
    @as_json
    @click.pass_obj
    def command(options: Options, json_: bool) -> int:
        from anaplan_tui.commands.printing import json_document, table
        from anaplan_tui.core import report

        items = in_session(options, fetch, model=name not in ("workspaces", "models"))
        documents = [getattr(report, document)(item) for item in items]
        if json_:
            json_document(report.listing(documents))
        elif documents:
            last = "state" if name == "models" else "type"
            with_last = last in documents[0]
            headers = ("ID", "NAME", last.upper()) if with_last else ("ID", "NAME")
            rows = [(d["id"], d["name"], *([_state(d, last)] if with_last else [])) for d in documents]
            table(headers, rows)
        else:
            say(f"There are no {noun} here.", err=True)
        return Exit.COMPLETED

    return command


def _state(document: dict[str, Any], key: str) -> str:
    return " – ".join(part for part in (document.get(key), document.get("obstacle")) if part)


def _catalog(kind: str) -> "Callable[[Desk], Awaitable[Sequence[CatalogItem]]]":
    async def fetch(desk: "Desk") -> "Sequence[CatalogItem]":
        from anaplan_tui.api.refs import Kind

        return await desk.catalog(Kind(kind))

    return fetch


async def _models(desk: "Desk") -> Sequence[Any]:
    from anaplan_tui.core.catalog import find

    wanted = desk.profile.workspace
    home = find("workspace", wanted, await desk.workspaces()).id if wanted else None
    return await desk.models(home)


COMMANDS = (
    _listing("processes", "model's processes", _catalog("process"), "target_document"),
    _listing("imports", "model's imports", _catalog("import"), "target_document"),
    _listing("exports", "model's exports", _catalog("export"), "target_document"),
    _listing("actions", "model's other actions", _catalog("action"), "target_document"),
    _listing("workspaces", "workspaces", lambda desk: desk.workspaces(), "workspace_document"),
    _listing("models", "models", lambda desk: _models(desk), "model_document"),
)
