"""The header: profile, workspace, model and open item, the user, and whether the model is busy."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content
from typing_extensions import override

from anaplan_tui.core import text
from anaplan_tui.ui.widgets.lines import Lines
from anaplan_tui.ui.words import BAD, GOOD, MUTED, STRONG, WARN, banner, join, spread

_GAP = "   "
_SHORTEST = 14
"""Fewest cells for what the model is busy with; in fewer, nobody could recognise it."""


@dataclass(frozen=True, slots=True)
class Where:
    """The content of the header."""

    profile: str = ""
    workspace: str = ""
    model: str = ""
    place: str = ""
    """The open item, at the end of the path."""
    note: str = ""
    """Replaces the model's state at the right end."""
    model_state: str = ""
    """``idle``, ``closed``, or what the model is busy with; empty while unknown."""
    busy: bool = False
    user: str = ""
    mode: str = ""
    """The service's word for the model (PRODUCTION …)."""
    read_only: bool = False
    demo: bool = False
    label: str = ""
    """The profile's own label."""
    colour: str = ""


class ContextLine(Lines):
    """profile ▸ workspace ▸ model ▸ item, the model's state, the user, and the words that warn."""

    def __init__(self) -> None:
        super().__init__(id="context")
        self._where = Where()

    def show(self, where: Where) -> None:
        """Show this, unless the header shows it already."""
        if where != self._where:
            self._where = where
            self.repaint()

    @override
    def lines(self, width: int) -> Sequence[Content]:
        where = self._where
        wide = width >= 100
        # The path keeps a third: on a small screen, the operator still needs to see where they are.
        facts = _facts(where, wide=wide, room=width - width // 3 - 2)
        return (spread(_path(where, wide=wide), facts, width),)


def _path(where: Where, *, wide: bool) -> Content:
    if not where.model:
        parts = [part for part in (where.profile, where.workspace) if part]
        return Content(" " + " ▸ ".join([*parts, where.place] if where.place else parts))
    if wide:
        before = Content(" ▸ ").join([Content(p) for p in (where.profile, where.workspace) if p])
        path = Content(" ") + before + " ▸ " + Content.styled(where.model, STRONG)
        return path + Content(f" ▸ {where.place}") if where.place else path
    if where.place:
        return Content.assemble(" ", (where.place, STRONG), (f"  ({where.model})", MUTED))
    outer = " ▸ ".join(p for p in (where.profile, where.workspace) if p)
    return Content.assemble(" ", (where.model, STRONG), (f"  ({outer})", MUTED))


def _mute_modes(where: Where) -> tuple[str, ...]:
    """Return the model's modes that go unmentioned: a profile's own label says more than PRODUCTION."""
    return ("", "UNLOCKED", "PRODUCTION") if where.label else ("", "UNLOCKED")


def _facts(where: Where, *, wide: bool, room: int) -> Content:
    marks = join(
        Content.styled("READ-ONLY", BAD) if where.read_only else "",
        Content.styled("DEMO", STRONG) if where.demo else "",
        Content.styled(where.mode, STRONG) if where.mode not in _mute_modes(where) else "",
        banner(where.label, where.colour),
    )
    state = Content.styled(where.note, MUTED)
    if where.model_state and not where.note:
        left = room - len("model ") - (len(_GAP) + marks.cell_length if marks else 0)
        fits = len(where.model_state) <= left or left >= _SHORTEST
        shown = text.middle(where.model_state, left) if fits else "busy"
        state = Content.assemble("model ", (shown, WARN if where.busy else GOOD))
    facts = join(
        state,
        Content.styled(where.user, MUTED) if wide and where.user and not where.place else "",
        marks,
        gap=_GAP,
    )
    return facts + " " if facts else facts
