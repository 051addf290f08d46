"""The screen of the app's own log: its messages, errors in full."""

from typing import ClassVar

from textual import getters
from textual.app import ComposeResult
from textual.content import Content
from typing_extensions import override

from anaplan_tui.core import text
from anaplan_tui.ui import commands as c
from anaplan_tui.ui.log import Entry
from anaplan_tui.ui.place import Place, bold
from anaplan_tui.ui.widgets.lines import Line
from anaplan_tui.ui.widgets.text_pane import TextPane
from anaplan_tui.ui.words import BAD, MUTED, WARN

_STYLES = {"error": BAD, "warning": WARN}


class LogScreen(Place):
    """Newest first; times with their zone."""

    NAME = "log"
    HERE = (c.BACK, *(command for command in c.EVERYWHERE if command is not c.LOG))
    BINDINGS = c.bindings(HERE)
    CSS_PATH: ClassVar[str] = "catalog.tcss"

    _pane = getters.query_one(TextPane)
    _title_line = getters.query_one("#title", Line)

    @override
    def body(self) -> ComposeResult:
        yield Line(id="title")
        yield TextPane()

    @override
    def place_name(self) -> str:
        return "log"

    @override
    def on_mount(self) -> None:
        self._pane.focus()
        self._show()

    def _show(self) -> None:
        entries = self.tui.record.entries
        self._title_line.show(Content(" ") + bold("Log") + Content(f" {len(entries)}, newest first"))
        if entries:
            content = Content("\n").join([_line(entry) for entry in reversed(entries)])
        else:
            content = Content.styled("Nothing happened yet that is worth a line.", MUTED)
        self._pane.show_text(content)

    @override
    async def do_refresh(self) -> None:
        self._show()

    @override
    def copyable(self) -> tuple[tuple[str, str], ...]:
        entries = [entry for entry in self.tui.record.entries if entry.severity == "error"]
        return tuple((f"error {text.local_time(e.at)}", e.message) for e in reversed(entries[-9:]))


def _line(entry: Entry) -> Content:
    detail = f"  {entry.detail}" if entry.detail else ""
    style = _STYLES.get(entry.severity, "")
    return Content.assemble(
        (f"{text.local_stamp(entry.at)}  ", MUTED), (entry.message, style), (detail, MUTED)
    )
