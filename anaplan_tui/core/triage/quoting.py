"""Quotes, blanks and line ends of a slice: whether DuckDB reads them as Python's csv module does.

DuckDB silently drops blanks between a quote and the border of its cell, and takes a quote behind them for a
doubled one. It reads every other misplaced quote as the csv module does, or refuses it
(``tests/core/triage/test_quoting.py``).
"""

import re
from dataclasses import dataclass
from functools import cache


class IllFormed(Exception):
    """A slice has quotes elsewhere than around cells, or byte order marks before some, or ends inside one."""


@dataclass(frozen=True, slots=True)
class _Blanks:
    """Patterns of blanks at quotes, for one delimiter.

    Each begins with two fixed bytes: those ``re`` finds twice as fast as ``in`` does.
    """

    before: re.Pattern[bytes]
    behind_borders: tuple[re.Pattern[bytes], ...]
    after: re.Pattern[bytes]

    def may_be_in(self, raw: bytes) -> bool:
        return bool(
            self.after.search(raw)
            or (
                self.before.search(raw)
                and (raw.startswith(b" ") or any(border.search(raw) for border in self.behind_borders))
            )
        )


@cache
def _blanks(delimiter: bytes) -> _Blanks:
    borders = [re.escape(border) for border in (delimiter, b"\n", b"\r")]
    return _Blanks(
        re.compile(b' "'),
        tuple(re.compile(border + b'  *"') for border in borders),
        re.compile(b'"  *(?:"|' + b"|".join(borders) + rb"|\Z)"),
    )


def may_have_blanks_at_quotes(raw: bytes, delimiter: bytes) -> bool:
    """Whether blanks stand where DuckDB would drop them, in cells or outside.

    Only ``well_formed`` can tell these apart; it costs as much as all the rest, and most slices can do
    without.
    """
    return _blanks(delimiter).may_be_in(raw)


def line_ends(raw: bytes) -> tuple[str, bool]:
    """What ends the lines, and whether there are several kinds, in cells or outside."""
    if b"\r" not in raw:
        return "\n", False
    pairs = raw.count(b"\r\n")
    return "\r\n", not pairs == raw.count(b"\r") == raw.count(b"\n")


def well_formed(raw: bytes, delimiter: bytes) -> bytes:
    """The same records, each ended by LF, after a check that quotes stand only around cells.

    Between a closing and an opening quote there is nothing (it is a doubled quote), or there are whole
    unquoted cells, with a delimiter or line end at both sides. Raises ``IllFormed``.
    """
    parts = raw.split(b'"')
    outside = parts[::2]
    between = set(outside[1:-1])
    borders = (delimiter, b"\n", b"\r")
    for texts, after_quote, before_quote in (
        ([outside[0]], False, len(outside) > 1),
        (between, True, True),
        (outside[1:][-1:], True, False),
    ):
        for text in filter(None, texts):
            if (after_quote and not text.startswith(borders)) or (
                before_quote and not text.endswith(borders)
            ):
                raise IllFormed
    if b"\r" not in raw:
        return raw
    ended = {text: text.replace(b"\r\n", b"\n").replace(b"\r", b"\n") for text in set(outside)}
    parts[::2] = [ended[text] for text in outside]
    return b'"'.join(parts)
