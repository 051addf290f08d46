"""What a run is started with: ``Dimension=Item``, one for each that an import asks for (service.md §4)."""

from collections.abc import Iterable, Sequence

from anaplan_tui.core.snapshots import Action
from anaplan_tui.trouble import Exit, Trouble

Parameters = tuple[tuple[str, str], ...]
"""Dimension and item, in the order in which they were typed."""

_TYPED = " \t"
"""Blanks that are typed around a name. Others are part of it: a no-break blank at its end, say."""


class BadParameter(ValueError):
    """What was typed is no parameter; the message says why."""


def read_parameters(lines: Iterable[str]) -> Parameters:
    """The parameters that are meant. What follows a line's first ``=`` is the item; blank lines are none.

    Raises:
        BadParameter: a line is not of the form ``Dimension=Item``, or a dimension stands twice.
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
