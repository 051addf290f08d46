"""Read row counts from the text of a message, for results that have them nowhere else.

The service's ``values`` may be empty while its message has the numbers (service.md §5.5, the sample of
CloudWorks). With the default locale the words are English. In another language the code tells which number
is which, if the message has as many numbers as the code (service.md §5.5).
"""

import re
from collections.abc import Mapping

from anaplan_tui.core.verdict.whole_number import NUMBER, whole_number

_SPLIT = rf"(?:\s*\({NUMBER}/{NUMBER}\))?"
"""The numbers of created and of updated rows."""
_WORDS = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "ok": rf"({NUMBER}){_SPLIT}\s+rows?\s+successful",
        "cells": rf"\bcells:\s*({NUMBER})",
        "warnings": rf"({NUMBER}){_SPLIT}\s+rows?\s+(?:has|have|with)\s+(?:a\s+)?warnings?\b",
        "failed": rf"({NUMBER})\s+(?:rows?\s+|cells?\s+)?(?:failed|rejected)\b",
        "ignored": rf"({NUMBER})\s+(?:rows?\s+|cells?\s+)?ignored\b",
        "invalid": rf"({NUMBER})\s+invalid\b",
        "created": rf"({NUMBER})\s+created\b",
        "updated": rf"({NUMBER})\s+(?:permissions\s+|properties\s+)?updated\b",
    }.items()
}
_DELETED = re.compile(rf"({NUMBER})\s+items?\s+w(?:ere|as)\s+deleted\b", re.IGNORECASE)
_CREATED = "created . updated"
_NAMED = "created . invalid updated"
_PEOPLE = "created updated"
_ORDER = {
    "hierarchyRowsProcessed": "ok . . ignored",
    "hierarchyRowsProcessedWithWarnings": "ok . . warnings . . ignored",
    "hierarchyRowsProcessedWithFailures": "ok . . warnings . . failed ignored",
    "hierarchyRowsProcessedFromLineItem": _CREATED,
    "hierarchyRowsProcessedWithFailuresFromLineItem": f"{_CREATED} failed",
    "hierarchyRowsProcessedWithInvalidNames": _NAMED,
    "hierarchyRowsProcessedWithInvalidNamesAndFailures": f"{_NAMED} failed",
    "lineItemRowsProcessed": "cells",
    "lineItemRowsProcessedWithFailures": "cells failed",
    "lineItemRowsProcessedWithIgnored": "cells ignored",
    "lineItemRowsProcessedWithFailuresAndIgnored": "cells failed ignored",
    "usersRowsProcessed": _PEOPLE,
    "usersRowsProcessedWithFailures": f"{_PEOPLE} failed",
    "usersRowsProcessedWithInvalidNames": "created invalid updated",
    "usersRowsProcessedWithInvalidNamesAndFailures": "created invalid updated failed",
    "versionsRowsProcessed": _PEOPLE,
    "versionsRowsProcessedWithFailures": f"{_PEOPLE} failed",
}
"""The numbers of each code's message, in their order; a point marks one that is not needed."""


def counts_in_words(code: str, text: str) -> dict[str, int]:
    """Return the counts in a message, by what they count: ``ok``, ``cells``, ``failed``, ``created`` etc.

    A message begins with a name and a colon; numbers in the name do not count.
    """
    if (deleted := _DELETED.match(text)) is not None:
        return _read({"deleted": deleted})
    behind_name = text.rpartition(":")[2]
    found = _read({n: w.search(text if n == "cells" else behind_name) for n, w in _WORDS.items()})
    return found or _by_order(_ORDER.get(code, "").split(), behind_name)


def _read(matches: Mapping[str, re.Match[str] | None]) -> dict[str, int]:
    numbers = {name: whole_number(match[1]) for name, match in matches.items() if match is not None}
    return {name: number for name, number in numbers.items() if number is not None}


def _by_order(names: list[str], text: str) -> dict[str, int]:
    numbers = [whole_number(number) for number in re.findall(NUMBER, text)]
    if len(numbers) != len(names):
        return {}
    return {
        name: number
        for name, number in zip(names, numbers, strict=True)
        if number is not None and name != "."
    }
