"""The page of a sign-in as a QR code, for a telephone beside the terminal."""

import sys
from typing import ClassVar

from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static
from typing_extensions import override

from anaplan_tui.ascii_face import is_unicode
from anaplan_tui.ui.qr import qr_code
from anaplan_tui.ui.screens.modal import Dialog

_INK = "black on white"


class QrScreen(Dialog[None]):
    """The whole screen, for the code needs each line; any of the usual keys leaves it."""

    DEFAULT_CSS = """
    QrScreen { align: center middle; }
    QrScreen Static { width: auto; height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,c", "dismiss", show=False),
        Binding("i", "invert", show=False),
    ]

    _code_text = getters.query_one("#code", Static)

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address
        self._inverted = False

    def on_mount(self) -> None:
        """Draw the code, dark on light on the ground that this terminal most likely has."""
        # Without colours the terminal's own two are left, of which the ground is mostly the dark one.
        self._inverted = self.app.no_color
        self._draw()

    @override
    def compose(self) -> ComposeResult:
        yield Static(id="code")

    def action_invert(self) -> None:
        """Some readers want the code dark on light, and nobody knows what this terminal's colours are."""
        self._inverted = not self._inverted
        self._draw()

    def _draw(self) -> None:
        lines = lines_of(self._address, inverted=self._inverted)
        self._code_text.update(Content.styled("\n".join(lines), _INK))


def lines_of(address: str, *, inverted: bool = False) -> list[str]:
    """The code as this terminal can draw it."""
    return list(qr_code(address, ascii_only=not is_unicode(sys.__stderr__), inverted=inverted))


def why_not(address: str, width: int, height: int) -> str:
    """Why the code cannot be shown here, as a sentence; empty when it can."""
    try:
        lines = lines_of(address)
    except ValueError:
        return "The address is too long for a QR code."
    if len(lines[0]) > width or len(lines) > height:
        needed, here = f"{len(lines[0])}x{len(lines)}", f"{width}x{height}"
        return f"The QR code needs {needed}; this terminal has {here}."
    return ""
