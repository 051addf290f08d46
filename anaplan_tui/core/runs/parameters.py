"""What a run is started with, as people type it: ``Dimension=Item``, one item for each prompted dimension."""

from collections.abc import Iterable

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
