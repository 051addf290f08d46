"""The service's own words: every detail code with its class and message (service.md §5.5).

`detail_codes.tsv` is the official table: 23 codes of what completed, 48 of what failed, 70 of rows. In its
messages `${…}` stands for a value; where results were recorded, these names are the keys of `values`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from anaplan_tui.demo.model import Json

Values = Mapping[str, int | str | None]
"""What stands for the places of a message, by their names."""

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
        """The names of the values in the message, in their order."""
        return tuple(_PLACE.findall(self.message))


@cache
def wordings() -> Mapping[str, Wording]:
    """The table, by code."""
    text = files("anaplan_tui.demo").joinpath("detail_codes.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return {code: Wording(group, code, message) for group, code, message in rows}


def say(code: str, values: Values | None = None, occurrences: int = 0) -> Json:
    """A detail in the service's words.

    Its `values` are the pairs of `values`, as text (service.md §5.2), and left out when there are none;
    KeyError for an unknown code and for a message that needs a value which is not given.
    """
    given = {} if values is None else {k: None if v is None else str(v) for k, v in values.items()}
    text = _PLACE.sub(lambda place: given[place[1]] or "", wordings()[code].message)
    entry: Json = {"localMessageText": text, "occurrences": occurrences, "type": code}
    if given:
        entry["values"] = [part for pair in given.items() for part in pair]
    return entry
