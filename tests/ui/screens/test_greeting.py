"""New users are told what to press, once."""

import pytest

from anaplan_tui.ui.screens import catalog
from anaplan_tui.ui.screens.catalog_words import greeting
from tests.support.apps import Open, on, until


async def test_the_first_keys_stand_there_until_something_is_opened(open_app: Open) -> None:
    async with open_app(size=(80, 24)) as opened:
        await opened.shows(greeting())
        await opened.press("down", "enter")
        await opened.shows("History on the service")
        assert "New here?" not in opened.text
        await opened.press("escape")
        await opened.shows("model idle")
        assert "New here?" not in opened.text
    async with open_app(size=(80, 24)) as opened:
        await opened.shows("model idle")
        await until(opened.pilot, lambda: opened.desk.history.progress.lists > 0, "the lists")
        assert "New here?" not in opened.text


@pytest.mark.parametrize("key", ["t", "question_mark", "r"])
async def test_the_first_keys_are_gone_once_another_screen_was_there(
    open_app: Open, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog, "_GREETED_S", 1e6)  # so that they do not simply expire after a minute
    async with open_app(size=(80, 24)) as opened:
        await opened.shows(greeting())
        home = opened.app.screen
        await opened.press(key)
        await until(opened.pilot, lambda: opened.app.screen is not home, "another screen")
        await until(opened.pilot, lambda: "New here?" not in opened.text, "no greeting there")
        await opened.press("escape")
        await until(opened.pilot, lambda: opened.app.screen is home, "the catalog")
        await opened.shows("model idle")
        assert "New here?" not in opened.text


@on("empty")
async def test_an_empty_catalog_says_what_to_press(open_app: Open) -> None:
    async with open_app(size=(80, 24)) as opened:
        await opened.shows("This model has no processes")
        await opened.shows("m shows other models   R looks again")
        await opened.shows("Also here: press 2 for imports, 3 for exports, 4 for other actions")
        assert "New here?" not in opened.text
        await opened.press("2")
        await opened.shows("Also here: press 1 for processes, 3 for exports")
