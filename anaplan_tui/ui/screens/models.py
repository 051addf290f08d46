"""The list of workspaces and models, to choose the current model; the choice is remembered."""

from typing import ClassVar

from textual import work
from textual.content import Content
from typing_extensions import override

from anaplan_tui.api.errors import AnaplanError
from anaplan_tui.core.catalog import ModelItem
from anaplan_tui.ui import commands as c
from anaplan_tui.ui.commands import Command
from anaplan_tui.ui.place import ListPlace, bold
from anaplan_tui.ui.widgets.keyed_table import Column, KeyedTable
from anaplan_tui.ui.words import GOOD, MUTED, WARN


class ModelsScreen(ListPlace[ModelItem]):
    """Lists every model that the user can see; one that cannot be used says why."""

    NAME = "workspaces and models"
    HERE = (c.CHOOSE, *c.LISTS, c.BACK, *(command for command in c.EVERYWHERE if command is not c.MODELS))
    BINDINGS = c.bindings(HERE)
    CSS_PATH: ClassVar[str] = "catalog.tcss"

    @property
    @override
    def list_command(self) -> Command | None:
        return c.MODELS

    @override
    def make_table(self) -> KeyedTable[ModelItem]:
        return KeyedTable(
            COLUMNS,
            key=lambda model: f"{model.ref.workspace_id}/{model.id}",
            match=lambda model: f"{model.workspace_name} {model.name} {model.state} {model.id}",
            empty="Loading the models …",
        )

    @override
    def place_name(self) -> str:
        return "models"

    @override
    def desk_opened(self) -> None:
        self._fetch(refresh=False)

    @work(group="models", exclusive=True)
    async def _fetch(self, *, refresh: bool) -> None:
        try:
            models = await self.desk.finder.models(refresh=refresh)
        except AnaplanError as error:
            self.tui.say(str(error), "error")
            self.table.show(self.table.items, empty=f"✗ {error}\n\nR tries again")
            return
        self.table.show(
            sorted(models, key=lambda m: (m.workspace_name.casefold(), m.name.casefold())),
            empty="This user sees no model.\n\nA workspace administrator can give access.",
        )
        if self.desk.context is not None:
            ref = self.desk.context.model.ref
            self.table.move_to(f"{ref.workspace_id}/{ref.model_id}")
        self.refresh_title()
        self.refresh_keys()

    @override
    def heading(self) -> Content | str:
        return bold("Workspaces and models") + Content(f" {len(self.table.items):,}")

    def why_not_open(self) -> str:
        """Needs a usable model: an archived or locked one answers nothing."""
        model = self.table.current
        if not isinstance(model, ModelItem):
            return self.why_no_line()
        return f"'{model.name}' is {model.obstacle}." if model.obstacle else ""

    def do_open(self) -> None:
        """Work in the highlighted model."""
        model = self.table.current
        if isinstance(model, ModelItem):
            self.jobs.model.choose(model)

    @override
    async def do_refresh(self) -> None:
        self._fetch(refresh=True)

    @override
    def copyable(self) -> tuple[tuple[str, str], ...]:
        model = self.table.current
        if not isinstance(model, ModelItem):
            return ()
        return (
            ("model name", model.name),
            ("model id", model.id),
            ("workspace name", model.workspace_name),
            ("workspace id", model.ref.workspace_id),
        )


def _state(model: ModelItem) -> Content:
    if model.obstacle:
        return Content.styled(f"! {model.state}", WARN)
    return Content.styled(model.state, GOOD if model.state == "PRODUCTION" else "")


COLUMNS: tuple[Column[ModelItem], ...] = (
    Column("WORKSPACE", lambda m: m.workspace_name, fitted=True, sort=lambda m: m.workspace_name.casefold()),
    Column("MODEL", lambda m: m.name, fitted=True, sort=lambda m: m.name.casefold()),
    Column("STATE", _state, width=14, sort=lambda m: m.state),
    Column("", lambda m: Content.styled(m.obstacle, MUTED), from_width=100),
)
