"""Counts as the service writes them: strings of digits, in a message with the locale's thousands between."""

import re

_BETWEEN = " .,'’\u00a0\u2009\u202f"
"""What locales put between thousands."""
NUMBER = rf"(?<![\w-])(?<!\d[{_BETWEEN}])(?:\d{{1,3}}(?:[{_BETWEEN}]\d{{3}})+|\d+)(?!\w|[.,]\d)"
"""A count within a text: no part of a word, of a fraction or of a negative number."""

_COUNT = re.compile(rf"(?:\d+|\d{{1,3}}([{_BETWEEN}])\d{{3}}(?:\1\d{{3}})*)(?:\.0)?", re.ASCII)
_LONGEST = 15
"""Digits; what is longer is no count of rows, whatever else it may be."""


def whole_number(value: str | None) -> int | None:
    """``"5234"``, ``"5,234"`` or ``"5234.0"`` as 5234; ``None`` for what is no count."""
    text = (value or "").strip()
    if not _COUNT.fullmatch(text):
        return None
    digits = "".join(re.findall(r"\d", text.removesuffix(".0")))
    return int(digits) if len(digits) <= _LONGEST else None
