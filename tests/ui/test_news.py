"""The status line: the last message on its own screen while it is fresh, otherwise the lasting text."""

from datetime import UTC, datetime, timedelta

import pytest

from anaplan_tui.ui.log import Log
from anaplan_tui.ui.news import News

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Told:
    """News on a clock that stands still until moved."""

    def __init__(self) -> None:
        self.at = NOON
        self.record = Log(lambda: self.at)
        self.news = News(self.record, lambda: self.at)

    def say(self, message: str, screen: object) -> None:
        self.news.say(self.record.add(message), screen)

    def shown(self, screen: object) -> str:
        entry = self.news.shown_on(screen)
        return entry.message if entry is not None else ""


@pytest.fixture
def told() -> Told:
    return Told()


def test_a_message_is_shown_for_ten_seconds(told: Told) -> None:
    told.say("done", "runs")
    assert told.shown("runs") == "done"
    told.at += timedelta(seconds=10)
    assert told.shown("runs") == ""


def test_a_message_stays_with_its_screen_and_does_not_come_back(told: Told) -> None:
    told.say("done", "runs")
    assert told.shown("a run") == ""
    assert told.shown("runs") == ""


def test_what_stands_is_shown_where_there_is_no_news(told: Told) -> None:
    told.news.stand("not connected")
    told.say("done", "runs")
    assert told.shown("runs") == "done"
    assert told.shown("a run") == "not connected"
    assert told.news.stands("not connected")
    told.news.stand("")
    assert told.shown("a run") == ""


def test_a_hushed_message_is_shown_no_more(told: Told) -> None:
    told.say("asking", "triage")
    assert not told.news.hush("another", "triage")
    assert told.news.hush("asking", "triage")
    assert told.shown("triage") == ""
    assert not told.news.hush("asking", "triage")


def test_nothing_is_news_before_there_is_a_screen(told: Told) -> None:
    told.say("early", None)
    assert told.shown("catalog") == ""
