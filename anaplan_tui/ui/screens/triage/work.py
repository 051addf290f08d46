"""The triage engine behind a screen, in a thread of its own, stopped the moment the operator leaves.

The engine blocks, for seconds on a dump of a gigabyte. Its thread answers one question after another, and
makes the answers safe to show. Another thread reads the dump of an earlier run: that may take as long, and no
row or save has to wait for it.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from anaplan_tui.config.paths import UnsafePath, private_dir, state_dir
from anaplan_tui.core.triage import (
    Comparison,
    NotADump,
    Saved,
    SourceForm,
    Summary,
    Triage,
    TriageCancelled,
    TriageError,
    compare,
    read_as_import,
)
from anaplan_tui.ui.screens.triage.values import sheet_page
from anaplan_tui.ui.widgets.sheet_page import SheetPage

T = TypeVar("T")

_Tell = Callable[[int, int], None]


class DumpReader:
    """One opened dump. Every coroutine raises `TriageError`, or `TriageCancelled` when it was stopped.

    Cancelling a coroutine only drops its answer; ``stop`` and ``aclose`` end the work itself.
    """

    def __init__(self, path: Path, encoding: str | None = None) -> None:
        self.path = path
        self.encoding = encoding
        """The encoding that the import reads, as the service names it; ``None`` until it is known."""
        self.leaves_open = False
        """The bytes do not tell the dump's encoding: its import is worth asking."""
        self.progress = (0, 0)
        """Bytes that the load or save under way has been through, and bytes of the dump."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="triage-screen")
        self._earlier_thread = ThreadPoolExecutor(1, thread_name_prefix="triage-earlier")
        self._triage: Triage | None = None
        self._earlier: Triage | None = None
        self._other: Triage | None = None
        """The same dump, while it is read in another encoding."""
        self._turns_pages = False
        self._stops = 0
        """How often `stop` was called: a save requested before the last call is not wanted."""
        self._closed = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the source's own columns, as the dump has them."""
        return self._loaded.shape.source_columns

    @property
    def _loaded(self) -> Triage:
        if self._triage is None:
            raise TriageError("The dump was not read yet", "wait until it is")
        return self._triage

    async def load(self) -> Summary:
        """Read the whole dump; also raises `NotADump`."""
        return await self._in(self._thread, self._load)

    async def follow(self, encoding: str | None) -> Summary | None:
        """Read the dump again if its import's encoding, now known, is another one.

        ``None`` when it reads as before, or cannot be read as the import would.
        """
        if encoding is None or encoding == self.encoding:
            return None
        return await self._in(self._thread, lambda: self._follow(encoding))

    async def compare(self, earlier: Path) -> tuple[Summary, Comparison]:
        """Read an earlier run's dump; return its summary and what changed since. Only `aclose` stops it."""
        summary = self._loaded.summary
        return await self._in(self._earlier_thread, lambda: self._compare(earlier, summary))

    async def rows(self, group: str, first: int, limit: int, needle: str = "") -> SheetPage:
        """Rows of a group from ``first``; with a ``needle``, those that hold it in any cell.

        A newer request for rows stops one that is still at work.
        """
        if self._turns_pages and self._triage is not None:
            self._triage.interrupt()
        return await self._in(self._thread, lambda: self._rows(group, first, limit, needle))

    async def save_rejected(self, path: Path, form: SourceForm | None = None) -> Saved:
        """Write the rejected rows for correction into a new file, as the import expects it."""
        return await self._saving(lambda tell: self._loaded.save_rejected(path, form=form, progress=tell))

    async def save_group(
        self, group: str, path: Path, needle: str = "", form: SourceForm | None = None
    ) -> Saved:
        """Do the same for the filtered rows of a group."""
        return await self._saving(
            lambda tell: self._loaded.save_group(group, path, needle, form=form, progress=tell)
        )

    async def save_rows(self, group: str, path: Path, needle: str = "") -> Saved:
        """Write the filtered rows of a group, as they are in the dump, into a new file."""
        return await self._saving(
            lambda tell: Saved(self._loaded.save_rows(group, path, needle, progress=tell))
        )

    def stop(self) -> None:
        """Stop the load, the page or the save that is under way, and a save that waits for its turn."""
        self._stops += 1
        for triage in (self._triage, self._other):
            if triage is not None:
                triage.interrupt()

    async def aclose(self) -> None:
        """Stop, and release memory, disk and the file."""
        self._closed = True
        self.stop()
        if (earlier := self._earlier) is not None:
            earlier.interrupt()
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        finally:
            self._thread.shutdown(wait=False)

    async def _in(self, thread: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        def checked() -> T:
            self._check_open()
            return work()

        self._check_open()
        return await asyncio.get_running_loop().run_in_executor(thread, checked)

    async def _saving(self, write: Callable[[_Tell], Saved]) -> Saved:
        self.progress = (0, 0)
        stops = self._stops

        def tell(done: int, total: int) -> None:
            # The engine forgets an interrupt that comes before its question begins.
            if self._stops != stops:
                raise TriageCancelled
            self._tell(done, total)

        def in_turn() -> Saved:
            tell(0, 0)
            return write(tell)

        return await self._in(self._thread, in_turn)

    # -- in the threads ----------------------------------------------------------------------------

    def _tell(self, done: int, total: int) -> None:
        self.progress = (done, total)

    def _open(self, path: Path) -> Triage:
        try:
            work_dir = private_dir(state_dir().root / "triage")
            return Triage(path, work_dir=work_dir, encoding=self.encoding)
        except UnsafePath as error:
            raise TriageError(str(error.path), error.advice) from error
        except OSError as error:
            raise TriageError(
                f"There is no place to work in: {error.strerror}", "look at the state directory"
            ) from error

    def _load(self) -> Summary:
        try:
            self._triage = triage = self._open(self.path)
            self._check_open()
            summary = triage.load(self._tell)
        except NotADump as error:
            self.leaves_open = error.may_be_text and self.encoding is None
            raise
        self.leaves_open = triage.leaves_open and self.encoding is None
        return summary

    def _follow(self, encoding: str) -> Summary | None:
        known, before = self.encoding, self._triage
        self.encoding, self.leaves_open = encoding, False
        is_read = before is not None and before.is_loaded
        try:
            again = read_as_import(before if is_read else None, encoding, self._read_other)
        except BaseException:
            self.encoding = known
            raise
        if again is None:
            return None
        self._triage = again
        if before is not None:
            before.close()
        return again.summary

    def _read_other(self, _encoding: str) -> Triage:
        self._other = triage = self._open(self.path)
        try:
            self._check_open()
            triage.load(self._tell)
        except BaseException:
            triage.close()
            raise
        finally:
            self._other = None
        return triage

    def _compare(self, earlier: Path, summary: Summary) -> tuple[Summary, Comparison]:
        self._earlier = triage = self._open(earlier)
        try:
            self._check_open()
            before = triage.load()
        finally:
            self._earlier = None
            triage.close()
        return before, compare(before, summary)

    def _check_open(self) -> None:
        # `aclose` sets the flag, then interrupts what it sees; this checks in the other order.
        if self._closed:
            raise TriageCancelled

    def _rows(self, group: str, first: int, limit: int, needle: str) -> SheetPage:
        self._turns_pages = True
        try:
            return sheet_page(self._loaded.rows(group, offset=first, limit=limit, filter=needle), first)
        finally:
            self._turns_pages = False

    def _close(self) -> None:
        if self._triage is not None:
            self._triage.close()
        self._earlier_thread.shutdown()
