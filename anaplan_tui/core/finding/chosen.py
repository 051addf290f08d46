"""The chosen model: how it is chosen, checked, and remembered for the next start."""

import asyncio

from anaplan_tui.api.refs import Kind, ModelRef
from anaplan_tui.config.settings import Profile
from anaplan_tui.core.catalog import CatalogItem, Context, ModelItem
from anaplan_tui.core.finding.finder import Finder
from anaplan_tui.core.journal.journal import Journal
from anaplan_tui.core.journal.last_known import LastKnown
from anaplan_tui.trouble import Exit, Trouble


class NoModel(Trouble):
    """An operation needs the chosen model, but none is chosen."""

    exit_code = Exit.NOT_FOUND

    def __init__(self) -> None:
        super().__init__("No model is chosen.")


class ChosenModel:
    """The model that a profile works in; ``context`` is ``None`` until one is chosen."""

    def __init__(self, profile: Profile, finder: Finder, journal: Journal, last_known: LastKnown) -> None:
        self._profile = profile
        self._finder = finder
        self._journal = journal
        self._last_known = last_known
        self.context: Context | None = None

    @property
    def model(self) -> ModelItem:
        """The chosen model. Raises :class:`NoModel` if there is none."""
        if self.context is None:
            raise NoModel
        return self.context.model

    def name_of(self, model: ModelRef) -> str:
        """The name of ``model`` if it is the chosen one; otherwise empty."""
        here = self.context
        return here.model.name if here is not None and here.model.ref == model else ""

    async def choose(self, workspace: str | None = None, model: str | None = None) -> Context:
        """Choose a model: the named one, else the profile's, else the only usable one.

        Raises:
            NoMatch, NoChoice, AnaplanError: see :meth:`Finder.choose`.
        """
        if workspace is None and model is None:
            workspace, model = self._profile.workspace, self._profile.model
        self.context = await self._finder.choose(workspace, model)
        return self.context

    async def choose_by_ids(self) -> bool:
        """Choose the model that the profile names by two ids, without a request to the service.

        Return ``False`` if the profile does not. Only the first answer shows whether the model exists:
        see :meth:`Desk.tell_what_is_missing`.
        """
        found = await self._finder.context_by_ids(self._profile.workspace, self._profile.model)
        self.context = found or self.context
        return found is not None

    # -- for the app only: a command must not depend on earlier choices -------------------------------

    async def recall(self) -> bool:
        """Choose the remembered model before anything is sent; return ``False`` if there is none.

        :meth:`check` follows once the service answers.
        """
        self.context = await self._finder.known_context(*await self._wanted_again())
        return self.context is not None

    async def check(self) -> bool:
        """Check that the recalled model still exists; choose again if it does not.

        Returns whether a model had to be chosen.

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
        """Choose the profile's model, else the one that :meth:`remember` last kept, else the only usable one.

        Raises:
            NoMatch, NoChoice, AnaplanError: see :meth:`Finder.choose`.
        """
        self.context = await self._finder.choose(*await self._wanted_again())
        return self.context

    async def remember(self) -> None:
        """Remember the chosen model for the next start of the app."""
        await asyncio.to_thread(self._journal.remember, self._profile.name, self._choice_key, self.model.id)
        if self.context is not None:
            wanted = await self._wanted_again()
            if wanted[1] in (self.context.model.id, self.context.model.name):
                await asyncio.to_thread(self._last_known.keep_context, *wanted, self.context)

    async def remember_opened(self, item: CatalogItem) -> None:
        """Remember the item last opened of its kind in this model."""
        key = self._opened_key(item.ref.kind)
        await asyncio.to_thread(self._journal.remember, self._profile.name, key, item.id)

    async def last_opened(self, kind: Kind) -> str | None:
        """The id of the item that :meth:`remember_opened` last kept."""
        kept = await asyncio.to_thread(self._journal.choice, self._profile.name, self._opened_key(kind))
        return kept if isinstance(kept, str) else None

    async def _wanted_again(self) -> tuple[str | None, str | None]:
        """The names or ids of workspace and model that the app looks up at start."""
        if self._profile.model is not None:
            return self._profile.workspace, self._profile.model
        kept = await asyncio.to_thread(self._journal.choice, self._profile.name, self._choice_key)
        return self._profile.workspace, kept if isinstance(kept, str) else None

    def _opened_key(self, kind: Kind) -> str:
        return f"{kind.value} opened in {self.model.id}"

    @property
    def _choice_key(self) -> str:
        return f"model at {self._profile.api_url}"
