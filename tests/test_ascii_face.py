"""Streams that cannot carry a character: no error, no other width, nothing lost that ASCII can express."""

import ast
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

import anaplan_tui
from anaplan_tui.ascii_face import NAME, face, is_unicode


def written(text: str, encoding: str) -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, errors=NAME)
    stream.write(text)
    stream.flush()
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("✓ completed", "+ completed"),
        ("✗ failed", "x failed"),
        ("▶ running … 62 %", "> running ~ 62 %"),
        ("⊘ cancelled – “so”", '- cancelled - "so"'),
        ("┌─┬─┐ │ ╰", "+-+-+ | +"),
        ("Zoë Müller", "Zoe Muller"),
        ("東京 load", "???? load"),
        ("ﬁx", "?x"),
        ("a\u200db", "ab"),
    ],
)
def test_the_ascii_face_of_what_the_app_shows(text: str, shown: str) -> None:
    assert written(text, "ascii") == shown


def test_what_an_encoding_has_goes_out_as_it_is() -> None:
    assert written("✓ Müller · 3 ×", "latin-1") == "+ Müller · 3 ×"
    assert written("✓ Müller", "utf-8") == "✓ Müller"


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"])))
def test_the_face_is_ascii_and_as_wide_as_the_character(text: str) -> None:
    for character in text:
        shown = face(character)
        assert shown.isascii()
        # Width tables differ on emoji and newer scripts; columns of plain text must not.
        if character in "✓✗⊘▶▸●·…–—×→←↑↓█░│─┌┐└┘" or character.isalpha():
            assert len(shown) == cell_len(character) or not shown or set(shown) == {"?"}


def drawn() -> set[str]:
    """Return the non-ASCII characters in the code's texts, except in tables about foreign text."""
    tables = ("clean.py", "encodings.py", "stray.py", "blanks.py", "ascii_face.py")
    found: set[str] = set()
    for file in Path(anaplan_tui.__file__).parent.rglob("*.py"):
        if file.name not in tables and "demo" not in file.parts:
            nodes = ast.walk(ast.parse(file.read_text("utf-8")))
            texts = [n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)]
            found.update(c for text in texts for c in text if not c.isascii())
    return found


def test_every_glyph_of_the_code_has_a_face() -> None:
    assert len(drawn()) > 20
    seen = {glyph for glyph in drawn() - {"\ufffd"} if glyph.isprintable()}
    assert not [glyph for glyph in seen if not face(glyph).strip("?")]


@pytest.mark.parametrize("block", [range(0x2500, 0x25A0), range(0x2400, 0x2427)], ids=["drawing", "controls"])
def test_what_borders_bars_and_scrollbars_are_made_of_has_a_face(block: range) -> None:
    assert not [chr(code) for code in block if len(face(chr(code))) != 1 or face(chr(code)) == "?"]


def test_a_lone_surrogate_is_no_error() -> None:
    assert written("a\udce9b", "utf-8") == "a?b"


@pytest.mark.parametrize(("encoding", "expected"), [("utf-8", True), ("UTF8", True), ("latin-1", False)])
def test_a_stream_is_unicode_by_its_encoding(encoding: str, expected: bool) -> None:
    assert is_unicode(io.TextIOWrapper(io.BytesIO(), encoding=encoding)) is expected
    assert not is_unicode(object())
