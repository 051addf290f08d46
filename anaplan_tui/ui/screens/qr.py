"""A sign-in's page as a QR code, for a phone beside the terminal."""

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
_HINT_ROOM = 4
"""Lines for the hint below the code, and as many above it: the code is centred."""


class QrScreen(Dialog[None]):
    """Fills the screen, for the code needs every line; any of the usual keys closes it."""

    DEFAULT_CSS = """
    QrScreen { align: center middle; }
    QrScreen Static { width: auto; height: auto; }
    QrScreen #hint { width: 100%; dock: bottom; text-align: center; color: $text-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,c", "dismiss", show=False),
        Binding("i", "invert", show=False),
    ]

    _code_text = getters.query_one("#code", Static)
    _hint_text = getters.query_one("#hint", Static)

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address
        self._inverted = False

    def on_mount(self) -> None:
        """Draw the code, dark on light on the background that this terminal most likely has."""
        # Without colours only the terminal's own two remain, and its background is mostly the dark one.
        self._inverted = self.app.no_color
        self._draw()

    @override
    def compose(self) -> ComposeResult:
        yield Static(id="code")
        yield Static("Esc goes back   i swaps dark and light", id="hint")

    def action_invert(self) -> None:
        """Swap dark and light: some readers want dark on light, and the terminal's colours are unknown."""
        self._inverted = not self._inverted
        self._draw()

    def _draw(self) -> None:
        lines = lines_of(self._address, inverted=self._inverted)
        self._code_text.update(Content.styled("\n".join(lines), _INK))
        self._hint_text.display = len(lines) + _HINT_ROOM <= self.app.size.height


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
