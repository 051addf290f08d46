"""Question dialogs: a verb and an object, one answer with the focus, Esc declines.

An answer starts or stops something on the service, so nobody may answer a question not yet seen: keys typed
before it was painted are dropped.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from textual import events, getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.strip import Strip
from textual.widgets import Button, Static
from typing_extensions import override

from anaplan_tui.ui import commands as c
from anaplan_tui.ui.screens.modal import Dialog
from anaplan_tui.ui.shell import Shell
from anaplan_tui.ui.words import MUTED, banner

R = TypeVar("R")

_OPENERS = (c.RUN, c.CANCEL_RUN, c.UPLOAD)

_BOX, _FRAME = 76, 6
"""Width of the dialog where there is room, and the part its border and padding take (``dialog.tcss``)."""
_ROOMY, _TIGHT = 7, 3
"""Lines that border, padding and margins take; on a low terminal, without padding and margins."""
_MORE = "PgDn shows the rest"
_SHORTEST, _AROUND, _GAP = 8, 2, 2
"""A button's least width, the space around its label, and the gap after it."""


@dataclass(frozen=True, slots=True)
class Answer(Generic[R]):
    """A button: its label, its value, and the letter that presses it."""

    label: str
    value: R
    key: str = ""


class AnswerButton(Button):
    """A button that remembers when it was first painted."""

    seen_at: float | None = None
    """On the clock of :attr:`textual.events.Key.time`; ``None`` before it was painted."""

    @override
    def render_line(self, y: int) -> Strip:
        if self.seen_at is None:
            self.seen_at = time.monotonic()
        return super().render_line(y)


class Question(Dialog[R]):
    """A dialog that ends with one of its answers.

    Esc gives the answer with the key ``n``, which must change nothing. ``focus`` is the index of the answer
    that Enter presses.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n", "answer('n')", show=False),
        Binding("y", "answer('y')", show=False),
        Binding("left,up", "app.focus_previous", show=False),
        Binding("right,down", "app.focus_next", show=False),
        Binding("pageup,ctrl+u,ctrl+b", "scroll('up')", show=False),
        Binding("pagedown,ctrl+d,ctrl+f", "scroll('down')", show=False),
    ]
    AUTO_FOCUS = ""
    MUST_BE_SEEN: ClassVar[bool] = True
    """An answer counts only if it was typed after the answers were painted."""

    _more = getters.query_one("#more", Static)
    _told_pane = getters.query_one("#told", VerticalScroll)
    _text = getters.query_one("#lines", Static)
    _answer_rows = getters.query_one("#answers", Vertical)

    def __init__(
        self,
        title: str,
        lines: Sequence[Content | str],
        answers: Sequence[Answer[R]],
        *,
        focus: int = 0,
        changes_things: bool = False,
    ) -> None:
        """``changes_things``: an answer changes something on the service, so the profile's label is shown."""
        super().__init__()
        self._changes_things = changes_things
        self._title = title
        self._lines = lines
        self._answers = tuple(answers)
        self._focus = focus
        self._is_wary = False
        """Letters that are no answer were typed: the focus stays on the answer that changes nothing."""

    @override
    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            yield Static(self._headline(), id="question")
            with VerticalScroll(id="told", can_focus=False):
                yield Static(text_of(self._lines), id="lines")
            yield Static(Content.styled(_MORE, MUTED), id="more")
            yield Vertical(*self._button_rows(), id="answers")

    def _headline(self) -> Content:
        app = self.app
        desk = app.desk if self._changes_things and isinstance(app, Shell) else None
        mark = banner(desk.profile.banner, desk.profile.colour or "") if desk is not None else Content("")
        title = Content.styled(self._title, "bold")
        return mark + " " + title if mark else title

    def _button_rows(self) -> list[Horizontal]:
        return [
            Horizontal(
                *(AnswerButton(Content(answer.label), id=f"answer-{i}", compact=True) for i, answer in row),
                classes="answer-row",
            )
            for row in in_rows(self._answers, room_in_box(self.app.size.width))
        ]

    def on_mount(self) -> None:
        """Focus the offered answer, and give the text the remaining room."""
        self._focus_answer(self._focus)
        self._fit()

    def on_resize(self) -> None:
        """Give the text the room that the answers leave."""
        self._fit()

    def _fit(self) -> None:
        """Fit the text into the lines that title and answers leave: the answers are always visible."""
        size = self.app.size
        room = room_in_box(size.width)
        title = len(self._headline().wrap(room))
        answers = len(in_rows(self._answers, room))
        lines = len([line for part in text_of(self._lines).split("\n") for line in part.wrap(room)])
        is_low = title + lines + answers + _ROOMY > size.height
        self.set_class(is_low, "-low")
        left = size.height - title - answers - (_TIGHT if is_low else _ROOMY)
        cut = lines > left
        self._more.display = cut
        self._told_pane.styles.max_height = max(left - cut, 1)

    def action_scroll(self, way: str) -> None:
        """Scroll to the lines that do not fit."""
        told = self._told_pane
        (told.scroll_page_up if way == "up" else told.scroll_page_down)(animate=False)

    def _focus_answer(self, number: int) -> None:
        if self._is_wary:
            number = next((i for i, answer in enumerate(self._answers) if answer.key == "n"), number)
        for button in self.query(f"#answer-{number}").results(Button):
            button.focus()

    def takes(self, event: events.Key) -> bool:
        """Say whether a key may act here: not one typed before the answers could be read.

        Letters that are no answer belong to a word meant for another place. The Enter at its end must not
        start anything, so the focus goes to the answer that changes nothing. The keys that open questions
        are exempt: they are only pressed twice.
        """
        if event.key == "escape":
            return True
        seen = [button.seen_at for button in self.query(AnswerButton) if button.seen_at is not None]
        unseen = self.MUST_BE_SEEN and (not seen or event.time < min(seen))
        opens = any(event.key in command.key_names for command in _OPENERS)
        if event.is_printable and not opens and not self.active_bindings.get(event.key):
            self._is_wary = True
            self._focus_answer(self._focus)
        return not unseen

    async def ask(
        self, lines: Sequence[Content | str], answers: Sequence[Answer[R]], *, focus: int = 0
    ) -> None:
        """Replace the lines and answers of the open dialog."""
        self._lines, self._answers, self._focus = lines, tuple(answers), focus
        self._text.update(text_of(lines))
        rows = self._answer_rows
        await rows.remove_children()
        await rows.mount_all(self._button_rows())
        self._fit()
        self._focus_answer(focus)

    def action_answer(self, key: str) -> None:
        """Give the answer with this key, if there is one."""
        for answer in self._answers:
            if answer.key == key:
                self.decide(answer.value)
                return

    def decide(self, value: R) -> None:
        """End the dialog with this answer."""
        self.dismiss(value)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.decide(self._answers[int((event.button.id or "answer-0").removeprefix("answer-"))].value)


def room_in_box(width: int, box: int = _BOX) -> int:
    """Columns for the content of a dialog on a terminal of ``width`` columns; ``box`` is its own width."""
    return min(box, int(width * 0.96)) - _FRAME


def in_rows(answers: Sequence[Answer[R]], width: int) -> list[list[tuple[int, Answer[R]]]]:
    """The answers with their indexes, in rows of as many as fit into ``width`` columns."""
    rows: list[list[tuple[int, Answer[R]]]] = [[]]
    left = width
    for i, answer in enumerate(answers):
        needed = max(_SHORTEST, Content(answer.label).cell_length + _AROUND)
        if rows[-1] and needed > left:
            rows.append([])
            left = width
        rows[-1].append((i, answer))
        left -= needed + _GAP
    return rows


def text_of(lines: Sequence[Content | str]) -> Content:
    """Lines as one text."""
    return Content("\n").join([line if isinstance(line, Content) else Content(line) for line in lines])
