"""The app's own colours: one accent, and colour for states only; nothing relies on colour alone.

``NO_COLOR`` wins over every theme (:func:`anaplan_tui.ui.workarounds.plain_without_colour`).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from textual.theme import BUILTIN_THEMES, Theme

if TYPE_CHECKING:
    from anaplan_tui.config.settings import Settings

NIGHT = Theme(
    name="night",
    primary="#7aa2c8",
    secondary="#7aa2c8",
    accent="#7fb4e6",
    success="#7fbf7f",
    warning="#e0b45c",
    error="#e87b78",
    foreground="#d3d7dc",
    background="#14181d",
    surface="#1a1f25",
    panel="#1f262e",
    boost="#2b3641",
    dark=True,
    variables={
        "text-muted": "#8b949e",
        "text-accent": "#7fb4e6",
        "text-success": "#7fbf7f",
        "text-warning": "#e0b45c",
        "text-error": "#ef8683",
        "scrollbar": "#3b4652",
        "scrollbar-background": "#14181d",
        "footer-background": "#1f262e",
    },
)

DAY = Theme(
    name="day",
    primary="#3a6ea5",
    secondary="#3a6ea5",
    accent="#0b4f8a",
    success="#11632a",
    warning="#714600",
    error="#a1151a",
    foreground="#1b1f24",
    background="#fbfbfa",
    surface="#f3f4f5",
    panel="#e8ebef",
    boost="#d8e0ea",
    dark=False,
    variables={
        "panel-lighten-1": "#d8e0ea",
        "text-muted": "#4f5761",
        "text-accent": "#0b4f8a",
        "text-success": "#11632a",
        "text-warning": "#714600",
        "text-error": "#a1151a",
        "scrollbar": "#9aa5b1",
        "scrollbar-background": "#fbfbfa",
        "footer-background": "#e8ebef",
    },
)
CONTRAST = Theme(
    name="contrast",
    primary="#ffffff",
    secondary="#ffffff",
    accent="#7fdcff",
    success="#66ff66",
    warning="#ffd83d",
    error="#ffa6a6",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    boost="#303030",
    dark=True,
    variables={
        "panel-lighten-1": "#303030",
        "text-muted": "#d8d8d8",
        "text-accent": "#7fdcff",
        "text-success": "#66ff66",
        "text-warning": "#ffd83d",
        "text-error": "#ffa6a6",
        "scrollbar": "#ffffff",
        "scrollbar-background": "#000000",
        "footer-background": "#000000",
    },
)
TERMINAL = Theme(
    name="terminal",
    primary="ansi_blue",
    secondary="ansi_cyan",
    accent="ansi_cyan",
    success="ansi_green",
    warning="ansi_yellow",
    error="ansi_red",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    ansi=True,
    variables={**BUILTIN_THEMES["ansi-dark"].variables},
)
"""Sixteen colours, which are the terminal's own, on its own background."""

THEMES: Mapping[str, Theme] = {"dark": NIGHT, "light": DAY, "ansi": TERMINAL, "high-contrast": CONTRAST}
"""By the words of the configuration."""


def theme_name(settings: "Settings", environment: Mapping[str, str]) -> str:
    """The theme that is wanted; ``TEXTUAL_THEME`` may also name one of Textual's own.

    A variable goes before the file, and ours before Textual's, which other programs read, too. A name of
    theirs that nobody here knows changes nothing.
    """
    others = environment.get("TEXTUAL_THEME", "").strip().lower()
    if others and not environment.get("ANAPLAN_TUI_THEME"):
        if others in THEMES:
            return THEMES[others].name
        if others in BUILTIN_THEMES:
            return others
    return THEMES[settings.theme].name
