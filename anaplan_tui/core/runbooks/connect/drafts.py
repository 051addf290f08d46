"""Steps in the making, before the whole script is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from anaplan_tui.core.runbooks.connect.walk import Place
from anaplan_tui.core.runbooks.steps import BY_KEY, Step


@dataclass(eq=False)
class Draft:
    """A step in the making: later options of its call can still add to it."""

    place: Place
    values: dict[str, Any]
    notes: list[str] = field(default_factory=list)

    def step(self, above: Mapping[str, str]) -> Step:
        """The step; ``above`` has the keys that stand at the top of the runbook already.

        Raises ``ValidationError`` where a text cannot stand in a runbook.
        """
        values = {key: value for key, value in self.values.items() if above.get(key) != value}
        kind = next(BY_KEY[key] for key in values if key in BY_KEY)
        step: Step = kind.model_validate(values)  # type: ignore[assignment]
        return step


def targets(drafts: Sequence[Draft]) -> list[tuple[str | None, str | None]]:
    """Workspace and model of the steps, in order of first use."""
    return list(dict.fromkeys((d.values.get("workspace"), d.values.get("model")) for d in drafts))
