"""Messages above the footer can be read to the last word, on the narrowest usual terminal."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.content import Content

import anaplan_tui
from anaplan_tui.ui.widgets.keyed_table import KeyedTable
from anaplan_tui.ui.widgets.status_line import MOST_LINES, StatusLine
from anaplan_tui.ui.words import word_end
from tests.support.apps import Open, until
from tests.support.values import DOWNLOADS

PACKAGE = Path(anaplan_tui.__file__).parent
NAME = "Regions from regions.csv"
"""Replaces the names in a sentence; the service's names have about this length."""


def literal(node: ast.AST) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr():
            return "".join(literal(part) or NAME for part in node.values)
    return ""


def said_in(tree: ast.Module) -> Iterator[str]:
    """Yield the sentences of a module that answer a key: why it does nothing, or its result."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) if "why_no" in name:
                returns = [part for part in ast.walk(node) if isinstance(part, ast.Return)]
                yield from (literal(part) for found in returns for part in ast.walk(found))
            case ast.Call(func=ast.Attribute(attr="say"), args=[what, *_]):
                yield from map(literal, ast.walk(what))


SAID = sorted(
    {
        sentence
        for room in ("ui", "core/dumps", "core/uploads")
        for path in (PACKAGE / room).rglob("*.py")
        for sentence in said_in(ast.parse(path.read_text("utf-8")))
        if " " in sentence.strip()
    }
)


def test_there_are_such_sentences() -> None:
    assert len(SAID) > 100


@pytest.mark.parametrize(
    ("width", "longest", "is_busy"), [(80, 999, False), (80, 999, True), (60, 110, False)]
)
def test_every_sentence_is_whole(width: int, longest: int, is_busy: bool) -> None:
    status = StatusLine()
    if is_busy:
        status.transfers(DOWNLOADS)
        assert any(download.live for download in DOWNLOADS)
    for sentence in (one for one in SAID if len(one) <= longest):
        status.say(sentence)
        lines = [line.plain for line in status.lines(width)]
        assert all(len(line) <= width for line in lines), sentence
        words = " ".join(lines).split()
        assert [word for word in sentence.split() if word not in words] == []


OUTAGE = (
    "Not reachable: no connection to https://api.anaplan.com: the name could not be resolved, the resolver of"
    " this host did not answer. Check the network of this host; what runs goes on at Anaplan, R looks again."
)


@pytest.mark.parametrize("width", [60, 80])
def test_an_error_that_takes_more_than_two_lines_is_whole(width: int) -> None:
    status = StatusLine()
    status.say(OUTAGE)
    assert " ".join(" ".join(line.plain for line in status.lines(width)).split()) == OUTAGE


def test_only_what_would_take_the_screen_loses_words_of_its_middle() -> None:
    status = StatusLine()
    status.say(f"Begins so, {'and goes on ' * 40}until the end.")
    lines = [line.plain for line in status.lines(60)]
    assert len(lines) == MOST_LINES
    assert "".join(lines).strip().endswith("until the end.")


@pytest.mark.parametrize("width", range(1, 40))
def test_a_line_ends_with_a_word(width: int) -> None:
    sentence = Content("This action has no dump of 東京 at all.")
    end = word_end(sentence, width)
    assert 0 < end <= len(sentence.plain)
    head = sentence[:end].rstrip()
    assert head.cell_length <= width
    assert end == len(sentence.plain) or sentence.plain[end - 1] == " " or " " not in head.plain


async def test_a_long_sentence_takes_a_second_line_and_gives_it_back(open_app: Open) -> None:
    said = "This action has no dump: only imports with rejected rows or warnings have one, and this has none."
    async with open_app(size=(80, 24)) as opened:
        await opened.shows("model idle")
        await opened.press("G")
        table = opened.app.screen.query_one(KeyedTable)
        height = table.size.height
        status = opened.app.screen.query_one(StatusLine)
        opened.app.say(said, "warning")
        await until(opened.pilot, lambda: status.size.height == 2, "a second line")
        assert said in " ".join(opened.text.split())
        await until(opened.pilot, lambda: table.size.height == height - 1, "a shorter list")
        await opened.shows("▸")
        status.transfers(DOWNLOADS)
        status.transfers(())
        await opened.pause()
        assert status.size.height == 2, "a progress bar that comes and goes does not move the screen"
        opened.app.say("Short.")
        await until(opened.pilot, lambda: status.size.height == 1, "one line")
        assert table.size.height == height
