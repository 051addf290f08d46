"""Open a closed model, and wait until a model is idle or unlocked (service.md §3.1, §8.4, §9.2).

The service unloads an unused model. A start sent to a closed model would wait minutes while it loads, and its
answer would seem lost. So the model is opened first, and its loading is watched.
"""

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.errors import ModelUnavailable, NoAccess, NotFound
from anaplan_tui.api.refs import Kind, ModelRef
from anaplan_tui.config.settings import Profile
from anaplan_tui.core.finding.finder import Finder, obstacle_of
from anaplan_tui.core.runs.polling import PollingPace
from anaplan_tui.core.runs.starting import NO_CONTACT
from anaplan_tui.core.text import seconds
from anaplan_tui.trouble import Exit, Trouble

Say = Callable[[str], None]

_OPEN_S = 60.0
"""How long a model that was seen open is taken for open; the service unloads one after an hour."""
_ASKED_IN_VAIN_S = 600.0
"""How long to wait for a model that stays closed although it was asked to open."""


class StaysClosed(Trouble):
    """The model is closed, and the profile forbids opening it."""

    exit_code = Exit.NOT_FOUND

    def __init__(self, profile: str) -> None:
        super().__init__(
            f'The model is closed, and wake = false in profile "{profile}" keeps it so; nothing was sent. '
            "Open it in Anaplan, or set wake = true."
        )


class StillBusy(Trouble):
    """The model was not free within the time to wait."""

    exit_code = Exit.FAILED

    def __init__(self, waited_s: float, why: str) -> None:
        self.waited_s, self.why = waited_s, why
        super().__init__(f"Not free after {seconds(waited_s)}: {why}.")


class Until(StrEnum):
    """The condition to wait for."""

    IDLE = "idle"
    """Nothing is at work in the model."""
    UNLOCKED = "unlocked"
    """Neither locked, nor archived, nor in maintenance."""
    FREE = "free"
    """Both: a run would start at once."""


@dataclass(frozen=True, slots=True)
class Free:
    """The state of a model that can be used, and how long the wait took."""

    state: str
    """``open``, ``closed``, or empty when only its lock was asked for."""
    waited_s: float


class Readiness:
    """Opens the models of a profile, and waits for them."""

    def __init__(self, profile: Profile, client: AnaplanClient, finder: Finder, pace: PollingPace) -> None:
        self._profile, self._client, self._finder, self._pace = profile, client, finder, pace
        self._opening: dict[ModelRef, asyncio.Task[None]] = {}
        self._seen_open: dict[ModelRef, float] = {}

    async def open(self, model: ModelRef, say: Say, *, by_use: bool = False) -> None:
        """Open a closed model and wait until it is loaded; call ``say`` before any request to open it.

        With ``by_use`` it is not opened here: the caller's next request loads it.

        An unknown state is no obstacle. For an account that may not open models (service.md §8.4), a request
        that needs the model loads it.

        Raises:
            StaysClosed: the profile forbids it.
            AnaplanError: the service refused to open it.
        """
        lately = self._moment() - self._seen_open.get(model, float("-inf")) < _OPEN_S
        if lately or self._profile.read_only:  # which lets nothing run in it
            return
        state = await self._finder.model_state(model)
        if state.loading:
            await self._loaded(model, say)
        elif state.closed:
            if not self._profile.wake:
                raise StaysClosed(self._profile.name)
            if by_use:
                say("The model is closed: looking up its names loads it, which may take minutes")
                return
            say("The model is closed: opening it, which may take minutes")
            asking = self._opening.get(model)
            if asking is None or asking.done():
                asking = self._opening[model] = asyncio.create_task(self._wake(model, say))
            await asyncio.shield(asking)
        if state.known:
            self._seen_open[model] = self._moment()

    async def wait(
        self,
        model: ModelRef,
        until: Until,
        *,
        say: Say,
        for_s: float | None = None,
        patience_s: float | None = None,
    ) -> Free:
        """Poll the model until ``until`` holds; no request changes or loads it.

        Args:
            say: gets a clause about what is in the way.
            for_s: the longest wait; ``None``: no limit.
            patience_s: give up after this many seconds without contact; ``None``: never give up.

        Raises:
            StillBusy: ``for_s`` is over.
            AnaplanError: the state may not be read, or there was no contact when a limit was reached.
        """
        began = still = heard = self._moment()
        why, failures = "", 0
        while True:
            waited = self._moment() - began
            try:
                found, state = await self._look(model, until)
            except NO_CONTACT as error:
                silent_s = self._moment() - heard
                if waited >= _or_ever(for_s) or silent_s >= _or_ever(patience_s):
                    raise
                failures += 1
                found = f"no contact ({error.said})"
                pause = self._pace.after_failure(failures, error.retry_after_s)
            else:
                failures, heard = 0, self._moment()
                if not found:
                    return Free(state, waited)
                pause = 2 * self._pace.next_look(elapsed_s=waited, still_s=self._moment() - still)
            if found != why:
                why, still = found, self._moment()
            say(why)
            left = _or_ever(for_s) - waited
            if left <= 0:
                raise StillBusy(waited, why)
            await asyncio.sleep(min(pause, left))

    async def _look(self, model: ModelRef, until: Until) -> tuple[str, str]:
        if until is not Until.IDLE:
            found = await self._client.model(model.model_id)
            obstacle = obstacle_of(found.active_state or "")
            if obstacle:
                return f"it is {obstacle}", ""
        if until is Until.UNLOCKED:
            return "", ""
        try:
            state = await self._finder.read_state(model)
        except ModelUnavailable as error:
            return error.said.rstrip("."), ""
        if state.busy:
            return state.what, ""
        return "", "closed" if state.closed else "open"

    async def _wake(self, model: ModelRef, say: Say) -> None:
        try:
            await self._client.open_model(model)
        except (NotFound, NoAccess):
            say("The model is closed, and this account may not open it: loading it by reading its lists")
            await self._loaded_by_use(model, say)
        else:
            await self._loaded(model, say)

    async def _loaded_by_use(self, model: ModelRef, say: Say) -> None:
        """Load the model by reading a list, and report the loading meanwhile."""
        watching = asyncio.create_task(self._loaded(model, say))
        try:
            async for _ in self._client.target_pages(model, Kind.PROCESS):
                break
        except NO_CONTACT:
            await watching  # the request times out, but the model still loads (service.md §9.2)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def _loaded(self, model: ModelRef, say: Say) -> None:
        """Watch a model until it is open."""
        began, failures = self._moment(), 0
        while True:
            try:
                state = await self._finder.read_state(model)
            except NO_CONTACT as error:
                failures += 1
                say(f"The model loads; no contact ({error.said})")
                pause = self._pace.after_failure(failures, error.retry_after_s)
            else:
                failures = 0
                if state.task_id or not (state.busy or state.closed):
                    return
                say(f"The model loads: {state.what}" if state.busy else "The model is to be opened")
                pause = self._pace.next_look(elapsed_s=self._moment() - began, still_s=0.0)
                if state.closed and self._moment() - began > _ASKED_IN_VAIN_S:
                    return  # the start says what is wrong
            await asyncio.sleep(pause)

    @staticmethod
    def _moment() -> float:
        return asyncio.get_running_loop().time()


def _or_ever(limit_s: float | None) -> float:
    return math.inf if limit_s is None else limit_s
