"""Parameters of a run, ``Dimension=Item``: one for each dimension that an import asks for (service.md §4)."""

from collections.abc import Iterable, Sequence

from anaplan_tui.core.snapshots import Action
from anaplan_tui.trouble import Exit, Trouble

Parameters = tuple[tuple[str, str], ...]
"""Pairs of dimension and item, in the order in which they were typed."""

_TYPED = " \t"
"""Blanks that may be typed around a name. Others belong to the name: a no-break space at its end, say."""


class BadParameter(ValueError):
    """The typed text is not a parameter; the message says why."""


def read_parameters(lines: Iterable[str]) -> Parameters:
    """Parse one parameter a line. The item follows the line's first ``=``; blank lines are skipped.

    Raises:
        BadParameter: a line is not of the form ``Dimension=Item``, or a dimension occurs twice.
    """
    found: dict[str, str] = {}
    for line in lines:
        if not line.strip():
            continue
        dimension, _equals, item = (part.strip(_TYPED) for part in line.partition("="))
        if not dimension.strip() or not item.strip():
            raise BadParameter(f"'{line.strip()}' is not of the form Dimension=Item.")
        if dimension in found:
            raise BadParameter(f"'{dimension}' stands twice; a dimension takes one item.")
        found[dimension] = item
    return tuple(found.items())


def words(parameters: Parameters) -> str:
    """``Version=Actual, Region=North``."""
    return ", ".join(f"{dimension}={item}" for dimension, item in parameters)


class NothingAsks(Trouble):
    """A run got parameters, but none of its actions can ask for any; nothing was sent."""

    exit_code = Exit.USAGE

    def __init__(self, name: str, parameters: Sequence[str]) -> None:
        given = ", ".join(f'"{dimension}"' for dimension in parameters)
        why = "only imports ask for parameters, and it runs none"
        super().__init__(f'"{name}" does not ask for {given}: {why}. Nothing was sent.')


def can_ask(actions: Sequence[Action]) -> bool:
    """Whether one of the actions may ask for parameters; the service does not say beforehand for which."""
    unclear = ("", "action")
    return not actions or any(action.kind in unclear or "import" in action.kind for action in actions)


def refuse_unasked(name: str, actions: Sequence[Action], dimensions: Sequence[str]) -> None:
    """Refuse parameters that no action can ask for; Anaplan would silently accept them.

    Args:
        actions: the actions to run, as far as they are known; empty when unknown.

    Raises:
        NothingAsks: no action can ask for parameters.
    """
    if dimensions and not can_ask(actions):
        raise NothingAsks(name, dimensions)
