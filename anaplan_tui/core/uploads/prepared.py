"""Prepare uploads: find the model's source file, and compare a local file with what its import expects."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.errors import AnaplanError
from anaplan_tui.api.refs import FileRef, Kind, ModelRef, TargetRef
from anaplan_tui.api.schemas import FileInfo, ImportDetail
from anaplan_tui.core.finding.finder import Finder
from anaplan_tui.core.finding.matching import NoMatch, find
from anaplan_tui.core.source_form import SourceForm
from anaplan_tui.core.uploads import (
    Difference,
    SourceFile,
    UploadRequest,
    differences,
    expectation,
    inspect,
)
from anaplan_tui.core.uploads.errors import no_source, unfit

_PATIENCE_S = 5.0
"""Anaplan's answer is only a help: reading a dump or saving rows must not wait long for it."""
_OUTPUT_IDS = "116"
"""A file that an export made has the export's id (service.md §1.3, §8.3)."""


def _is_output(file: FileInfo) -> bool:
    return file.id.startswith(_OUTPUT_IDS)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A local file and what the import expects of it, before anything is sent."""

    file: FileRef
    name: str
    """The file's name in the model."""
    source: SourceFile
    expected: SourceForm
    differences: tuple[Difference, ...]
    """Gravest first; empty if the file fits or the model does not say what it expects."""
    origin: str = ""
    """A sentence about the local file's origin, if the operator should know."""

    @property
    def obstacles(self) -> tuple[str, ...]:
        """Sentences saying why the import would load nothing of the file, or load it wrongly."""
        return (*(d.sentence for d in self.differences if d.grave), *self.source.obstacles)

    @property
    def doubts(self) -> tuple[str, ...]:
        """Sentences about all other things that are not as expected."""
        told = (*(d.sentence for d in self.differences if not d.grave), *self.source.problems)
        return (*told, self.origin) if self.origin else told

    @property
    def replaces(self) -> str:
        """A sentence about the upload's effect on later runs.

        It is the user's own copy and replaces the model's whole file until 48 h after its last use
        (service.md §8.2).
        """
        what = "this file" if self.source.rows is None else self.source.rows
        return (
            f"Replaces {self.name} for your runs until 48 h after its last use: "
            f"{what} instead of the whole file."
        )

    def require_fit(self) -> None:
        """Refuse a file that the import cannot read.

        Raises:
            UploadRefused: with all obstacles.
        """
        if self.obstacles:
            raise unfit(self.source.name, self.obstacles, "Correct the file, or send it as it is by --force.")

    def request(self, run_id: str | None = None) -> UploadRequest:
        """The request for the upload queue; ``run_id`` is the run whose failure it fixes."""
        return UploadRequest(self.file, self.name, self.source, run_id)


class Sources:
    """Finds the source files of models and the form that imports expect."""

    def __init__(self, client: AnaplanClient, finder: Finder) -> None:
        self._client, self._finder = client, finder

    async def files(self, model: ModelRef) -> tuple[FileInfo, ...]:
        """The files of the model, as the service lists them."""
        return tuple(await self._client.files(model))

    async def prepare(self, model: ModelRef, wanted: str, path: Path) -> Prepared:
        """Inspect the file ``path`` as new content of the model's file ``wanted`` (an id or name).

        Raises:
            NoMatch: the model has no such file, or several.
            UploadRefused: no import can read the local file, or ``wanted`` is the output of an export.
            AnaplanError: the service did not answer.
        """
        found = await self.find(model, wanted)
        expected = expectation(await self._detail_of_reader(model, found.id), found)
        header_row = 1 if expected.header_row is None else expected.header_row
        source = await asyncio.to_thread(
            inspect,
            path,
            header_row=header_row,
            encoding=expected.encoding,
            separator=expected.separator,
            quote=expected.quote,
            first_data_row=expected.first_data_row,
        )
        return Prepared(
            file=FileRef(model, found.id),
            name=found.name or found.id,
            source=source,
            expected=expected,
            differences=differences(source, expected),
        )

    async def find(self, model: ModelRef, wanted: str) -> FileInfo:
        """The source file with that id or name; the list also holds export outputs (service.md §8.3).

        Raises:
            NoMatch: the model has no such file, or several.
            UploadRefused: it is the output of an export.
        """
        files = await self.files(model)
        try:
            return find("source file", wanted, [file for file in files if not _is_output(file)])
        except NoMatch:
            if any(wanted in (file.id, file.raw_name, file.name) for file in files if _is_output(file)):
                raise no_source(wanted) from None
            raise

    async def form(self, target: TargetRef) -> SourceForm:
        """The form that an import expects of its source, according to the model; for resending rows.

        Raises:
            AnaplanError: the service did not answer.
        """
        detail = await self._client.import_detail(target)
        source_id = detail.data_source_id
        file = next((f for f in await self.files(target.model) if f.id == source_id), None)
        return expectation(detail, file)

    async def form_in_time(self, target: TargetRef) -> SourceForm | None:
        """The same, where it is only a help; ``None`` if Anaplan does not answer within seconds."""
        try:
            return await asyncio.wait_for(self.form(target), _PATIENCE_S)
        except (AnaplanError, TimeoutError):
            return None

    async def _detail_of_reader(self, model: ModelRef, file_id: str) -> ImportDetail | None:
        """The details of the first import that reads the file; ``None`` if there is none or no answer."""
        imports = await self._finder.catalog(model, Kind.IMPORT)
        reader = next((i for i in imports if i.data_source_id == file_id), None)
        if reader is None:
            return None
        try:
            return await self._client.import_detail(TargetRef(model, Kind.IMPORT, reader.id))
        except AnaplanError:
            # Knowing what is expected is a help; the upload does not depend on it.
            return None
