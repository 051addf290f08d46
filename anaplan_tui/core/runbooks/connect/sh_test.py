"""Conditions of sh: true, false, or not to be known before the script runs."""

import fnmatch
import re
from collections.abc import Callable, Sequence

from anaplan_tui.core.runbooks.connect.holes import Given, Holes, Unknown, is_hole

_FILE_TESTS = set("abcdefghkprstuwxLOGSN")
_NUMBERS: dict[str, Callable[[int, int], bool]] = {
    "-eq": lambda a, b: a == b,
    "-ne": lambda a, b: a != b,
    "-lt": lambda a, b: a < b,
    "-le": lambda a, b: a <= b,
    "-gt": lambda a, b: a > b,
    "-ge": lambda a, b: a >= b,
}


def holds(words: Sequence[str], holes: Holes, *, patterns: bool = False) -> bool | None:
    """``[ … ]`` or, with ``patterns``, ``[[ … ]]``, of expanded words; ``None``: not known."""
    for operators, decisive in (({"-o", "||"}, True), ({"-a", "&&"}, False)):
        for at, word in enumerate(words):
            if word in operators and 0 < at < len(words) - 1:
                first = holds(words[:at], holes, patterns=patterns)
                second = holds(words[at + 1 :], holes, patterns=patterns)
                if decisive in (first, second):
                    return decisive
                return None if None in (first, second) else not decisive
    if words and words[0] == "!":
        inner = holds(words[1:], holes, patterns=patterns)
        return None if inner is None else not inner
    if words and words[0] == "(" and words[-1] == ")":
        return holds(words[1:-1], holes, patterns=patterns)
    match words:
        case []:
            return False
        case [word]:
            return is_filled(word, holes)
        case ["-n", word]:
            return is_filled(word, holes)
        case ["-z", word]:
            filled = is_filled(word, holes)
            return None if filled is None else not filled
        case [left, "=" | "==", right]:
            return same(left, right, holes, patterns=patterns)
        case [left, "!=", right]:
            equal = same(left, right, holes, patterns=patterns)
            return None if equal is None else not equal
        case [left, operator, right] if operator in _NUMBERS:
            if re.fullmatch(r"-?\d{1,9}", left) and re.fullmatch(r"-?\d{1,9}", right):
                return _NUMBERS[operator](int(left), int(right))
            return None
        case _:
            return None


def is_filled(word: str, holes: Holes) -> bool | None:
    """Whether a text is not empty; a value from outside is not, or nobody would give it."""
    if any(not is_hole(c) or not isinstance(holes.of(c), Given | Unknown) for c in word):
        return True
    found = [hole.filled if isinstance(hole, Given) else None for hole in holes.within(word)]
    if True in found:
        return True
    return None if None in found else False


def same(left: str, right: str, holes: Holes, *, patterns: bool = False) -> bool | None:
    """Whether two texts are equal."""
    if not left or not right:
        filled = is_filled(left or right, holes)
        return None if filled is None else not filled
    if any(map(is_hole, left + right)):
        return True if left == right and not any(isinstance(h, Unknown) for h in holes.within(left)) else None
    return fnmatch.fnmatchcase(left, right) if patterns else left == right
