"""Where a dump comes from: its run, its import, and the form the import expects of its source."""

from typing import TYPE_CHECKING

from anaplan_tui.api.refs import Kind, TargetRef
from anaplan_tui.core.dumps.files import DumpFile
from anaplan_tui.core.snapshots import Action, RunSnapshot
from anaplan_tui.core.triage import SourceForm

if TYPE_CHECKING:
    from anaplan_tui.core.desk import Desk


class DumpOrigin:
    """The run of a dump, as far as the app knows it."""

    def __init__(self, dump: DumpFile) -> None:
        self._dump = dump
        self._form: SourceForm | None = None

    async def run(self, desk: "Desk | None") -> RunSnapshot | None:
        """The run whose dump this is; ``None`` when neither the app nor the journal remembers it."""
        return await desk.remembered.recall(self._dump.run_id) if desk is not None else None

    async def action(self, desk: "Desk | None") -> tuple[RunSnapshot, Action] | None:
        """The run and the action whose dump this is."""
        run = await self.run(desk)
        found = (a for a in run.actions if a.id == self._dump.action_id) if run is not None else ()
        action = next(iter(found), None)
        return (run, action) if run is not None and action is not None else None

    @property
    def knows_form(self) -> bool:
        """Whether :meth:`form` answers without asking Anaplan."""
        return self._form is not None

    async def form(self, desk: "Desk | None") -> SourceForm:
        """What the import expects; empty where Anaplan does not say, or not in time."""
        if self._form is None:
            run = await self.run(desk)
            if desk is None or run is None:
                return SourceForm()
            target = TargetRef(run.target.model, Kind.IMPORT, self._dump.action_id)
            self._form = await desk.sources.form_in_time(target)
        return self._form or SourceForm()
