"""What is to be fetched, in the journal while it is not whole: written in order, in a thread of its own."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from anaplan_tui.core.journal.journal import Journal, Wanted

log = logging.getLogger(__name__)


class WishList:
    """The wishes behind the downloads of one session, by the downloads' ids.

    Each write is begun at once, not when the event loop next has time for it, and only one is made at a time:
    a wish is never taken back before it was written down.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._wishes: dict[str, Wanted] = {}
        self._pen = ThreadPoolExecutor(1, thread_name_prefix="wishes")

    def of(self, download_id: str) -> Wanted | None:
        """The wish behind a download; ``None`` for one that is nobody's."""
        return self._wishes.get(download_id)

    @property
    def all(self) -> tuple[Wanted, ...]:
        """The wishes behind all downloads that are known."""
        return tuple(self._wishes.values())

    def keep(self, known: Callable[[str], bool]) -> None:
        """Let go of the wishes behind downloads that are not ``known`` any more."""
        self._wishes = {download: wish for download, wish in self._wishes.items() if known(download)}

    def add(self, wishes: Mapping[str, Wanted]) -> None:
        """Downloads are queued, or go on, or stand still."""
        self._wishes.update(wishes)
        self._write(partial(self._journal.want, tuple(wishes.values())))

    def pause(self, download_id: str, *, paused: bool) -> None:
        """A download was stopped for now, or goes on."""
        wish = self._wishes.get(download_id)
        if wish is not None:
            self.add({download_id: replace(wish, paused=paused)})

    def end(self, download_id: str) -> None:
        """A download is done, or never will be."""
        wish = self._wishes.get(download_id)
        if wish is not None:
            self.forget(wish)

    def forget(self, wish: Wanted) -> None:
        """Nothing is to be fetched for a wish any more."""
        self._write(partial(self._journal.unwant, wish))

    async def written(self) -> None:
        """Wait until all of it is in the journal."""
        await asyncio.wrap_future(self._pen.submit(lambda: None))

    async def aclose(self) -> None:
        """What was added is written down before this returns."""
        await self.written()
        self._pen.shutdown()

    def _write(self, work: Callable[[], None]) -> None:
        self._pen.submit(work).add_done_callback(_tell_failure)


def _tell_failure(write: Future[None]) -> None:
    error = write.exception()
    if error is not None:
        log.error("a wanted download was not written down", exc_info=error)
