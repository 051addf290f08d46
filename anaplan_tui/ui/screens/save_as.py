"""The question for a path, with Tab completion: where to save a file, or which file to take."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static
from typing_extensions import override

from anaplan_tui.api.clean import clean
from anaplan_tui.core import text
from anaplan_tui.ui.path_completion import complete, resolve, why_not_new
from anaplan_tui.ui.screens.modal import Dialog
from anaplan_tui.ui.widgets.lines import Line
from anaplan_tui.ui.words import BAD, MUTED

_ROOMY = 20
"""Lines of a screen that has room for blank lines in the question."""
_HINT = "Tab completes, Enter takes it, Esc leaves it"


class PathDialog(Dialog[Path | None]):
    """Ends with a path that passed ``why_not``, or ``None``.

    ``why_not`` says what is wrong with a path, as a sentence; it is called in a thread.
    """

    CSS_PATH = str(Path(__file__).with_name("save_as.tcss"))
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "decline", show=False),
        Binding("tab", "complete", show=False, priority=True),
    ]

    _note_line = getters.query_one("#note", Static)
    _field = getters.query_one(Input)
    _box = getters.query_one("#box", Vertical)
    _folder_line = getters.query_one("#folder", Line)
    _said_line = getters.query_one("#said", Line)

    def __init__(
        self,
        title: str,
        folder: Path,
        name: str,
        why_not: Callable[[Path], str],
        *,
        note: Content | str = "",
    ) -> None:
        """``name`` prefills the field; relative paths are taken from ``folder``."""
        super().__init__()
        self._title = title
        self._folder = folder
        self._name = name
        self._why_not = why_not
        self._note = note if isinstance(note, Content) else Content(note)

    @override
    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            yield Static(Content.styled(self._title, "bold"), id="question")
            yield Line(id="folder")
            field = Input(self._name, compact=True, select_on_focus=False)
            field.cursor_blink = False
            yield field
            yield Line(id="said")
            yield Static(self._note, id="note")

    def on_mount(self) -> None:
        """Put the cursor after the suggested name."""
        self._note_line.display = bool(self._note)
        self._say(_HINT)
        self._field.focus()

    def on_resize(self) -> None:
        """Fit the folder's name; on a low terminal the box has no blank lines."""
        self.set_class(self.size.height < _ROOMY, "-low")
        self._show_folder()

    def _show_folder(self) -> None:
        """Show the folder of the path as typed so far."""
        typed = self._field.value.strip()
        path = resolve(typed, self._folder)
        folder = path if typed.endswith("/") else path.parent if typed else self._folder
        # A typed path may be anything, even one that no file system takes.
        shown = clean(f"in {text.home(Path(os.path.normpath(folder)))}").rstrip("/") + "/"
        width = self._box.content_size.width
        self._folder_line.show(Content.styled(text.middle(shown, width), MUTED))

    def _say(self, said: str, style: str = MUTED) -> None:
        self._said_line.show(Content.styled(said, style))

    @on(Input.Changed)
    def _changed(self) -> None:
        self._say(_HINT)
        self._show_folder()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._check(event.value)

    @work(group="path", exclusive=True)
    async def _check(self, typed: str) -> None:
        path = resolve(typed.strip(), self._folder)
        wrong = "Type a path." if not typed.strip() else await asyncio.to_thread(self._why_not, path)
        if wrong:
            self._say(wrong, BAD)
        else:
            self.dismiss(path)

    def action_complete(self) -> None:
        """Complete the path as a shell does."""
        self._complete(self._field.value)

    @work(group="path", exclusive=True)
    async def _complete(self, typed: str) -> None:
        field = self._field
        found = await asyncio.to_thread(complete, typed, self._folder)
        if field.value != typed:
            return
        with field.prevent(Input.Changed):
            field.value = found.typed
        field.cursor_position = len(field.value)
        self._show_folder()
        self._say("   ".join(found.names) if len(found.names) > 1 else _HINT)

    def action_decline(self) -> None:
        """Close without a path."""
        self.dismiss(None)


def save_as(title: str, folder: Path, name: str, *, note: Content | str = "") -> PathDialog:
    """Ask where to save; the path of an existing file is refused."""
    return PathDialog(title, folder, name, why_not_new, note=note)
