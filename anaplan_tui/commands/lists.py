"""The list commands: ``processes``, ``imports``, ``exports``, ``actions``, ``workspaces``, ``models``."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from anaplan_tui.commands.saying import say
from anaplan_tui.commands.session import Options, SessionTerms, in_session
from anaplan_tui.commands.shared import as_json
from anaplan_tui.trouble import Exit

if TYPE_CHECKING:
    from anaplan_tui.core.desk import Desk
    from anaplan_tui.core.report import Document


@dataclass(frozen=True, slots=True)
class _List:
    """One list command: its name, and how to fetch and show its items."""

    name: str
    noun: str
    fetch: "Callable[[Desk], Awaitable[list[Document]]]"
    third: "tuple[str, Callable[[Document], str]] | None" = None
    """The third column, after ids and names."""
    in_model: bool = True


def _command(listed: _List) -> click.Command:
    @click.command(listed.name, help=f"List the {listed.noun}.")
    @as_json
    @click.pass_obj
    def command(options: Options, json_: bool) -> int:
        from anaplan_tui.commands.printing import json_document, table
        from anaplan_tui.core import report

        documents = in_session(options, listed.fetch, SessionTerms(model=listed.in_model))
        if json_:
            json_document(report.listing(documents))
        elif not documents:
            say(f"There are no {listed.noun} here.", err=True)
        elif listed.third is None:
            table(("ID", "NAME"), [(d["id"], d["name"]) for d in documents])
        else:
            header, words = listed.third
            table(("ID", "NAME", header), [(d["id"], d["name"], words(d)) for d in documents])
        return Exit.COMPLETED

    return command


def _catalog(name: str, noun: str, kind: str) -> _List:
    async def fetch(desk: "Desk") -> "list[Document]":
        from anaplan_tui.api.refs import Kind
        from anaplan_tui.core import report

        return [report.target_document(item) for item in await desk.catalog(Kind(kind))]

    return _List(name, noun, fetch, ("TYPE", lambda document: document["type"] or ""))


async def _workspaces(desk: "Desk") -> "list[Document]":
    from anaplan_tui.core import report

    return [report.workspace_document(item) for item in await desk.finder.workspaces()]


async def _models(desk: "Desk") -> "list[Document]":
    from anaplan_tui.core import report
    from anaplan_tui.core.finding.matching import find

    wanted = desk.profile.workspace
    home = find("workspace", wanted, await desk.finder.workspaces()).id if wanted else None
    return [report.model_document(item) for item in await desk.finder.models(home)]


def _state(model: "Document") -> str:
    return " – ".join(part for part in (model["state"], model["obstacle"]) if part)


COMMANDS = tuple(
    map(
        _command,
        (
            _catalog("processes", "model's processes", "process"),
            _catalog("imports", "model's imports", "import"),
            _catalog("exports", "model's exports", "export"),
            _catalog("actions", "model's other actions", "action"),
            _List("workspaces", "workspaces", _workspaces, in_model=False),
            _List("models", "models", _models, ("STATE", _state), in_model=False),
        ),
    )
)
