"""What is to be played: a runbook whose names, parameters and paths were all found on the tenant."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from anaplan_tui.api.refs import FileRef, ModelRef
from anaplan_tui.core.catalog import CatalogItem
from anaplan_tui.core.play import step_words
from anaplan_tui.core.runbooks.steps import Runbook, Step
from anaplan_tui.core.runs.parameters import Parameters
from anaplan_tui.core.snapshots import Action
from anaplan_tui.core.uploads.prepared import Prepared


@dataclass(frozen=True, slots=True)
class Score:
    """A runbook to be played, with its placeholders filled in; nothing is known of the tenant yet.

    It comes from a file (:func:`~anaplan_tui.core.runbooks.choosing.score_of`), or is made on the spot::

        step = RunImport.model_validate({"import": escape(import_id)})
        Score("rest of 8F3A…", "Rest of Nightly load", Runbook(step=(step,)), folder)
    """

    key: str
    """What the journal calls it: one play of a key runs at a time, and the last one can be resumed."""
    name: str
    runbook: Runbook
    """With plain braces still written twice, as in the file."""
    folder: Path
    """The folder in which relative paths begin."""
    chosen: Collection[int] | None = None
    """Numbers of the steps that are played, from 1; ``None`` for all."""
    values: tuple[tuple[str, str], ...] = ()
    """What ``--set`` gave; the journal keeps it for a resumed play."""
    at: datetime | None = None
    """The instant that ``{date}`` and ``{time}`` mean; the journal keeps it for a resumed play."""


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step with everything that it needs to be played."""

    number: int
    step: Step
    model: ModelRef
    item: CatalogItem | None = None
    """What is run: process, import, export or action."""
    actions: tuple[Action, ...] = ()
    """What that is made of, as far as the service says."""
    parameters: Parameters = ()
    """Dimension and item."""
    of_imports: tuple[tuple[str, str, str], ...] = ()
    """Import id, dimension and item: for one import of a process."""
    locale: str | None = None
    file: FileRef | None = None
    """The server file of an upload or a download."""
    file_name: str = ""
    prepared: Prepared | None = None
    """The local file beside what its import expects; ``None`` where an earlier step makes it first."""
    path: Path | None = None
    """The local file: the one to send, or the one to write."""
    made_by: int | None = None
    """The step that makes the file to be sent."""
    dumps: Path | None = None
    """Where failure dumps go; ``None``: the configured directory."""
    goes_on: bool = False
    """The next step is played even if this one fails."""
    says: tuple[str, ...] = ()
    """What the step would do or replace, and what stands in its way: one sentence each."""

    @property
    def target(self) -> str:
        """What it is about, as the model calls it."""
        if self.item is not None:
            return self.item.name
        return self.file_name or self.step.target

    @property
    def label(self) -> str:
        """What it is called: its name, else what it does."""
        return self.step.name or step_words(self.step.does, self.target)

    @property
    def fingerprint(self) -> str:
        """Equal for steps that do the same, so that a resumed play takes no step for another."""
        does = (
            self.step.does,
            self.model.path,
            self.item.ref.path if self.item else None,
            self.parameters,
            self.of_imports,
            self.locale,
            self.file.path if self.file else None,
            self.path,
        )
        return repr(does)


@dataclass(frozen=True, slots=True)
class Plan:
    """A score whose chosen steps were all found on the tenant: it can be played."""

    score: Score
    steps: tuple[PlannedStep, ...]
    """The chosen ones, in their order."""
    notes: tuple[str, ...] = field(default=())
    """What to say before the play begins."""
