"""The files that imports read: find the one an import needs, look at a local file beside it, send it."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.errors import AnaplanError
from anaplan_tui.api.refs import FileRef, Kind, ModelRef, TargetRef
from anaplan_tui.api.schemas import FileInfo, ImportDetail
from anaplan_tui.core.catalog import find
from anaplan_tui.core.finding import Finder
from anaplan_tui.core.uploads import (
    Difference,
    Expected,
    SourceFile,
    UploadRequest,
    differences,
    expectation,
    inspect,
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A local file beside what the import expects, before anything is sent."""

    file: FileRef
    name: str
    """What the file is called in the model."""
    source: SourceFile
    expected: Expected
    differences: tuple[Difference, ...]
    """The gravest first; empty when it fits, or when the model does not say what it expects."""

    def request(self, run_id: str | None = None) -> UploadRequest:
        """For the queue of uploads; ``run_id`` is the run whose failure it cures."""
        return UploadRequest(self.file, self.name, self.source, run_id)


class Sources:
    """Source files of one model at a time."""

    def __init__(self, client: AnaplanClient, finder: Finder) -> None:
        self._client, self._finder = client, finder

    async def files(self, model: ModelRef) -> tuple[FileInfo, ...]:
        """The files of the model, as the service lists them."""
        return tuple(await self._client.files(model))

    async def prepare(self, model: ModelRef, wanted: str, path: Path) -> Prepared:
        """Look at the file ``path`` as the content of the model's file ``wanted`` (its id or name).

        Raises:
            NoMatch: the model has no such file, or several.
            UploadRefused: the local file cannot be what an import reads.
            AnaplanError: the service did not answer.
        """
        found = find("file", wanted, await self.files(model))
        expected = expectation(await self._detail_of_reader(model, found.id), found)
        source = await asyncio.to_thread(inspect, path, header_row=expected.header_row or 1)
        return Prepared(
            file=FileRef(model, found.id),
            name=found.name or found.id,
            source=source,
            expected=expected,
            differences=differences(source, expected),
        )

    async def _detail_of_reader(self, model: ModelRef, file_id: str) -> ImportDetail | None:
        """What the first import that reads the file says about it; ``None`` when nobody does."""
        imports = await self._finder.catalog(model, Kind.IMPORT)
        reader = next((i for i in imports if i.data_source_id == file_id), None)
        if reader is None:
            return None
        try:
            return await self._client.import_detail(TargetRef(model, Kind.IMPORT, reader.id))
        except AnaplanError:
            # Knowing what is expected is a help; the upload does not depend on it.
            return None
