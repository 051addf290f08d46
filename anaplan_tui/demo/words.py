"""The service's messages: every detail code with its class and text (service.md §5.5).

`detail_codes.tsv` is the official table: 23 codes of completion, 48 of failure, 70 of single rows. In its
messages `${…}` is a placeholder; in recorded results the placeholders' names are the keys of `values`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from anaplan_tui.demo.model import Json

Values = Mapping[str, int | str | None]
"""A message's values by placeholder name."""

_PLACE = re.compile(r"\$\{([^}]+)\}")


@dataclass(frozen=True, slots=True)
class Wording:
    """One row of the table."""

    group: str
    """`completion`, `failure` or `row`."""
    code: str
    message: str

    @property
    def places(self) -> tuple[str, ...]:
        """The names of the message's placeholders, in order."""
        return tuple(_PLACE.findall(self.message))


@cache
def wordings() -> Mapping[str, Wording]:
    """Return the table, by code."""
    text = files("anaplan_tui.demo").joinpath("detail_codes.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return {code: Wording(group, code, message) for group, code, message in rows}


def say(code: str, values: Values | None = None, occurrences: int = 0) -> Json:
    """Return a detail with the service's message.

    Its `values` are the given pairs as text (service.md §5.2), omitted if there are none. KeyError for an
    unknown code and for a message whose value is missing.
    """
    given = {} if values is None else {k: None if v is None else str(v) for k, v in values.items()}
    text = _PLACE.sub(lambda place: given[place[1]] or "", wordings()[code].message)
    entry: Json = {"localMessageText": text, "occurrences": occurrences, "type": code}
    if given:
        entry["values"] = [part for pair in given.items() for part in pair]
    return entry
