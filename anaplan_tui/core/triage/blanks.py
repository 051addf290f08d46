"""Blanks that cannot be seen: the commonest reason why a value that looks right is not found."""

import re
from collections.abc import Sequence

BLANK = "\N{SYMBOL FOR SPACE}"
_ODD = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
"""Blanks that a computer does not take for a space: no-break, thin, wide."""
_UNSEEN = re.compile(f"^ +| +$| {{2,}}|[{_ODD}]+")
_AT_END, _AT_START, _DOUBLED = (
    re.compile(pattern) for pattern in (f"[ {_ODD}]$", f"^[ {_ODD}]", f"[ {_ODD}]{{2}}")
)


def visible(text: str) -> str:
    """The text with ``␠`` for each blank that nobody would see: at its ends, doubled, or of another kind."""
    return _UNSEEN.sub(lambda found: BLANK * len(found[0]), text)


def blank_words(values: Sequence[str]) -> str:
    """Which blanks all the values have in common: ``ends with a blank``; empty when they have none."""

    def all_have(pattern: re.Pattern[str]) -> bool:
        return all(value.strip() and pattern.search(value) for value in values)

    if not values:
        return ""
    for pattern, one, many in (
        (_AT_END, "ends with a blank", "all end with a blank"),
        (_AT_START, "begins with a blank", "all begin with a blank"),
        (_DOUBLED, "has doubled blanks", "all have doubled blanks"),
    ):
        if all_have(pattern):
            return one if len(values) == 1 else many
    return ""
