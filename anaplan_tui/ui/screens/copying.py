"""The dialog that asks what to copy: a short list, each text with its digit."""

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static
from typing_extensions import override

from anaplan_tui.core import text
from anaplan_tui.ui.screens.modal import Dialog
from anaplan_tui.ui.widgets.keyed_table import Column, KeyedTable

Choice = tuple[int, str, str]


class CopyDialog(Dialog[str | None]):
    """Ends with the text to copy, or ``None``."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "decline", show=False),
        Binding("enter", "choose", show=False),
    ]

    def __init__(self, choices: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._choices: list[Choice] = [(i, label, value) for i, (label, value) in enumerate(choices[:9], 1)]

    @override
    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            yield Static(Content.styled("Copy what?", "bold"), id="question")
            yield KeyedTable[Choice](
                (
                    Column("", lambda c: str(c[0]), width=1),
                    Column("WHAT", lambda c: c[1], width=16),
                    Column("TEXT", lambda c: text.middle(c[2].replace("\n", " "), 200)),
                ),
                key=lambda c: str(c[0]),
            )

    def on_mount(self) -> None:
        """Fill the list and focus it."""
        table = self.query_one(KeyedTable)
        table.show(self._choices)
        table.focus()

    def action_decline(self) -> None:
        """Close without copying anything."""
        self.dismiss(None)

    def action_choose(self) -> None:
        """Copy the highlighted text."""
        current = self.query_one(KeyedTable).current
        self.dismiss(current[2] if current else None)

    def on_key(self, event: events.Key) -> None:
        """Copy the text whose digit is pressed, at once."""
        if event.key.isdigit() and 1 <= int(event.key) <= len(self._choices):
            event.stop()
            self.dismiss(self._choices[int(event.key) - 1][2])
