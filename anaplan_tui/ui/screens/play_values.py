"""The dialog for a runbook's placeholders, one field each: what ``--set`` gives on the command line."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static
from typing_extensions import override

from anaplan_tui.core import text
from anaplan_tui.ui.screens.modal import Dialog
from anaplan_tui.ui.widgets.lines import Line
from anaplan_tui.ui.words import BAD, MUTED

Values = dict[str, str]

_HINT = "Enter goes on to the next field, and plays at the last; Esc leaves"


class ValuesDialog(Dialog[Values | None]):
    """Ends with a value for each placeholder, or ``None``: nothing is played."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "decline", show=False),
        Binding("up", "app.focus_previous", show=False),
        Binding("down", "app.focus_next", show=False),
    ]
    AUTO_FOCUS = ""

    _said_line = getters.query_one("#said", Line)

    def __init__(self, runbook: str, needs: Mapping[str, Sequence[str]], known: Mapping[str, str]) -> None:
        """``needs``: where each placeholder is used; ``known``: values that prefill the fields."""
        super().__init__()
        self._runbook, self._needs, self._known = runbook, needs, known

    @override
    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            title = f"Values for '{text.middle(self._runbook, 50)}'"
            yield Static(Content.styled(title, "bold"), id="question")
            with VerticalScroll(can_focus=False):
                for name, places in self._needs.items():
                    where = Content.styled(f"  {_where(places)}", MUTED)
                    yield Static(Content(name) + where, classes="name-of-value")
                    field = Input(
                        self._known.get(name, ""), compact=True, select_on_focus=False, placeholder="…"
                    )
                    field.cursor_blink = False
                    yield field
            yield Line(id="said")

    def on_mount(self) -> None:
        """Put the cursor into the first empty field."""
        self._say(_HINT)
        empty = (field for field in self.query(Input) if not field.value)
        next(empty, self.query(Input).first()).focus()

    def _say(self, said: str, style: str = MUTED) -> None:
        self._said_line.show(Content.styled(said, style))

    @on(Input.Changed)
    def _changed(self) -> None:
        self._say(_HINT)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        fields = list(self.query(Input))
        empty = next((i for i, field in enumerate(fields) if not field.value), None)
        if event.value and event.input is not fields[-1]:
            fields[fields.index(event.input) + 1].focus()
        elif empty is not None:
            fields[empty].focus()
            self._say(f"{list(self._needs)[empty]} needs a value.", BAD)
        else:
            self.dismiss({name: field.value for name, field in zip(self._needs, fields, strict=True)})

    def action_decline(self) -> None:
        """Close; the runbook is not played."""
        self.dismiss(None)


def _where(places: Sequence[str]) -> str:
    more = f" and {len(places) - 1} more" if len(places) > 1 else ""
    return f"{places[0]}{more}"
