"""Protocol for the parts of the API client that uploads use."""

from collections.abc import Sequence
from typing import Protocol

from anaplan_tui.api.refs import FileRef, ModelRef
from anaplan_tui.api.schemas import FileInfo


class UploadClient(Protocol):
    """The calls of the upload endpoints (service.md §8.2); errors are those of ``api.errors``."""

    async def announce_upload(self, file: FileRef, chunk_count: int) -> None:
        """Announce how many chunks will come; -1 if unknown."""

    async def put_chunk(self, file: FileRef, number: int, data: bytes, *, gzipped: bool = False) -> None:
        """Send one chunk."""

    async def complete_upload(self, file: FileRef) -> None:
        """Declare that all chunks were sent."""

    async def files(self, model: ModelRef) -> Sequence[FileInfo]:
        """The files of a model."""
