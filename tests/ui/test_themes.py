"""Every status is readable in every theme, on every background it appears on."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from textual.color import Color

from anaplan_tui.config.settings import Settings
from anaplan_tui.core.snapshots import Phase, Verdict
from anaplan_tui.ui.habits import Habits
from anaplan_tui.ui.themes import THEMES, theme_name
from tests.support.apps import Open, Opened
from tests.support.values import FAILED

INKS = ("text-success", "text-warning", "text-error", "text-accent", "text-muted", "accent", "foreground")
GROUNDS = ("background", "surface", "panel", "panel-lighten-1")
"""A list, a dialog, header and footer, the row of the cursor."""


def colours_of(name: str) -> dict[str, str]:
    """Return the style sheets' variables: a theme's own override those Textual derives from its colours."""
    theme = THEMES[name]
    return {**theme.to_color_system().generate(), **theme.variables}


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2, from 1 to 21."""

    def luminance(colour: str) -> float:
        parts = (part / 255 for part in Color.parse(colour).rgb)
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("name", "least"), [("dark", 4.5), ("light", 4.5), ("high-contrast", 7.0)])
def test_every_ink_is_readable_on_every_ground(name: str, least: float) -> None:
    colours = colours_of(name)
    poor = {
        (ink, ground): round(contrast(colours[ink], colours[ground]), 1)
        for ink, ground in itertools.product(INKS, GROUNDS)
        if contrast(colours[ink], colours[ground]) < least
    }
    assert not poor


@pytest.mark.parametrize("name", ["dark", "light", "high-contrast"])
def test_a_rule_between_two_parts_is_seen(name: str) -> None:
    colours = colours_of(name)
    assert contrast(colours["panel-lighten-2"], colours["background"]) > 1.6


@pytest.mark.parametrize("name", ["dark", "light", "ansi", "high-contrast"])
def test_states_are_told_apart(name: str) -> None:
    colours = colours_of(name)
    assert len({colours[ink] for ink in INKS[:4]}) == 4


def test_the_terminals_own_colours_are_all_that_ansi_uses() -> None:
    colours = colours_of("ansi")
    assert {colours[key].split()[0] for key in (*INKS, *GROUNDS)} <= {
        "ansi_default", "ansi_green", "ansi_yellow", "ansi_red", "ansi_cyan", "transparent",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({}, "day"),
        ({"TEXTUAL_THEME": "high-contrast"}, "contrast"),
        ({"TEXTUAL_THEME": "nord"}, "nord"),
        ({"TEXTUAL_THEME": "of-another-program"}, "day"),
        ({"TEXTUAL_THEME": "nord", "ANAPLAN_TUI_THEME": "light"}, "day"),
    ],
)
def test_a_variable_goes_before_the_file(environment: dict[str, str], name: str) -> None:
    assert theme_name(Settings(theme="light"), environment) == name


async def test_the_app_has_the_theme_and_no_color_wins(
    open_app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_app(habits=Habits(theme="day")) as opened:
        assert opened.app.current_theme.name == "day"
    monkeypatch.setenv("NO_COLOR", "1")
    async with open_app(habits=Habits(theme="day")) as opened:
        assert opened.app.current_theme.ansi


def unreadable(opened: Opened) -> set[str]:
    """Return the texts painted in a colour too close to their background."""
    found = set()
    for strip in opened.app.screen._compositor.render_strips():
        for segment in strip:
            style = segment.style
            if any(letter.isalnum() for letter in segment.text) and style and style.color and style.bgcolor:
                ink, ground = (c.get_truecolor().hex for c in (style.color, style.bgcolor))
                if contrast(ink, ground) < (2 if style.dim else 4.5):
                    found.add(f"{segment.text.strip()}: {ink} on {ground}")
    return found


@pytest.mark.parametrize("name", ["dark", "light", "high-contrast"])
async def test_all_that_is_painted_is_readable(open_app: Open, name: str) -> None:
    async with open_app(habits=Habits(theme=THEMES[name].name)) as opened:
        await opened.shows("model idle")
        await opened.shows("● ✗")
        assert not unreadable(opened)
        await opened.open_process("nightly load")
        await opened.shows("Enter reads its result")
        await opened.shows("Products from products.csv")
        assert not unreadable(opened), "the list without focus, too"
        await opened.press("enter")
        await opened.shows("77 of 90 rows rejected")
        assert not unreadable(opened)


@pytest.mark.parametrize("name", ["dark", "light", "high-contrast"])
async def test_every_status_is_readable_under_the_cursor_too(open_app: Open, name: str) -> None:
    lately = replace(FAILED, started_at=datetime.now(UTC), ended_at=datetime.now(UTC))
    runs = [replace(lately, run_id=v.value, task_id=v.value, verdict=v) for v in Verdict]
    runs += [
        replace(lately, run_id=p.value, task_id=p.value, phase=p, verdict=None)
        for p in Phase
        if p is not Phase.ENDED
    ]
    async with open_app(habits=Habits(theme=THEMES[name].name)) as opened:
        await opened.shows("model idle")
        for run in runs:
            opened.desk.store.put_run(run)
        await opened.press("t", "g")
        await opened.shows("⊘ cancelled")
        await opened.shows("▶ running")
        for _ in runs:
            assert not unreadable(opened)
            await opened.press("j")
