"""What comes from the terminal's keyboard, cut into keys, escape sequences and pastes.

Textual's parser reads a sequence letter by letter, and guesses with a clock whether an Esc begins one. Here
it gets whole sequences only: an Esc that none follows is the key, at once, and so is what comes behind it; a
sequence that a slow link delivers in parts is put together first.
"""

import codecs
import contextlib
import re
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Protocol

from textual import events
from textual.message import Message

_ESC = "\x1b"
_PASTE_BEGINS, _PASTE_ENDS = "\x1b[200~", "\x1b[201~"

_WHOLE = re.compile(
    r"\x1b(?:"
    r"\[\[."  # the Linux console's function keys
    r"|\[M[^\0-\x1f]{3}"  # X10 mouse reports, which an earlier program may have left on
    r"|\[(?!M)[0-?]*[ -/]*[@-Z\\-~]"  # ECMA-48, 5.4: control sequences
    r"|O[A-DFHIMPQRSXa-dj-y]"  # cursor, function and keypad keys
    r"|[P\]X^_][^\x07\x1b]{0,4000}(?:\x07|\x1b\\)"  # an answer to an earlier program's question
    r"|\x7f"  # Alt+Backspace: nobody deletes right behind an Esc
    r")",
    re.DOTALL,
)
_BEGUN = re.compile(
    r"\x1b(?:\[(?:\[|M[^\0-\x1f]{0,2}|[0-?]*[ -/]*)|O|[P\]X^_][^\x07\x1b]{0,4000}\x1b?)?\Z", re.DOTALL
)
_REST_S = 0.5
"""How long the rest of a sequence may take once its beginning can be nothing else."""
_LONGEST = 100
"""Signs of a sequence that a terminal sends; longer ones are noise."""
_LARGEST = 1_000_000
"""Cells of a screen."""
_NOT_TEXT = "\ufffd"
_HALF = re.compile("[\ud800-\udfff]")
_CONTROLS = dict.fromkeys({*range(0x20), *range(0x7F, 0xA0)} - set(map(ord, "\t\n\r")))
"""Left out of a paste: a field that shows it would send them back to the terminal, which obeys them."""


class Parser(Protocol):
    """The part of Textual's parser that is used here."""

    def feed(self, data: str) -> Iterable[Message]:
        """The events of a piece of input."""


class Typed:
    """Bytes in, events out.

    Args:
        parser: Makes a parser of Textual's, whose ``feed`` turns a sequence into events.
        escape_s: How long an Esc may still be the beginning of a sequence.
    """

    def __init__(self, parser: Callable[[], Parser], escape_s: float) -> None:
        self._new_parser = parser
        self._parser = parser()
        self._escape_s = escape_s
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._text = ""
        self._at = 0.0
        """When its last byte came."""
        self._pasted: list[str] | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether the rest of something may come, or time makes a key of it."""
        return bool(self._text) and self._pasted is None

    def feed(self, data: bytes, now: float) -> list[Message]:
        """What these bytes make; ``now`` in seconds on any clock. Bytes that are no UTF-8 are no keys."""
        self._text += self._decode(data)
        self._at = now
        return list(self._take(timed_out=False))

    def tick(self, now: float) -> list[Message]:
        """What has waited long enough."""
        if not self.is_waiting:
            return []
        waits_s = self._escape_s if self._text == _ESC else _REST_S
        return list(self._take(timed_out=True)) if now - self._at >= waits_s else []

    def _take(self, *, timed_out: bool) -> Iterator[Message]:
        while self._text:
            if self._pasted is not None:
                if not (yield from self._take_paste(self._pasted)):
                    return
            elif not self._text.startswith(_ESC):
                keys, escape, rest = self._text.partition(_ESC)
                self._text = escape + rest
                yield from self._keys(keys)
            elif whole := _WHOLE.match(self._text):
                self._text = self._text[whole.end() :]
                yield from self._sequence(whole.group())
            elif not _BEGUN.match(self._text):
                yield from self._escape()
            elif not timed_out:
                return
            elif len(self._text) <= 2:
                yield from self._escape()
            else:
                cut_off, self._text = self._text, ""
                if cut_off.endswith("$"):  # keys of rxvt; what else is cut off is noise
                    yield from self._sequence(cut_off)

    def _escape(self) -> Iterator[Message]:
        """The key itself, and of ``Esc O`` or ``Esc [`` the second one, which begins nothing."""
        self._text = self._text.removeprefix(_ESC)
        yield events.Key("escape", _ESC)

    def _keys(self, text: str) -> Iterator[Message]:
        text = text.replace(_NOT_TEXT, "")
        if text:  # nothing would be the end of all input
            yield from self._parser.feed(text)

    def _sequence(self, sequence: str) -> Iterator[Message]:
        if sequence == _PASTE_BEGINS:
            self._pasted = []
            return
        if sequence[1] in "P]X^_" or sequence.startswith("\x1b[M"):
            return  # nobody here has asked
        known: tuple[Message, ...] = ()
        if len(sequence) <= _LONGEST:
            with contextlib.suppress(ValueError, OverflowError):  # of a number that is no character
                known = tuple(self._parser.feed(sequence))
        yield from filter(_can_be, known)
        if not known:
            # It would go on reading, and make keys of a sequence that it does not know.
            self._parser = self._new_parser()

    def _take_paste(self, pasted: list[str]) -> Generator[Message, None, bool]:
        """Collect it; yields it at its end. The generator's value is whether it ended."""
        text, end, rest = self._text.partition(_PASTE_ENDS)
        if end:
            pasted.append(text)
            self._text, self._pasted = rest, None
            yield events.Paste("".join(pasted).translate(_CONTROLS))
            return True
        held = next((n for n in range(len(_PASTE_ENDS) - 1, 0, -1) if text.endswith(_PASTE_ENDS[:n])), 0)
        pasted.append(text[: len(text) - held])
        self._text = text[len(text) - held :]
        return False


def _can_be(event: Message) -> bool:
    """Whether it is not of noise: a key that is half a character, a screen without room or without bounds."""
    if isinstance(event, events.Key):
        return not _HALF.search(event.character or "")
    return not isinstance(event, events.Resize) or 0 < event.size.area <= _LARGEST
