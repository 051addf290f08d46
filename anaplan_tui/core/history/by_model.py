"""The histories of the models that one desk looks at, one of which it keeps up to date."""

import asyncio

from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.config.settings import History as HistorySettings
from anaplan_tui.config.settings import Profile
from anaplan_tui.core.catalog import ModelItem
from anaplan_tui.core.finding.finder import Finder
from anaplan_tui.core.history.budget import Budget
from anaplan_tui.core.history.history import History
from anaplan_tui.core.journal.journal import Journal


class Histories:
    """What everybody runs, model by model; all models share one budget of requests."""

    def __init__(
        self,
        client: AnaplanClient,
        finder: Finder,
        journal: Journal,
        settings: HistorySettings,
        profile: Profile,
    ) -> None:
        self._client = client
        self._finder = finder
        self._journal = journal
        self._settings = settings
        self._profile = profile
        self._known: dict[str, History] = {}
        self._keeping: asyncio.Task[None] | None = None
        self.who = "app"
        """What this process is to others on the same journal: ``app``, ``guard`` or ``command``."""
        self.budget = Budget(settings.requests_per_minute)
        """The requests for all models; whoever wants another budget sets it before the first :meth:`of`."""

    def of(self, model: ModelItem) -> History:
        """What everybody runs in a model."""
        if model.id not in self._known:
            self._known[model.id] = History(
                self._client,
                self._finder,
                self._journal,
                self._settings,
                model,
                profile=self._profile.name,
                host=self._profile.api_url,
                who=self.who,
                budget=self.budget,
            )
        return self._known[model.id]

    def keep(self, model: ModelItem) -> None:
        """Keep this model's history up to date from now on, and no other's; a second call changes nothing."""
        if self._keeping is not None and not self._keeping.done():
            if self._keeping.get_name() == model.id:
                return
            self._keeping.cancel()
        self._keeping = asyncio.create_task(self.of(model).keep(), name=model.id)

    async def aclose(self) -> None:
        """Stop keeping any history up to date."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
