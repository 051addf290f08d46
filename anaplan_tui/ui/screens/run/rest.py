"""The dialog that asks which actions of a process to run again: a mark each, and what each did last time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from typing_extensions import override

from anaplan_tui.core import text
from anaplan_tui.core.runbooks.rest import NO_ADDRESS, NOT_ONE_PROCESS, Part, failed_and_after
from anaplan_tui.core.runs.parameters import Parameters, words
from anaplan_tui.core.runs.preflight import Preflight
from anaplan_tui.ui.screens.dialog import Answer, Question, room_in_box, text_of
from anaplan_tui.ui.screens.run.parameters import ParametersDialog
from anaplan_tui.ui.words import MUTED, WARN

_NAME, _SHORT_NAME, _KIND = 26, 18, 7
_ROOM = 70
"""Columns of a line in a dialog of full width; a narrower one shortens the names first."""


@dataclass(frozen=True, slots=True)
class RestAnswer:
    """Numbers of the actions to run, none to run nothing, and the parameters of their imports."""

    chosen: frozenset[int] = frozenset()
    parameters: Parameters = ()


class ChooseRest(Question[RestAnswer]):
    """Opens with the failed action and all after it marked, except those that cannot be run alone."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("space", "mark", show=False),
        Binding("a", "all", show=False),
        Binding("n", "none", show=False),
        Binding("p", "parameters", show=False),
    ]

    def __init__(self, model: str, preflight: Preflight, parts: Sequence[Part]) -> None:
        self._preflight, self._parts = preflight, tuple(parts)
        self._chosen = {n for n in failed_and_after(parts) if parts[n - 1].kind is not None}
        self._at = min(self._chosen, default=1) - 1
        self._room = _ROOM
        self._parameters: Parameters = preflight.parameters
        answers = (
            Answer("Don't run", RestAnswer(), "n"),
            Answer("Run the marked ones (y)", RestAnswer(frozenset({0})), "y"),
        )
        title = f"Run part of '{preflight.item.name}' on {model}?"
        super().__init__(title, self._told(), answers, changes_things=True)

    @override
    def on_mount(self) -> None:
        self._fill()

    @override
    def on_resize(self) -> None:
        self._fill()

    def _fill(self) -> None:
        """Fit each action into one line, however narrow the dialog is."""
        self._room = min(_ROOM, room_in_box(self.app.size.width))
        self._show()

    def _told(self) -> list[Content | str]:
        lines = [self._line(part) for part in self._parts]
        marked = f"{len(self._chosen)} of {len(self._parts)} marked"
        keys = "space marks, a all, n none, p parameters"
        lines.append(Content.styled(f"{marked}: {keys}", MUTED))
        if self._parameters:
            lines.append(Content(f"Its imports get {words(self._parameters)}."))
        lines.append(Content(NOT_ONE_PROCESS))
        lines += [Content(f"↑ {upload}") for upload in self._preflight.uploads]
        lines += [Content.styled(f"! {warning}", WARN) for warning in self._preflight.warnings]
        return list(lines)

    def _line(self, part: Part) -> Content:
        here = part.number - 1 == self._at
        mark = "-" if part.kind is None else "x" if part.number in self._chosen else " "
        columns = _NAME if self._room == _ROOM else _SHORT_NAME
        name = text.padded(text.middle(part.action.name, columns), columns)
        kind = text.padded(part.action.kind[:_KIND], _KIND)
        line = f"{'▸' if here else ' '} [{mark}] {part.number:>2} {name} {kind} "
        did, room = did_last(part), self._room - len(line)
        line += did if len(did) <= room else f"{did[: room - 1]}…"  # its beginning says the most
        return Content.styled(line, "bold" if here else "" if part.kind else MUTED)

    def _show(self) -> None:
        self._lines = self._told()
        self._text.update(text_of(self._lines))
        told = self._told_pane
        told.scroll_to(y=max(0, self._at - 3), animate=False)

    def action_move(self, by: int) -> None:
        """Move to another action."""
        self._at = min(max(self._at + by, 0), len(self._parts) - 1)
        self._show()

    def action_mark(self) -> None:
        """Mark the action, or unmark it."""
        part = self._parts[self._at]
        if part.kind is None:
            self.notify(f"{part.action.name} {NO_ADDRESS}.", markup=False)
            return
        self._chosen ^= {part.number}
        self._show()

    def action_all(self) -> None:
        """Mark all that can be run alone."""
        self._chosen = {part.number for part in self._parts if part.kind is not None}
        self._show()

    def action_none(self) -> None:
        """Unmark all."""
        self._chosen = set()
        self._show()

    def action_parameters(self) -> None:
        """Change the parameters of the imports."""
        note = "Import/Dimension=Item is for one of the imports, by its name."
        asked = ParametersDialog(self._preflight.item.name, self._parameters, note=note)
        self.app.push_screen(asked, self._changed)

    def _changed(self, parameters: Parameters | None) -> None:
        if parameters is not None:
            self._parameters = parameters
            self._show()

    @override
    def decide(self, value: RestAnswer) -> None:
        if not value.chosen:
            self.dismiss(value)
        elif self._chosen:
            self.dismiss(RestAnswer(frozenset(self._chosen), self._parameters))
        else:
            self.notify("No action is marked: space marks the one at the arrow.", markup=False)


def did_last(part: Part) -> str:
    """What an action did in the last run, in a few words."""
    if part.kind is None:
        return "cannot be run alone"
    last = part.last
    if last is None:
        return "nothing known"
    symbol, word = text.step_mark(last.step, last.verdict, live=False)
    return f"{symbol} {last.reason or word}"
