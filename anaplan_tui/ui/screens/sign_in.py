"""Sign-in dialogs: a code to type, or a refused login that everything waits for."""

from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content

from anaplan_tui.api.clean import clean
from anaplan_tui.api.errors import NotAuthenticated
from anaplan_tui.core import text
from anaplan_tui.ui.screens import qr
from anaplan_tui.ui.screens.dialog import Answer, Question, text_of
from anaplan_tui.ui.words import ACCENT, STRONG

if TYPE_CHECKING:
    from anaplan_tui.api.oauth import DeviceCode


class CodeDialog(Question[None]):
    """Says what to type and where; closes by itself once the code was typed or has expired."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "app.interrupt", show=False),
        Binding("c", "qr", show=False),
    ]

    def __init__(self, code: "DeviceCode") -> None:
        self._address = clean(code.direct_url or code.url)
        lines: list[Content | str] = [
            "Open this page on any machine and type the code:",
            "",
            clean(code.url or code.direct_url),
            "",
            Content.styled(f"    {clean(code.user_code)}", f"{STRONG} {ACCENT}"),
            "",
            "c shows the page as a QR code, for a telephone.",
            f"It is good for {_minutes(code.expires_in_s)}. Until then everything waits for it here;",
            "what runs in Anaplan goes on.",
        ]
        if code.direct_url and code.url:
            lines[3:3] = [f"(with the code in it: {clean(code.direct_url)})"]
        super().__init__("Sign in to Anaplan", lines, (Answer("Hide; the code stays good", None, "n"),))

    def action_qr(self) -> None:
        """Show the page as a QR code, or say why that is impossible here."""
        size = self.app.size
        obstacle = qr.why_not(self._address, size.width, size.height)
        if obstacle:
            self._text.update(text_of((f"! {obstacle}", "", *self._lines)))
            self._fit()
        else:
            self.app.push_screen(qr.QrScreen(self._address))


def _minutes(seconds: float) -> str:
    return text.plural(max(round(seconds / 60), 1), "minute")


class RefusedDialog(Question[bool]):
    """The service no longer accepts the login; the answer says whether to try again."""

    def __init__(self, error: NotAuthenticated) -> None:
        lines = [
            f"{clean(error.said)}.",
            "",
            error.advice,
            "",
            "What runs in Anaplan goes on, unwatched. Later, R on the list of processes signs in again.",
        ]
        answers = (Answer("Not now", False, "n"), Answer("Sign in again", True, "y"))
        super().__init__("Anaplan refuses the login", lines, answers, focus=0)

    def on_key(self, event: events.Key) -> None:
        """Sign in again on R, as everywhere."""
        if event.key == "R" and self.takes(event):
            event.stop()
            self.decide(True)
