"""What the journal keeps of a part of a process, so that a later command can go on with it.

The journal keeps pairs of texts for a play: the values of a runbook's placeholders, or, for a part of a
process, these.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from anaplan_tui.api.refs import Kind, ModelRef, TargetRef

Pairs = tuple[tuple[str, str], ...]

_PROCESS, _WORKSPACE, _MODEL = "process", "workspace", "model"
_ACTION, _PARAMETER, _WHEN_FREE = "action", "parameter ", "when free"


@dataclass(frozen=True, slots=True)
class RestRecord:
    """The process, and what of it was chosen."""

    process: TargetRef
    actions: tuple[str, ...]
    """Ids, in their order."""
    parameters: Pairs = ()
    when_free: bool = False

    def pairs(self) -> Pairs:
        """The record as the journal keeps it."""
        model = self.process.model
        return (
            (_PROCESS, self.process.id),
            (_WORKSPACE, model.workspace_id),
            (_MODEL, model.model_id),
            *((_ACTION, action) for action in self.actions),
            *((f"{_PARAMETER}{dimension}", item) for dimension, item in self.parameters),
            *(((_WHEN_FREE, ""),) if self.when_free else ()),
        )

    @classmethod
    def of(cls, pairs: Sequence[tuple[str, str]]) -> Self | None:
        """The record that the pairs are; ``None`` where they name no process."""
        known = dict(pairs)
        if not {_PROCESS, _WORKSPACE, _MODEL} <= known.keys():
            return None
        return cls(
            TargetRef(ModelRef(known[_WORKSPACE], known[_MODEL]), Kind.PROCESS, known[_PROCESS]),
            tuple(value for name, value in pairs if name == _ACTION),
            tuple((name.removeprefix(_PARAMETER), v) for name, v in pairs if name.startswith(_PARAMETER)),
            _WHEN_FREE in known,
        )
