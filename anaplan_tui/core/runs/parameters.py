"""What a run may be given: an item for each dimension that an import asks for (service.md §4)."""

from collections.abc import Sequence

from anaplan_tui.core.snapshots import Action
from anaplan_tui.trouble import Exit, Trouble


class NothingAsks(Trouble):
    """A run was given parameters, and none of its actions asks for any; nothing was sent."""

    exit_code = Exit.USAGE

    def __init__(self, name: str, parameters: Sequence[str]) -> None:
        given = ", ".join(f'"{dimension}"' for dimension in parameters)
        why = "only imports ask for parameters, and it runs none"
        super().__init__(f'"{name}" does not ask for {given}: {why}. Nothing was sent.')


def can_ask(actions: Sequence[Action]) -> bool:
    """Whether one of the actions may ask for something; for what, the service does not tell beforehand."""
    unclear = ("", "action")
    return not actions or any(action.kind in unclear or "import" in action.kind for action in actions)


def refuse_unasked(name: str, actions: Sequence[Action], dimensions: Sequence[str]) -> None:
    """Refuse parameters that nothing can ask for: Anaplan takes them without a word.

    Args:
        actions: what is to be run, as far as that is known; empty where it is not.

    Raises:
        NothingAsks: see there.
    """
    if dimensions and not can_ask(actions):
        raise NothingAsks(name, dimensions)
