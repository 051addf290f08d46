"""Themes: one accent, otherwise colour for states only; nothing relies on colour alone.

``NO_COLOR`` wins over every theme (:func:`anaplan_tui.ui.workarounds.plain_without_colour`).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from textual.theme import BUILTIN_THEMES, Theme

if TYPE_CHECKING:
    from anaplan_tui.config.settings import Settings


def _theme(
    name: str,
    *,
    dark: bool,
    accent: str,
    states: tuple[str, str, str],
    inks: tuple[str, str],
    grounds: tuple[str, str, str],
    cursor: str,
    frame: str,
    rule: str,
) -> Theme:
    """Make a theme from a few colours.

    Args:
        states: Success, warning, failure.
        inks: Text, and text that matters less.
        grounds: Backgrounds of lists, of dialogs, of header and footer.
        cursor: The background of the highlighted line.
        frame: The border of a dialog.
        rule: The line between two parts of a screen, and the scrollbar.
    """
    success, warning, error = states
    foreground, muted = inks
    background, surface, panel = grounds
    return Theme(
        name=name,
        dark=dark,
        primary=frame,
        accent=accent,
        success=success,
        warning=warning,
        error=error,
        foreground=foreground,
        background=background,
        surface=surface,
        panel=panel,
        variables={  # Textual would tint these towards the foreground, and pick its own shades for lines
            "text-muted": muted,
            "text-accent": accent,
            "text-success": success,
            "text-warning": warning,
            "text-error": error,
            "panel-lighten-1": cursor,
            "panel-lighten-2": rule,
            "scrollbar": rule,
            "scrollbar-background": background,
        },
    )


NIGHT = _theme(
    "night",
    dark=True,
    accent="#7fb4e6",
    states=("#7fbf7f", "#e0b45c", "#ef8683"),
    inks=("#d3d7dc", "#99a2ac"),
    grounds=("#14181d", "#1a1f25", "#1f262e"),
    cursor="#2b3641",
    frame="#7aa2c8",
    rule="#3b4652",
)
DAY = _theme(
    "day",
    dark=False,
    accent="#0b4f8a",
    states=("#11632a", "#714600", "#a1151a"),
    inks=("#1b1f24", "#4f5761"),
    grounds=("#fbfbfa", "#f3f4f5", "#e8ebef"),
    cursor="#d8e0ea",
    frame="#3a6ea5",
    rule="#9aa5b1",
)
CONTRAST = _theme(
    "contrast",
    dark=True,
    accent="#7fdcff",
    states=("#66ff66", "#ffd83d", "#ffa6a6"),
    inks=("#ffffff", "#d8d8d8"),
    grounds=("#000000", "#000000", "#000000"),
    cursor="#303030",
    frame="#ffffff",
    rule="#ffffff",
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
    ansi=True,
    variables={**BUILTIN_THEMES["ansi-dark"].variables},
)
"""The terminal's own sixteen colours, on its own background."""

THEMES: Mapping[str, Theme] = {"dark": NIGHT, "light": DAY, "ansi": TERMINAL, "high-contrast": CONTRAST}
"""The themes by their names in the configuration."""


def theme_name(settings: "Settings", environment: Mapping[str, str]) -> str:
    """Return the configured theme's name in Textual; ``TEXTUAL_THEME`` may also name one of Textual's own.

    A variable takes precedence over the file, and ours over Textual's, which other programs read, too. An
    unknown name in ``TEXTUAL_THEME`` is ignored.
    """
    others = environment.get("TEXTUAL_THEME", "").strip().lower()
    if others and not environment.get("ANAPLAN_TUI_THEME"):
        if others in THEMES:
            return THEMES[others].name
        if others in BUILTIN_THEMES:
            return others
    return THEMES[settings.theme].name
