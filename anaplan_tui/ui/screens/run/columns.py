"""The columns of a run's actions, as wide as their contents: a number is never cut."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from textual.content import Content

from anaplan_tui.core import text
from anaplan_tui.core.runs.step_times import Going
from anaplan_tui.core.snapshots import Action, Unit
from anaplan_tui.ui.widgets.keyed_table import Column
from anaplan_tui.ui.words import MUTED, STRONG, step_words

WIDE = 112
"""From this width on the panel stands beside the actions."""
_PANEL, _TABLE = 36, 78
"""The least columns of the panel beside the actions; and what they need before it grows."""
_MARKER_AND_MARGIN, _GAP = 3, 2
"""Width that the table takes besides its columns, and between two of them."""
_NAME_BESIDE_KIND, _NAME, _LEAST_NAME = 26, 16, 12
"""The least width of a name: beside the kinds, beside full numbers, and beside short ones."""
_KIND, _STATE, _TIME = 9, 11, 6
"""Widths; longer words of the service are cut."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table."""

    number: int
    """Its place in the process."""
    action: Action
    live: bool
    """The run has not ended."""
    going: Going | None = None
    """How long it has been running, as far as it was watched."""


@dataclass(frozen=True, slots=True)
class Widths:
    """Which columns there are, and how wide."""

    place: int
    kind: int
    """0 leaves the column out."""
    brief: bool
    """Millions as ``2.40 M``: there is no room for full numbers."""
    numbers: tuple[int, ...]
    """For rows loaded, loaded with a warning, rejected, invalid and ignored; 0 leaves the column out."""
    unit: int
    """For what the numbers count; 0 leaves the column out, as they usually count rows."""
    time: int = _TIME
    """0 leaves the column out; the panel shows the times."""

    @property
    def taken(self) -> int:
        """Width that all columns but the names take."""
        columns = [w for w in (self.place, self.kind, _STATE, *self.numbers, self.unit, self.time) if w]
        return sum(columns) + _GAP * len(columns) + _MARKER_AND_MARGIN


def widths_for(actions: Sequence[Action], width: int) -> Widths:
    """The most that fits into a table of ``width`` columns."""
    kind = min(max((len(action.kind) for action in actions), default=0), _KIND)
    for shown_kind, brief, name in (
        (kind, False, _NAME_BESIDE_KIND),
        (0, False, _NAME),
        (0, True, _LEAST_NAME),
    ):
        widths = _widths(actions, shown_kind, brief=brief)
        if width - widths.taken >= name:
            return widths
    return replace(widths, unit=0, time=0)


def width_in_full(actions: Sequence[Action]) -> int:
    """The width a table needs for every name and number in full, without the column of kinds."""
    longest = max((text.cells(action.name) for action in actions), default=0)
    return _widths(actions, 0, brief=False).taken + longest


def panel_width(width: int, table: int = 0) -> int:
    """Columns of the panel beside the actions on a screen of ``width``; 0 where it stands below them.

    It makes room for a ``table`` that needs so many columns, as far as its own least allows.
    """
    return 0 if width < WIDE else max(_PANEL, min(width // 2, width - max(_TABLE, table)))


def _widths(actions: Sequence[Action], kind: int, *, brief: bool) -> Widths:
    written = text.short_count if brief else text.count
    numbers = tuple(
        max(len(title), *(len(written(count_of(action))) for action in actions), 0)
        if not dull or any(map(count_of, actions))
        else 0
        for title, count_of, dull in _NUMBERS
    )
    other = any(counts.unit is not Unit.ROWS for action in actions for counts in action.tallies)
    unit = max(map(len, map(_unit, actions)), default=0) if other else 0
    return Widths(len(f"{len(actions)}"), kind, brief, numbers, max(unit, len(_UNIT)) if unit else 0)


def _unit(action: Action) -> str:
    """What an action's numbers count; a plus marks another unit, which the panel shows."""
    if not action.tallies:
        return ""
    return f"{action.counts.unit.value}{'+' if len(action.tallies) > 1 else ''}"


_UNIT = "OF"
_NUMBERS: tuple[tuple[str, Callable[[Action], int | None], bool], ...] = (
    ("OK", lambda a: a.counts.ok, False),
    ("WARN", lambda a: a.counts.warnings, True),
    ("REJ.", lambda a: a.counts.failed, False),
    ("INV.", lambda a: a.counts.invalid_besides, True),
    ("IGN.", lambda a: a.counts.ignored, False),
)
"""Title, count, and whether the column is left out while no action has any."""


def columns_for(widths: Widths) -> tuple[Column[Row], ...]:
    """The columns that have a width."""
    numbers: tuple[Column[Row], ...] = tuple(
        Column(title, partial(_number, count_of, brief=widths.brief), width=width, right=True)
        for (title, count_of, _dull), width in zip(_NUMBERS, widths.numbers, strict=True)
        if width
    )
    unit: tuple[Column[Row], ...] = (
        (Column(_UNIT, lambda r: _unit(r.action), width=widths.unit),) if widths.unit else ()
    )
    kind: tuple[Column[Row], ...] = (
        (Column("KIND", lambda r: r.action.kind, width=widths.kind),) if widths.kind else ()
    )
    time: tuple[Column[Row], ...] = (
        (Column("TIME", _time, width=widths.time, right=True),) if widths.time else ()
    )
    return (
        Column("#", lambda r: f"{r.number}", width=widths.place, right=True),
        Column("ACTION", lambda r: r.action.name),
        *kind,
        Column("STATE", lambda r: step_words(r.action, live=r.live), width=_STATE),
        *numbers,
        *unit,
        *time,
    )


def _number(count_of: Callable[[Action], int | None], row: Row, *, brief: bool) -> Content | str:
    """A count; empty while the action has no verdict."""
    if row.action.verdict is None:
        return ""
    number = count_of(row.action)
    shown = text.short_count(number) if brief else text.count(number)
    return Content.styled(shown, STRONG if number else MUTED)


def _time(row: Row) -> str:
    took = row.action.duration_s
    if took is not None:
        return text.duration(took)
    if row.going is None:
        return ""
    return text.at_least(row.going.seconds) if row.going.at_least else text.seconds(row.going.seconds)
