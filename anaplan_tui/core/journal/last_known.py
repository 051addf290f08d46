"""The last known lists of models, processes and other items: shown before the service answers.

They are kept per profile and service, because names differ between services. They are hints only: callers
compare them with the service, and look names up again when they are gone there.

All methods block for milliseconds: call them through ``asyncio.to_thread``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from anaplan_tui.api.refs import Kind, ModelRef, TargetRef
from anaplan_tui.core.catalog import CatalogItem, Context, ModelItem, WorkspaceItem
from anaplan_tui.core.clock import now
from anaplan_tui.core.journal.journal import Journal
from anaplan_tui.core.journal.records import service_key

_CELLS = 6
"""Most cells in a stored row."""


@dataclass(frozen=True, slots=True)
class KnownList:
    """The items of one kind in a model, in the service's order, and when it listed them."""

    items: tuple[CatalogItem, ...]
    at: datetime


class LastKnown:
    """The models and lists that ``profile`` last saw on the service at ``api_url``."""

    def __init__(self, journal: Journal, profile: str, api_url: str) -> None:
        self._journal, self._profile = journal, profile
        self._service = service_key(api_url)

    # -- the model -----------------------------------------------------------------------------------

    def context(self, workspace: str | None, model: str | None) -> Context | None:
        """The model that these names or ids last stood for; ``None`` if they were never looked up."""
        return _context(self._choice(_asked(workspace, model)))

    def keep_context(self, workspace: str | None, model: str | None, context: Context) -> None:
        """Remember which model these names or ids stand for, and the names of that model."""
        kept = _of_context(context)
        self._remember(_asked(workspace, model), kept)
        self._remember(_named(context.model.ref), kept)

    def forget_context(self, workspace: str | None, model: str | None) -> None:
        """Forget a model that is gone."""
        self._remember(_asked(workspace, model), None)

    def model(self, ref: ModelRef) -> Context | None:
        """The model with these ids, with its names."""
        return _context(self._choice(_named(ref)))

    # -- its lists -----------------------------------------------------------------------------------

    def list(self, model: ModelRef, kind: Kind) -> KnownList | None:
        """The list as last read; ``None`` if it was never read or the stored value is not a list."""
        kept = self._choice(_listed(model, kind))
        try:
            at = datetime.fromisoformat(kept["at"])
            items = tuple(_item(model, kind, row) for row in kept["items"])
        except (TypeError, KeyError, ValueError, IndexError, AttributeError):
            return None  # never stored, or not by us
        return KnownList(items, at) if at.tzinfo is not None else None

    def keep_list(self, model: ModelRef, kind: Kind, items: Sequence[CatalogItem]) -> None:
        """Remember a list that was just read."""
        rows = [_row(item) for item in items]
        self._remember(_listed(model, kind), {"at": now().isoformat(timespec="seconds"), "items": rows})

    def item(self, target: TargetRef) -> CatalogItem | None:
        """The item with this reference, if its list was ever read."""
        known = self.list(target.model, target.kind)
        return next((item for item in known.items if item.ref == target), None) if known else None

    def _choice(self, key: str) -> Any:
        return self._journal.choice(self._profile, self._here(key))

    def _remember(self, key: str, value: Any) -> None:
        self._journal.remember(self._profile, self._here(key), value)

    def _here(self, key: str) -> str:
        return f"{key} at {self._service}"


def _asked(workspace: str | None, model: str | None) -> str:
    return f"model asked for as {workspace or ''!r} / {model or ''!r}"


def _named(ref: ModelRef) -> str:
    return f"names of {ref.workspace_id}/{ref.model_id}"


def _listed(model: ModelRef, kind: Kind) -> str:
    return f"{kind.plural} of {model.workspace_id}/{model.model_id}"


def _of_context(context: Context) -> dict[str, Any]:
    model = context.model
    return {
        "workspace": [context.workspace.id, context.workspace.name],
        "model": [model.id, model.name, model.workspace_name, model.state, model.obstacle, model.raw_name],
    }


def _context(kept: Any) -> Context | None:
    try:
        workspace_id, workspace_name = _texts(kept["workspace"], 2)
        model_id, name, home, state, obstacle, raw_name = _texts(kept["model"], 6)
    except (TypeError, KeyError, ValueError):
        return None
    model = ModelItem(ModelRef(workspace_id, model_id), name, home, state, obstacle, raw_name)
    return Context(WorkspaceItem(workspace_id, workspace_name), model)


def _texts(row: Any, count: int) -> list[str]:
    if not isinstance(row, list) or len(row) != count or not all(isinstance(cell, str) for cell in row):
        raise ValueError("not a row of ours")
    return row


def _row(item: CatalogItem) -> list[str | None]:
    """The cells that a list line needs, without trailing empty ones: half a megabyte for 5,000 items."""
    raw_name = "" if item.raw_name == item.name else item.raw_name
    row = [item.id, item.name, item.detail, item.data_source_id, item.export_format, raw_name]
    while not row[-1]:
        del row[-1]
    return row


def _item(model: ModelRef, kind: Kind, row: Any) -> CatalogItem:
    if not isinstance(row, list) or not all(cell is None or isinstance(cell, str) for cell in row):
        raise ValueError("not a row of ours")
    if not 2 <= len(row) <= _CELLS or not row[0] or not row[1]:
        raise ValueError("not a row of ours")
    cells: list[str | None] = [*row, *[None] * (_CELLS - len(row))]
    return CatalogItem(
        ref=TargetRef(model, kind, row[0]),
        name=row[1],
        detail=cells[2] or "",
        data_source_id=cells[3],
        export_format=cells[4],
        raw_name=cells[5] or row[1],
    )
