"""The dialog for a run's parameters: a field for each ``Dimension=Item``, and always an empty one."""

from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static
from typing_extensions import override

from anaplan_tui.core.runs.parameters import BadParameter, Parameters, read_parameters, words
from anaplan_tui.ui.screens.modal import Dialog
from anaplan_tui.ui.widgets.lines import Line
from anaplan_tui.ui.words import BAD, MUTED

_HINT = "↑ ↓ fields, Enter takes them all, Esc leaves; an empty one goes"


class ParametersDialog(Dialog[Parameters | None]):
    """Ends with the parameters, or ``None`` to leave them as they were."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "decline", show=False),
        Binding("up", "app.focus_previous", show=False),
        Binding("down", "app.focus_next", show=False),
    ]
    AUTO_FOCUS = ""

    _said_line = getters.query_one("#said", Line)
    _scroll = getters.query_one(VerticalScroll)

    def __init__(self, name: str, parameters: Parameters, *, note: str = "", refusal: str = "") -> None:
        """``note``: one more sentence on what a field may hold; ``refusal``: why it may hold nothing."""
        super().__init__()
        self._refusal = refusal
        self._note = note
        self._name = name
        self._parameters = parameters

    @override
    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            yield Static(Content.styled(f"Parameters of '{self._name}'", "bold"), id="question")
            told = "What Anaplan asks for at the start of an import: Dimension=Item, one in a field."
            yield Static(Content(f"{told} {self._note}".rstrip()), id="lines")
            yield VerticalScroll(*(_field(words((pair,))) for pair in self._parameters), _field(""))
            yield Line(id="said")

    def on_mount(self) -> None:
        """Put the cursor into the empty field after the known parameters."""
        self._say(_HINT)
        self.query(Input).last().focus()

    def _say(self, said: str, style: str = MUTED) -> None:
        self._said_line.show(Content.styled(said, style))

    @on(Input.Changed)
    def _changed(self) -> None:
        self._say(_HINT)
        if self.query(Input).last().value:
            self._scroll.mount(_field(""))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        try:
            parameters = read_parameters(field.value for field in self.query(Input))
        except BadParameter as wrong:
            self._say(str(wrong), BAD)
            return
        if parameters and self._refusal:
            self._say(self._refusal, BAD)
        else:
            self.dismiss(parameters)

    def action_decline(self) -> None:
        """Close without changing the parameters."""
        self.dismiss(None)


def _field(value: str) -> Input:
    field = Input(value, compact=True, select_on_focus=False, placeholder="Dimension=Item")
    field.cursor_blink = False
    return field
