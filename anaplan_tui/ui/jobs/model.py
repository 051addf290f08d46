"""The current model: chooses it, and follows whether it is busy with something else."""

import asyncio
from typing import TYPE_CHECKING

from anaplan_tui.api.errors import AnaplanError
from anaplan_tui.core.catalog import ModelItem
from anaplan_tui.core.finding.finder import NoChoice
from anaplan_tui.core.finding.matching import NoMatch

if TYPE_CHECKING:
    from anaplan_tui.core.desk import Desk
    from anaplan_tui.ui.jobs.alerts import Alerts
    from anaplan_tui.ui.jobs.spawning import Spawner
    from anaplan_tui.ui.shell import Shell


class ModelJobs:
    """Chooses the model for the screens, and polls its state."""

    def __init__(self, app: "Shell", desk: "Desk", spawner: "Spawner", alerts: "Alerts") -> None:
        self._app, self._desk, self._spawner, self._alerts = app, desk, spawner, alerts
        self._is_followed = False
        self._looks = 0

    async def choose_first(self) -> None:
        """Choose the profile's, the remembered or the only model; otherwise show the picker."""
        try:
            await self._desk.chosen.choose_again()
        except NoChoice:
            self._show_models()
        except NoMatch as error:
            self._show_models(str(error))
        except AnaplanError as error:
            self._app.say(str(error), "error")

    def _show_models(self, problem: str = "") -> None:
        async def show() -> None:
            await self._app.go("models")
            if problem:
                self._app.say(problem, "error")

        self._app.navigation.open(show)

    def choose(self, model: ModelItem) -> None:
        """Work in this model from now on."""

        async def chosen() -> None:
            await self._desk.chosen.choose(model.ref.workspace_id or None, model.id)
            await self._desk.chosen.remember()
            self._app.context_chosen()
            self._app.navigation.open(self._app.go_home)

        self._spawner.spawn(chosen, "choose")

    def look(self) -> None:
        """Ask whether the model is busy; if it is, poll it until it is free."""
        if self._desk.context is not None:
            self._spawner.spawn(self._look, "model-state")

    async def _look(self) -> None:
        model = self._desk.chosen.model
        if await self._busy_elsewhere(model) and not self._is_followed:
            self._is_followed = True
            try:
                await self._follow(model)
            finally:
                self._is_followed = False

    async def _follow(self, model: ModelItem) -> None:
        pace, began = self._desk.pace, asyncio.get_running_loop().time()
        while True:
            elapsed = asyncio.get_running_loop().time() - began
            await asyncio.sleep(2 * pace.next_look(elapsed_s=elapsed, still_s=0.0))
            if not await self._busy_elsewhere(model):
                break
        state = self._app.model_state
        if state is not None and state.known and not state.busy and self._desk.chosen.model == model:
            self._app.say(f"{model.name} is free.")
            self._alerts.ring(model.name, "free")

    async def _busy_elsewhere(self, model: ModelItem) -> bool:
        """Ask once, and return whether others keep the model busy; our own runs are watched already."""
        if self._desk.chosen.model != model:
            return False
        self._looks += 1
        this = self._looks
        state = await self._desk.model_state()
        if self._desk.chosen.model != model or this != self._looks:
            return False  # a request begun while the service was out of reach may end after a newer one
        self._app.model_state = state
        self._app.refresh_headers()
        ours = any(run.live and run.target.model == model.ref for run in self._desk.store.runs)
        return state.busy and not ours
