"""A progress bar made of characters.

Textual's ``ProgressBar`` costs 1.1 KB a tick (three child widgets, a layout pass, a timer of its own) and
animates while the total is unknown. This one is a string.
"""

from textual.content import Content

from anaplan_tui.ui.words import ACCENT, MUTED

FULL, EMPTY = "█", "░"


def meter(fraction: float | None, width: int, *, style: str = ACCENT) -> Content:
    """Return ``███░░`` in ``width`` cells; an unknown fraction is an empty bar, not a moving one.

    It is full only at 1.0, and never empty once anything is done: both ends are facts.
    """
    if width <= 0:
        return Content()
    done = 0
    if fraction is not None and fraction > 0:
        done = width if fraction >= 1 else min(max(int(fraction * width), 1), width - 1)
    return Content.assemble((FULL * done, style), (EMPTY * (width - done), MUTED))
