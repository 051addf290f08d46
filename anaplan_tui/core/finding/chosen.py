"""The model that is worked in: how it is chosen, and what of it is remembered for the next time."""

import asyncio

from anaplan_tui.api.refs import Kind, ModelRef
from anaplan_tui.config.settings import Profile
from anaplan_tui.core.catalog import CatalogItem, Context, ModelItem
from anaplan_tui.core.finding.finder import Finder
from anaplan_tui.core.journal.journal import Journal
from anaplan_tui.core.journal.last_known import LastKnown
from anaplan_tui.trouble import Exit, Trouble


class NoModel(Trouble):
    """Something is asked of the model that is worked in, and none is chosen."""

    exit_code = Exit.NOT_FOUND

    def __init__(self) -> None:
        super().__init__("No model is chosen.")


class ChosenModel:
    """Which model a profile works in; ``context`` is ``None`` before one is chosen."""

    def __init__(self, profile: Profile, finder: Finder, journal: Journal, last_known: LastKnown) -> None:
        self._profile = profile
        self._finder = finder
        self._journal = journal
        self._last_known = last_known
        self.context: Context | None = None

    @property
    def model(self) -> ModelItem:
        """The model; :class:`NoModel` when none is chosen."""
        if self.context is None:
            raise NoModel
        return self.context.model

    def name_of(self, model: ModelRef) -> str:
        """What this model is called, if it is the chosen one; otherwise empty."""
        here = self.context
        return here.model.name if here is not None and here.model.ref == model else ""

    async def choose(self, workspace: str | None = None, model: str | None = None) -> Context:
        """Work with a model: the named one, else the profile's, else the only one.

        Raises:
            NoMatch, NoChoice, AnaplanError: see :meth:`Finder.choose`.
        """
        if workspace is None and model is None:
            workspace, model = self._profile.workspace, self._profile.model
        self.context = await self._finder.choose(workspace, model)
        return self.context

    async def choose_by_ids(self) -> bool:
        """Work with the model that the profile names by two ids, without asking the service for anything.

        ``False`` where it does not. Whether the model is there is known by the first answer:
        see :meth:`Desk.tell_what_is_missing`.
        """
        found = await self._finder.context_by_ids(self._profile.workspace, self._profile.model)
        self.context = found or self.context
        return found is not None

    # -- for the app only: a command must not depend on where somebody was before ---------------------

    async def recall(self) -> bool:
        """Work with the model of the last time, before anything is sent; ``False`` when none is remembered.

        :meth:`check` follows once there is contact.
        """
        self.context = await self._finder.known_context(*await self._wanted_again())
        return self.context is not None

    async def check(self) -> bool:
        """Look whether the model that was taken for known is there; choose again when it is not.

        Returns whether another model is worked in now.

        Raises:
            NoMatch, NoChoice, AnaplanError: see :meth:`Finder.choose`; no model is chosen then.
        """
        taken = self.context
        if taken is None:
            await self.choose_again()
            return True
        if await self._finder.still_there(taken):
            self.context = self._finder.context_of(taken.model.ref) or taken
            return False
        wanted = await self._wanted_again()
        await asyncio.to_thread(self._last_known.forget_context, *wanted)
        self.context = None
        await self.choose_again()
        return True

    async def choose_again(self) -> Context:
        """Work with the profile's model, else with the one that :meth:`remember` kept last.

        Raises:
            NoMatch, NoChoice, AnaplanError: see :meth:`Finder.choose`.
        """
        self.context = await self._finder.choose(*await self._wanted_again())
        return self.context

    async def remember(self) -> None:
        """Keep the model that is worked with for the next start of the app."""
        await asyncio.to_thread(self._journal.remember, self._profile.name, self._choice_key, self.model.id)
        if self.context is not None:
            wanted = await self._wanted_again()
            if wanted[1] in (self.context.model.id, self.context.model.name):
                await asyncio.to_thread(self._last_known.keep_context, *wanted, self.context)

    async def remember_opened(self, item: CatalogItem) -> None:
        """Keep what was opened last of its kind in this model."""
        key = self._opened_key(item.ref.kind)
        await asyncio.to_thread(self._journal.remember, self._profile.name, key, item.id)

    async def last_opened(self, kind: Kind) -> str | None:
        """The id of what :meth:`remember_opened` kept last."""
        kept = await asyncio.to_thread(self._journal.choice, self._profile.name, self._opened_key(kind))
        return kept if isinstance(kept, str) else None

    async def _wanted_again(self) -> tuple[str | None, str | None]:
        """The words for workspace and model that the app goes by."""
        if self._profile.model is not None:
            return self._profile.workspace, self._profile.model
        kept = await asyncio.to_thread(self._journal.choice, self._profile.name, self._choice_key)
        return self._profile.workspace, kept if isinstance(kept, str) else None

    def _opened_key(self, kind: Kind) -> str:
        return f"{kind.value} opened in {self.model.id}"

    @property
    def _choice_key(self) -> str:
        return f"model at {self._profile.api_url}"
