"""Make the folders for downloads, and remove them again if they stay empty."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from anaplan_tui.core.downloads.publish import make_folder
from anaplan_tui.core.transfers.threads import in_thread


class Folders:
    """Makes folders for parallel downloads, and removes those that stay empty.

    It only removes folders that it made, and none that another download still uses.
    """

    def __init__(self) -> None:
        self._made: set[Path] = set()
        self._users: Counter[Path] = Counter()
        self._changing = asyncio.Lock()

    @asynccontextmanager
    async def held(self, base: Path, folder: Path) -> AsyncIterator[None]:
        """Keep ``folder`` under ``base`` in place while the block runs. Raises :class:`DownloadFailed`."""
        self._users[folder] += 1
        try:
            async with self._changing:
                await in_thread(lambda: make_folder(base, folder, self._made))
            yield
        finally:
            self._users[folder] -= 1
            if not self._users[folder]:
                del self._users[folder]
            async with self._changing:
                await in_thread(self._remove_empty)

    def _remove_empty(self) -> None:
        used = tuple(self._users)
        for path in sorted(self._made, key=lambda made: len(made.parts), reverse=True):
            if any(folder.is_relative_to(path) for folder in used):
                continue
            self._made.discard(path)
            # It may hold the download's file, or somebody else may have removed it.
            with contextlib.suppress(OSError):
                path.rmdir()
