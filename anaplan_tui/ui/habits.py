"""The settings that the app needs before its first frame: keys, theme, mouse, terminal title and progress."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from anaplan_tui.config.settings import Settings


@dataclass(frozen=True, slots=True)
class Habits:
    """The settings that the app needs before it paints its first frame."""

    keys: Mapping[str, str] = field(default_factory=dict)
    """Keys that replace the declared ones, by command id: see :func:`anaplan_tui.ui.keymap.chosen_keys`."""

    theme: str = "night"
    """The theme's name in Textual."""

    mouse: bool = False
    """Take the mouse from the terminal, whose own selection then needs Shift."""

    title: bool = False
    """Show in the terminal's title what runs."""
    progress: bool = False
    """Tell the terminal the progress (OSC 9;4)."""

    @classmethod
    def of(cls, settings: "Settings") -> "Habits":
        """Return the configured habits.

        Raises:
            ConfigError: ``[keys]`` cannot be used.
        """
        from anaplan_tui.ui.themes import theme_name

        return cls(
            keys=_keys(settings),
            theme=theme_name(settings, os.environ),
            mouse=settings.mouse,
            title=settings.terminal_title,
            progress=settings.terminal_progress,
        )


NO_HABITS = Habits()
"""The defaults."""


def _keys(settings: "Settings") -> Mapping[str, str]:
    if not settings.keys:
        return {}  # spares the import of every screen
    from anaplan_tui.ui.keymap import chosen_keys

    return chosen_keys(settings)
