"""Questions: a verb and an object, one answer with the focus, Esc declines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Answer(Generic[R]):
    """A button: what it says, what it means, and the letter that presses it."""

    label: str
    value: R
    key: str = ""


class Question(ModalScreen[R]):
    """A dialog that ends with one of its answers.

    The answer with the key ``n`` is what Esc means: it must change nothing. ``focus`` is the index of
    the answer that Enter presses.
    """

    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n", "answer('n')", show=False),
        Binding("y", "answer('y')", show=False),
        Binding("left,up", "app.focus_previous", show=False),
        Binding("right,down", "app.focus_next", show=False),
    ]
    AUTO_FOCUS = ""

    def __init__(
        self, title: str, lines: Sequence[Content | str], answers: Sequence[Answer[R]], *, focus: int = 0
    ) -> None:
        super().__init__()
        self._title = title
        self._lines = lines
        self._answers = tuple(answers)
        self._focus = focus

    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            yield Static(Content.styled(self._title, "bold"), id="question")
            yield Static(text_of(self._lines), id="lines")
            yield Horizontal(*self.buttons(), id="answers")

    def buttons(self) -> list[Button]:
        return [
            Button(Content(answer.label), id=f"answer-{i}", compact=True)
            for i, answer in enumerate(self._answers)
        ]

    def on_mount(self) -> None:
        self._focus_answer()

    def _focus_answer(self) -> None:
        if self._answers:
            self.query_one(f"#answer-{self._focus}", Button).focus()

    async def ask(
        self, lines: Sequence[Content | str], answers: Sequence[Answer[R]], *, focus: int = 0
    ) -> None:
        """Put other lines and answers into the open dialog."""
        self._answers, self._focus = tuple(answers), focus
        self.query_one("#lines", Static).update(text_of(lines))
        row = self.query_one("#answers", Horizontal)
        await row.remove_children()
        await row.mount_all(self.buttons())
        self._focus_answer()

    def action_answer(self, key: str) -> None:
        for answer in self._answers:
            if answer.key == key:
                self.decide(answer.value)
                return

    def decide(self, value: R) -> None:
        """An answer was given."""
        self.dismiss(value)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.decide(self._answers[int((event.button.id or "answer-0").removeprefix("answer-"))].value)


def text_of(lines: Sequence[Content | str]) -> Content:
    return Content("\n").join([line if isinstance(line, Content) else Content(line) for line in lines])
