"""The app's own colours: one accent, and colour for states only.

``NO_COLOR`` and ``TEXTUAL_THEME`` choose otherwise; nothing relies on colour alone.
"""

from textual.theme import Theme

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
