"""Stray keys: keys that reach a screen but were meant for something else, and must do nothing there.

Every key that no widget takes bubbles up to the app, in the order typed, and acts on the screen of that
moment, which need not be the one that the operator saw. The app asks here first.
"""

from collections.abc import Callable
from typing import Any

from textual import events
from textual.screen import Screen

from anaplan_tui.ui import commands as c
from anaplan_tui.ui.place import Place
from anaplan_tui.ui.screens.dialog import Question
from anaplan_tui.ui.widgets.title_bar import ENTER

PAUSE_S = 2.0
"""Longest pause between two keys of one word."""


class StrayKeys:
    """Decides which keys to drop."""

    def __init__(self, say: Callable[[str, str], None]) -> None:
        self._say = say
        self._typing_on: Screen[Any] | None = None
        """The screen on which the operator types a word meant for a filter."""
        self._last = 0.0

    def drops(self, event: events.Key, screen: Screen[Any]) -> bool:
        """Return whether the key must do nothing."""
        if isinstance(screen, Question):
            return not screen.takes(event)
        if isinstance(screen, Place):
            return self._is_for_a_filter(event, screen)
        return False

    def tell_if_unanswered(self, event: events.Key, screen: Screen[Any]) -> None:
        """Say what a key is for if nothing on this screen answers it: no key is ignored silently."""
        if not isinstance(screen, Place) or any(key in screen.active_bindings for key in event.aliases):
            return
        printed = event.character if event.is_printable else None
        key = printed or c.shown(event.key)
        command = c.meant_by(event.key) or (c.meant_by(printed) if printed else None)
        if command is not None:
            self._say(
                f"{key} is for another screen: {command.help[:1].lower()}{command.help[1:]}.", "warning"
            )
        else:
            self._say(f"{key} does nothing here. {c.HELP.key} shows every key of this screen.", "warning")

    def _is_for_a_filter(self, event: events.Key, place: Place) -> bool:
        """Return whether the key opens or belongs to a filter on a screen that has none.

        Otherwise the letters typed after the filter's key would act as commands.
        """
        if self._typing_on is place and event.time - self._last <= PAUSE_S:
            self._last = event.time
            if event.key in (*ENTER, "escape"):
                self._typing_on = None
                return True
            if event.is_printable or event.key in ("backspace", "ctrl+h"):
                return True
        self._typing_on = None
        if event.key not in c.FILTER.key_names or c.FILTER in place.HERE:
            return False
        self._typing_on, self._last = place, event.time
        self._say("There is no filter here; what you type does nothing until Enter or Esc.", "warning")
        return True
