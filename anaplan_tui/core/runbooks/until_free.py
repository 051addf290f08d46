"""Wait until nothing runs in a model: the way the queue of runs waits."""

import asyncio
from collections.abc import Callable

from anaplan_tui.api.refs import ModelRef
from anaplan_tui.core.finding import Finder
from anaplan_tui.core.runs.polling import Pace
from anaplan_tui.core.runs.starting import NO_CONTACT
from anaplan_tui.core.text import seconds


class UntilFree:
    """Looks at the model's status until it is known to be idle; an outage is ridden out."""

    def __init__(self, finder: Finder, pace: Pace, patience_s: float | None) -> None:
        """``patience_s``: give up after this long without contact; ``None`` never does."""
        self._finder, self._pace, self._patience_s = finder, pace, patience_s

    async def __call__(self, model: ModelRef, tell: Callable[[str], None]) -> None:
        """Returns as soon as the model is idle; ``tell`` gets a clause about what it waits for.

        Raises:
            AnaplanError: the service refuses, or there was no contact for too long.
        """
        clock = asyncio.get_running_loop().time
        failures, silent_since = 0, clock()
        while True:
            try:
                busy_with = await self._finder.busy_with(model)
            except NO_CONTACT as error:
                failures += 1
                if self._patience_s is not None and clock() - silent_since > self._patience_s:
                    raise
                pause = self._pace.after_failure(failures, error.retry_after_s)
                tell(f"no contact ({error.said}), next try in {seconds(pause)}")
            else:
                if not busy_with:
                    return
                failures, silent_since = 0, clock()
                pause = self._pace.interval * 2
                tell(f"the model is busy: {busy_with}")
            await asyncio.sleep(pause)
