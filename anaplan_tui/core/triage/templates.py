"""Errors without their variable parts, told by Python and by DuckDB alike.

What follows the first colon and blank varies: ``Invalid number: …``. Where that leaves one kind of error in
pieces (``Row 7: …``, ``Row 8: …``), numbers and quoted parts vary as well: ``Row …: …``. Such a *family* is
made only of what would fall apart, because elsewhere a number is part of a name: ``P3 Products``.
"""

# ruff: noqa: S608 (what comes from a dump gets into SQL through literal only)

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

ELLIPSIS = "…"
FAMILY = 10
"""This many kinds of errors that differ only in numbers and quoted parts are one kind."""
_LONGEST = 400
"""Characters; an error of more is not looked into, so that no text makes the patterns slow."""

# Nothing here means different things in the regular expressions of Python and of DuckDB (RE2).
_QUOTED = '"[^"]*"|“[^”]*”|„[^“”]*[“”]|«[^»]*»|‘[^’]*’'
_IN_APOSTROPHES = r"(^|[ (\[=:,])'[^']*'"
_NUMBERED = r"[A-Za-z0-9_-]*[0-9](?:[A-Za-z0-9_.,:/-]*[A-Za-z0-9_])?"
_PARTS = f"{_QUOTED}|{_NUMBERED}"
_APOSTROPHE = "'"
_INSTEAD = rf"\1{ELLIPSIS}"
_FIRST = f"{_QUOTED}|'[^']*'|{_NUMBERED}"


def literal(text: str) -> str:
    """A string literal of SQL; a NUL, which SQL text cannot hold, is spelled out."""
    quoted = "'" + text.replace("'", "''") + "'"
    return "(" + quoted.replace("\0", "' || chr(0) || '") + ")" if "\0" in text else quoted


def literals(texts: Iterable[str]) -> str:
    """Comma separated string literals."""
    return ", ".join(literal(text) for text in texts)


def split_error(text: str) -> tuple[str, str | None]:
    """An error's template and its variable part: what follows the first colon and blank."""
    head, colon, value = text.partition(": ")
    return (f"{head}: {ELLIPSIS}", value) if colon else (text, None)


def skeleton(template: str) -> str:
    """A template without its numbers and quoted parts."""
    if len(template) > _LONGEST:
        return template
    return re.sub(_PARTS, ELLIPSIS, re.sub(_IN_APOSTROPHES, _INSTEAD, template))


def families_of(templates: Iterable[str]) -> frozenset[str]:
    """The skeletons that so many of the templates share that they are one kind of error."""
    shared = Counter(skeleton(template) for template in set(templates))
    return frozenset(bare for bare, members in shared.items() if members >= FAMILY)


@dataclass(frozen=True, slots=True)
class Templates:
    """How errors are told apart in a dump: in general, and by the families that it has."""

    families: frozenset[str] = frozenset()

    def of(self, error: str) -> str:
        """The template of an error."""
        return self.of_template(split_error(error)[0])

    def of_template(self, template: str) -> str:
        """The template in place of one that was made without regard to families."""
        bare = skeleton(template) if self.families else template
        return bare if bare in self.families else template

    def value(self, error: str) -> str | None:
        """The variable part of an error, if it has one."""
        value = split_error(error)[1]
        if value is None and self.of(error) in self.families and (found := re.search(_FIRST, error)):
            value = found[0]
        return value

    def sql_of(self, error: str) -> str:
        """``of`` as an SQL expression over another."""
        split = _sql_split(error)
        return self.sql_choice(split, _sql_skeleton(f"({split})")) if self.families else split

    def sql_choice(self, split: str, bare: str) -> str:
        """The template: the skeleton ``bare`` where that is a family, else ``split``."""
        return f"CASE WHEN {bare} IN ({literals(sorted(self.families))}) THEN {bare} ELSE {split} END"

    def sql_rows(self, rows: str) -> str:
        """Rows with an ``error`` as rows with its ``template`` too.

        Step by step, because DuckDB evaluates an expression as often as it is written.
        """
        split = f"SELECT *, {_sql_split('error')} AS template FROM ({rows})"
        if not self.families:
            return split
        bare = f"SELECT *, {_sql_skeleton('template')} AS bare FROM ({split})"
        return f"SELECT * REPLACE ({self.sql_choice('template', 'bare')} AS template) FROM ({bare})"

    def sql_value(self, error: str, template: str) -> str:
        """``value`` as an SQL expression over an error and its template; NULL when it has none."""
        first = ""
        if self.families:
            known = literals(sorted(self.families))
            first = (
                f" WHEN {template} IN ({known}) THEN nullif(regexp_extract({error}, {literal(_FIRST)}), '')"
            )
        return f"CASE WHEN contains({error}, ': ') THEN substr({error}, strpos({error}, ': ') + 2){first} END"


def _sql_split(error: str) -> str:
    return (
        f"CASE WHEN contains({error}, ': ')"
        f" THEN split_part({error}, ': ', 1) || ': {ELLIPSIS}' ELSE {error} END"
    )


def _sql_skeleton(text: str) -> str:
    bare = (
        f"CASE WHEN contains({text}, {literal(_APOSTROPHE)}) THEN regexp_replace({text},"
        f" {literal(_IN_APOSTROPHES)}, {literal(_INSTEAD)}, 'g') ELSE {text} END"
    )
    parts = f"regexp_replace({bare}, {literal(_PARTS)}, {literal(ELLIPSIS)}, 'g')"
    return f"CASE WHEN length({text}) <= {_LONGEST} THEN {parts} ELSE {text} END"
