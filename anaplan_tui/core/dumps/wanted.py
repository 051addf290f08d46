"""Write wanted downloads to the journal, in order, in a thread of their own."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from anaplan_tui.core.journal.journal import Journal, Wanted

log = logging.getLogger(__name__)


class WishList:
    """The wishes behind the downloads of one session, by download id.

    Each write is handed to the thread at once, without waiting for the event loop, and writes run one at a
    time: a wish is never removed before it was written.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._wishes: dict[str, Wanted] = {}
        self._pen = ThreadPoolExecutor(1, thread_name_prefix="wishes")

    def of(self, download_id: str) -> Wanted | None:
        """The wish behind a download; ``None`` if there is none."""
        return self._wishes.get(download_id)

    @property
    def all(self) -> tuple[Wanted, ...]:
        """The wishes behind all known downloads."""
        return tuple(self._wishes.values())

    def keep(self, known: Callable[[str], bool]) -> None:
        """Drop the wishes of downloads that are no longer ``known``; the journal keeps them."""
        self._wishes = {download: wish for download, wish in self._wishes.items() if known(download)}

    def add(self, wishes: Mapping[str, Wanted]) -> None:
        """Add or update wishes, by download id, and record them."""
        self._wishes.update(wishes)
        self._write(partial(self._journal.want, tuple(wishes.values())))

    def pause(self, download_id: str, *, paused: bool) -> None:
        """Record that a download was paused or resumed."""
        wish = self._wishes.get(download_id)
        if wish is not None:
            self.add({download_id: replace(wish, paused=paused)})

    def end(self, download_id: str) -> None:
        """Remove the wish of a download that is done or never will be."""
        wish = self._wishes.get(download_id)
        if wish is not None:
            self.forget(wish)

    def forget(self, wish: Wanted) -> None:
        """Remove a wish from the journal."""
        self._write(partial(self._journal.unwant, wish))

    async def written(self) -> None:
        """Wait until all writes so far are in the journal."""
        await asyncio.wrap_future(self._pen.submit(lambda: None))

    async def aclose(self) -> None:
        """Finish all writes, then stop the thread."""
        await self.written()
        self._pen.shutdown()

    def _write(self, work: Callable[[], None]) -> None:
        self._pen.submit(work).add_done_callback(_tell_failure)


def _tell_failure(write: Future[None]) -> None:
    error = write.exception()
    if error is not None:
        log.error("a wanted download was not written down", exc_info=error)
