"""The doctor on a screen: found in the palette, scrollable at 80x24, available when the login fails."""

import pytest

from anaplan_tui.core.doctor.checks import Check, Finding
from anaplan_tui.demo.server import DemoServer
from anaplan_tui.ui.screens.doctor import DoctorScreen, in_words
from anaplan_tui.ui.widgets.text_pane import TextPane
from tests.support.apps import Open, Opened

SIZES = pytest.mark.parametrize("size", [(120, 40), (80, 24)])


async def checked(opened: Opened) -> DoctorScreen:
    """Call the doctor from the palette and wait until it has checked everything."""
    await opened.press("colon")
    await opened.type("doctor")
    await opened.shows("Check hosts, proxy")
    await opened.press("enter")
    await opened.shows(" checks, ")
    screen = opened.app.screen
    assert isinstance(screen, DoctorScreen)
    return screen


@SIZES
async def test_all_checks_on_one_screen(open_app: Open, size: tuple[int, int]) -> None:
    async with open_app(size) as opened:
        await opened.shows("model idle")
        await checked(opened)
        for name in ("configuration", "proxy", "connection", "TLS", "login", "clock", "model"):
            assert any(
                name in line and ("✓ ok" in line or "! warning" in line) for line in opened.text.split("\n")
            )
        await opened.press("escape")
        assert not isinstance(opened.app.screen, DoctorScreen)


@SIZES
async def test_a_refused_login_is_looked_at_and_not_tried_again(
    open_app: Open, size: tuple[int, int], tenant: DemoServer
) -> None:
    async with open_app(size, password="s3cret-and-wrong") as opened:
        await opened.shows("✗ Not connected")
        tries = tenant.log.count("POST", "*/token/authenticate")
        screen = await checked(opened)
        assert "✗ failed   login" in opened.text
        assert "clock" in opened.text
        assert "allow-list" in opened.text.replace("\n", " ")
        assert "s3cret" not in opened.text
        assert any("login: " in text for _, text in screen.copyable())
        await opened.press("R")
        await opened.shows(" checks, ")
        assert tries == tenant.log.count("POST", "*/token/authenticate") == 1


async def test_more_than_a_screen_is_scrolled(open_app: Open) -> None:
    async with open_app((80, 24)) as opened:
        await opened.shows("model idle")
        screen = await checked(opened)
        many = [Check(f"check {n}", Finding.FAILED, "said " * 30, "advice " * 30) for n in range(9)]
        pane = screen.query_one(TextPane)
        pane.show_text([part for check in many for part in in_words(check)])
        await opened.pause()
        assert "check 8" not in opened.text
        await opened.press("G")
        await opened.shows("check 8")
        await opened.press("g")
        await opened.shows("check 0")


def test_what_a_server_said_is_no_markup() -> None:
    lines = in_words(Check("TLS", Finding.FAILED, "issued by [bold]evil[/]", "[@click=quit]x[/]"))
    shown = "".join(line.said.plain for line in lines)
    assert "[bold]evil[/]" in shown
    assert "[@click=quit]x[/]" in shown
