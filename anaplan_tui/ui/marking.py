"""Marked lines: lists where a command works on all marked lines, in the order shown.

A command declares that by :attr:`~anaplan_tui.ui.commands.Command.many`. Its ``why_not_<id>(row)`` is called
for each of these lines; its ``do_<id>(meant)`` gets those that it works on and the names of the rest.
"""

import inspect
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from textual.content import Content
from typing_extensions import override

from anaplan_tui.ui.commands import Command
from anaplan_tui.ui.jobs.listed import Skipped
from anaplan_tui.ui.place import ListPlace, Place
from anaplan_tui.ui.widgets.keyed_table import KeyedTable
from anaplan_tui.ui.words import ACCENT

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Meant(Generic[T]):
    """The lines a command works on (the marked ones, else the highlighted one), and those it skips."""

    rows: tuple[T, ...]
    skipped: tuple[Skipped, ...] = ()


def marked_words(table: KeyedTable[Any]) -> Content:
    """Return ``3 marked, 1 not shown · ``, for the beginning of a title; empty if nothing is marked."""
    count, hidden = len(table.marked), table.marked_out_of_view
    if not count:
        return Content("")
    words = f"{count:,} marked" + (f", {hidden:,} not shown" if hidden else "")
    return Content.assemble((words, f"bold {ACCENT}"), " · ")


class Marking(Place, Generic[T]):
    """A screen with a list whose lines can be marked."""

    @property
    def marking(self) -> KeyedTable[T]:
        """The list whose lines are marked."""
        raise NotImplementedError

    def row_name(self, row: T) -> str:
        """Return the name of a line, for the message that it was skipped."""
        raise NotImplementedError

    def why_no_line(self) -> str:
        """Say why a key has no line to work on; empty if one is highlighted."""
        raise NotImplementedError

    def marks_changed(self) -> None:
        """Refresh the title, which says how many lines are marked."""
        raise NotImplementedError

    @property
    def meant(self) -> tuple[T, ...]:
        """The marked lines, else the highlighted one, if any."""
        table = self.marking
        return table.marked or (() if table.current is None else (table.current,))

    @property
    @override
    def marked_count(self) -> int:
        return len(self.marking.marked) if self.is_mounted else 0

    @override
    def obstacle(self, command: Command) -> str:
        if not command.many:
            return super().obstacle(command)
        return self.gate(command) or self._why_none(command)

    def _why_none(self, command: Command) -> str:
        rows = self.meant
        reasons = [self._why_not(command, row) for row in rows]
        if not rows:
            return self.why_no_line()
        if not all(reasons):
            return ""
        return reasons[0] if len(rows) == 1 else f"None of the {len(rows)} marked: {reasons[0]}"

    def _why_not(self, command: Command, row: T) -> str:
        condition = getattr(self, command.condition, None)
        said: str = condition(row) if condition is not None else ""
        return said

    @override
    async def invoke(self, command: Command) -> None:
        obstacle = self.obstacle(command)
        if not command.many or obstacle:
            await super().invoke(command)
            return
        asked = [(row, self._why_not(command, row)) for row in self.meant]
        able = tuple(row for row, why in asked if not why)
        skipped = tuple(Skipped(self.row_name(row), why) for row, why in asked if why)
        done: Any = getattr(self, command.doer)(Meant(able, skipped))
        if inspect.isawaitable(done):
            await done

    def why_not_mark(self) -> str:
        """Say why there is no line to mark; empty when there is one."""
        return self.why_no_line()

    def do_mark(self) -> None:
        """Mark the highlighted line, or remove its mark."""
        self.marking.mark_current()
        self.marks_changed()
        self.refresh_keys()

    def clear_marks(self) -> bool:
        """Remove every mark; return whether there were any."""
        if not self.marking.marked:
            return False
        self.marking.clear_marks()
        self.marks_changed()
        self.refresh_keys()
        return True

    @override
    async def do_back(self) -> None:
        """Clear the filter first: an operator who marks lines under several filters clears each of them."""
        if self.marking.needle or not self.clear_marks():
            await super().do_back()


class MarkingList(Marking[T], ListPlace[T]):
    """A screen that is one list whose lines can be marked."""

    @property
    @override
    def marking(self) -> KeyedTable[T]:
        return self.table

    @override
    def why_no_line(self) -> str:
        return ListPlace.why_no_line(self)

    @override
    def before_heading(self) -> Content:
        return marked_words(self.table)

    @override
    def marks_changed(self) -> None:
        self.refresh_title()
