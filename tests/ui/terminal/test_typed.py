"""Bytes from a terminal, in whatever pieces a link delivers them, become the keys that were pressed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual._xterm_parser import XTermParser
from textual.message import Message

from anaplan_tui.ui.terminal.typed import Typed

ESCAPE_S = 0.1


def name(event: Message) -> str:
    if isinstance(event, events.Key):
        return event.key
    return f"pasted {event.text}" if isinstance(event, events.Paste) else type(event).__name__


def typed(*pieces: bytes, pause: float = 0.01, after: float = 1.0) -> list[str]:
    """Return the events of these pieces, with a pause between them too short to end a wait."""
    terminal = Typed(XTermParser, ESCAPE_S)
    found: list[Message] = []
    now = 0.0
    for piece in pieces:
        found += terminal.tick(now)
        found += terminal.feed(piece, now)
        now += pause
    return [name(event) for event in (*found, *terminal.tick(now + after))]


@pytest.mark.parametrize(
    ("sent", "keys"),
    [
        (b"\x1b", ["escape"]),
        (b"\x1bt", ["escape", "t"]),
        (b"\x1bR", ["escape", "R"]),
        (b"\x1bjjk", ["escape", "j", "j", "k"]),
        (b"\x1b\x1b", ["escape", "escape"]),
        (b"\x1b\x1b\x1bq", ["escape", "escape", "escape", "q"]),
        (b"\x1b\r", ["escape", "enter"]),
        (b"\x1b\t", ["escape", "tab"]),
        (b"\x1b1", ["escape", "1"]),
        (b"\x1b/ab", ["escape", "slash", "a", "b"]),
        ("\x1bü".encode(), ["escape", "ü"]),
        (b"\x1bf", ["escape", "f"]),
        (b"\x1bOx", ["8"]),
        (b"\x1bO", ["escape", "O"]),
        (b"\x1bOO", ["escape", "O", "O"]),
        (b"\x1b[", ["escape", "left_square_bracket"]),
        (b"\x1b:", ["escape", "colon"]),
        (b"\x03", ["ctrl+c"]),
        (b"\x1b\x03", ["escape", "ctrl+c"]),
    ],
)
def test_esc_and_what_is_typed_behind_it(sent: bytes, keys: list[str]) -> None:
    assert typed(sent) == keys


SEQUENCES = [
    (b"\x1b[A", ["up"]),
    (b"\x1bOA", ["up"]),
    (b"\x1bOP", ["f1"]),
    (b"\x1b[[A", ["f1"]),
    (b"\x1b[15~", ["f5"]),
    (b"\x1b[1;5C", ["ctrl+right"]),
    (b"\x1b[1;3A", ["alt+up"]),
    (b"\x1b[Z", ["shift+tab"]),
    (b"\x1b\x7f", ["ctrl+w"]),
    (b"\x1b\x1b[A", ["escape", "up"]),
    (b"\x1b[27u", ["escape"]),
    (b"\x1b[27;5;9~", ["ctrl+tab"]),
    (b"\x1b[106;3u", ["alt+j"]),
    (b"\x1b[I", ["AppFocus"]),
    (b"\x1b[200~r\ny\x1b[201~x", ["pasted r\ny", "x"]),
    (b"\x1b[200~a\x1bjb\x1b[2c\x1b[201~", ["pasted ajb[2c"]),
    ("\x1b[200~a\x9bb\x07\t\u00a0\u200dü\x1b[201~".encode(), ["pasted ab\t\u00a0\u200dü"]),
    (b"\x1b[200~\x1b[201~", ["pasted "]),
    (b"\x1b[?2026;2$y", ["TerminalSupportsSynchronizedOutput"]),
    (b"\x1b[48;50;200;1;1t", ["Resize"]),
]
UNKNOWN = [
    b"\x1b[>77q",
    b"\x1b[1;99Z",
    b"\x1b]11;rgb:7272/7979/7171\x07",
    b"\x1b]11;rgb:7272/7979/7171\x1b\\",
    b"\x1bP>|xterm(390)\x1b\\",
    b"\x1b[M 12",
    b"\x1b[?64;1;2;6;9;15;18;21;22c",
    b"\x1b[99999999999u",
    b"\x1b[1114112u",
    b"\x1b[27;99;99999999~",
    b"\x1b[55296u",
    b"\x1b[48;0;0;0;0t",
    b"\x1b[48;9999;9999;1;1t",
    b"\x1b[" + b"9" * 200 + b"A",
    b"\x1b[" + b";" * 200 + b"u",
]


@pytest.mark.parametrize(("sent", "keys"), SEQUENCES)
def test_sequences_are_what_they_were_in_whatever_pieces_they_come(sent: bytes, keys: list[str]) -> None:
    assert typed(sent) == keys
    assert typed(b"x" + sent + b"x") == ["x", *keys, "x"]
    for cut in range(1, len(sent)):
        assert typed(sent[:cut], sent[cut:]) == keys
    assert typed(*(sent[i : i + 1] for i in range(len(sent)))) == keys


@pytest.mark.parametrize("sent", UNKNOWN)
def test_a_sequence_that_nobody_knows_is_no_keys(sent: bytes) -> None:
    assert typed(sent) == []
    assert typed(sent + b"\x1b[A" + sent + b"q") == ["up", "q"]


def test_the_rest_of_a_sequence_may_be_later_than_an_esc_would_wait() -> None:
    assert typed(b"\x1b[", b"A", pause=3 * ESCAPE_S) == ["up"]
    assert typed(b"\x1b", b"x", pause=3 * ESCAPE_S) == ["escape", "x"]


@pytest.mark.parametrize("sent", [b"\x1b[1;5", b"\x1b]11;rgb", b"\x1b[M "])
def test_a_sequence_that_is_cut_off_is_no_keys(sent: bytes) -> None:
    assert typed(sent, after=5.0) == []
    assert typed(sent, b"q", pause=5.0) == ["q"]


def test_a_paste_that_takes_long_stays_one() -> None:
    assert typed(b"\x1b[200~r", b"y\x1b[2", b"01~", pause=60.0) == ["pasted ry"]


@pytest.mark.parametrize("noise", [b"\xff", b"\xc3(", b"\xe9\xfc", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80"])
def test_what_is_no_utf8_is_no_key(noise: bytes) -> None:
    assert typed(b"a" + noise + b"b") == ["a", *(["left_parenthesis"] if b"(" in noise else []), "b"]
    assert typed(noise, b"b")[-1] == "b"


def test_a_character_may_come_in_pieces() -> None:
    assert typed("ü".encode()[:1], "ü".encode()[1:]) == ["ü"]


@given(st.lists(st.binary(max_size=12), max_size=6))
def test_no_bytes_end_the_reading(pieces: list[bytes]) -> None:
    paste_over = b"\x1b[201~"
    assert typed(*pieces, paste_over, b"q", pause=5.0)[-1] == "q"
