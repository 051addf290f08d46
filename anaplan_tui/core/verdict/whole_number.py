"""Parse counts as the service writes them: digits, with the locale's thousands separators in messages."""

import re

_BETWEEN = " .,'’\u00a0\u2009\u202f"
"""Thousands separators of all locales."""
NUMBER = rf"(?<![\w-])(?<!\d[{_BETWEEN}])(?:\d{{1,3}}(?:[{_BETWEEN}]\d{{3}})+|\d+)(?!\w|[.,]\d)"
"""A count within a text: not part of a word, of a fraction or of a negative number."""

_COUNT = re.compile(rf"(?:\d+|\d{{1,3}}([{_BETWEEN}])\d{{3}}(?:\1\d{{3}})*)(?:\.0)?", re.ASCII)
_LONGEST = 15
"""Digits; a longer number is not a count of rows."""


def whole_number(value: str | None) -> int | None:
    """``"5234"``, ``"5,234"`` or ``"5234.0"`` as 5234; ``None`` for anything that is not a count."""
    text = (value or "").strip()
    if not _COUNT.fullmatch(text):
        return None
    digits = "".join(re.findall(r"\d", text.removesuffix(".0")))
    return int(digits) if len(digits) <= _LONGEST else None
