"""Reads a runbook; an error says the file, the line, the step, and what is allowed."""

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from anaplan_tui.config.errors import describe, printable, suggestion
from anaplan_tui.core.runbooks import placeholders
from anaplan_tui.core.runbooks.steps import BY_KEY, Runbook, Step, keys_of, templates
from anaplan_tui.core.runbooks.toml_lines import line_of
from anaplan_tui.trouble import Exit, Trouble

_MAX_BYTES = 1_000_000
_OF_ANY_STEP = frozenset(key for kind in BY_KEY.values() for key in keys_of(kind)) - BY_KEY.keys()


class RunbookError(Trouble):
    """A runbook cannot be used.

    ``step`` and ``line`` count from 1; ``None`` where the whole file is meant. ``problem`` is a clause
    without a full stop, ``allowed`` says what would be right.
    """

    exit_code = Exit.USAGE

    def __init__(
        self,
        file: Path | str,
        problem: str,
        allowed: str = "",
        *,
        line: int | None = None,
        step: int | None = None,
        key: str = "",
    ) -> None:
        super().__init__(problem)
        self.file = printable(str(file))
        self.problem = problem
        self.allowed = allowed
        self.line = line
        self.step = step
        self.key = printable(key)

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}, line {self.line}"
        about = ", ".join(part for part in (f"step {self.step}" if self.step else "", self.key) if part)
        said = f"{where}: {about} {self.problem}." if about else f"{where} {self.problem}."
        return said + (f"\n{self.allowed}" if self.allowed else "")


def read(path: Path) -> Runbook:
    """The runbook in a file.

    Raises:
        RunbookError: the file cannot be read, or is no runbook.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "no such path"
        raise RunbookError(path, f"cannot be read ({why.lower()})") from None
    if len(content) > _MAX_BYTES:
        raise RunbookError(path, "is too large for a runbook", "Allowed: at most 1 MB.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RunbookError(path, "is not valid TOML", "It must be text in UTF-8.") from None
    return parse(text, path)


def parse(text: str, file: Path | str) -> Runbook:
    """The runbook in a text; ``file`` is what errors call it.

    Raises:
        RunbookError: the text is no runbook.
    """
    text = text.replace("\r\n", "\n")
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        place = re.search(r"at line (\d+), column (\d+)", str(error))
        line = int(place[1]) if place else text.rstrip("\n").count("\n") + 1
        raise RunbookError(file, "is not valid TOML", _toml_words(str(error)), line=line) from None
    try:
        return Runbook.model_validate(data)
    except ValidationError as error:
        raise _first_error(error, data, text, file) from None


def fill(runbook: Runbook, values: Mapping[str, str], now: datetime, file: Path | str) -> Runbook:
    """The runbook with every placeholder filled in.

    Raises:
        RunbookError: a placeholder has no value, a value has no placeholder, or a filled text cannot stand
            where it does.
    """
    needed = needs(runbook)
    for name in values:
        if name not in needed:
            allowed = f"Its placeholders: {', '.join(needed)}." if needed else "It has no placeholders."
            raise RunbookError(file, f'has no placeholder "{printable(name)}"', allowed)
    data = runbook.model_dump(by_alias=True, exclude_unset=True)
    filled = {
        key: _filled(value, values, now, file, None, key) for key, value in data.items() if key != "step"
    }
    filled["step"] = [
        {key: _filled(value, values, now, file, number, key) for key, value in step.items()}
        for number, step in enumerate(data["step"], 1)
    ]
    try:
        return Runbook.model_validate(filled)
    except ValidationError as error:
        found = _first_error(error, filled, "", file)
        found.line = None
        raise found from None


def needs(runbook: Runbook) -> dict[str, list[str]]:
    """The placeholders that ``--set`` has to fill, in order of first use, each with where it stands."""
    found: dict[str, list[str]] = {}
    for number, table in enumerate((runbook, *runbook.step)):
        for key, text in templates(table):
            if key != "name":
                place = f"step {number}, {key}" if number else key
                for name in dict.fromkeys(placeholders.names(text)):
                    found.setdefault(name, []).append(place)
    return found


def _filled(
    value: Any, values: Mapping[str, str], now: datetime, file: Path | str, step: int | None, key: str
) -> Any:
    if isinstance(value, dict):
        return {k: _filled(v, values, now, file, step, f"{key}.{k}") for k, v in value.items()}
    if not isinstance(value, str) or key == "name":
        return value
    try:
        # Escaped again, because the result is read as a runbook once more.
        return placeholders.escape(placeholders.fill(value, values, now))
    except placeholders.NoValue as missing:
        raise RunbookError(
            file,
            f'needs a value for "{missing.name}"',
            f"Give it: --set {missing.name}=VALUE.",
            step=step,
            key=key,
        ) from None


_TOML = (
    ("Cannot overwrite a value", "A key stands twice in its table; a step is a [[step]] of its own."),
    ("Cannot declare", "The table stands twice; a step begins with [[step]], in double brackets."),
    ("Unescaped", r"In double quotes a backslash is written \\; single quotes take it as it is: 'C:\data'."),
    ("Illegal character", "A text ends on its own line, with the quote that it began with."),
    ("Unterminated string", "A text ends with the quotes that it began with."),
    ('Expected "\'"', "A text ends with the quote that it began with."),
    ("Unclosed", "A list ends with ], an inline table with }."),
    ("Expected ']'", "A table's name stands in brackets of its own line: [[step]]."),
)
"""What the parser says, and what to do about it."""


def _toml_words(error: str) -> str:
    found = (words for begin, words in _TOML if error.startswith(begin))
    return next(found, 'A line is key = "text": texts need quotes.')


def _first_error(error: ValidationError, data: dict[str, Any], text: str, file: Path | str) -> RunbookError:
    first = _first_to_tell(error.errors(include_input=False, include_url=False))
    # Names of alternatives are ours, not the file's.
    location = [part for part in first["loc"] if not (isinstance(part, str) and part.startswith("<"))]
    if location[:1] == ["step"] and len(location) > 1 and isinstance(location[1], int):
        index = location[1]
        key = [str(part) for part in location[2:]]
        problem, allowed = _step_words(first, key, data["step"][index])
        line = line_of(text, index, key)
        return RunbookError(file, problem, allowed, line=line, step=index + 1, key=".".join(key))
    key = [str(part) for part in location]
    if key == ["step"]:
        problem, allowed = "has no steps", f"It needs [[step]] tables, each with one of {', '.join(BY_KEY)}."
        return RunbookError(file, problem, allowed, line=line_of(text, None, key))
    problem, allowed = _words(first, key, Runbook)
    return RunbookError(file, problem, allowed, line=line_of(text, None, key), key=".".join(key))


def _first_to_tell(errors: Sequence[ErrorDetails]) -> ErrorDetails:
    """The first error; but an unknown key beside a missing one goes first: it is that one, misspelt."""
    first = errors[0]
    if first["type"] != "missing":
        return first
    table = first["loc"][:-1]
    beside = (e for e in errors if e["type"] == "extra_forbidden" and e["loc"][:-1] == table)
    return next(beside, first)


def _step_words(error: ErrorDetails, key: Sequence[str], step: Any) -> tuple[str, str]:
    if error["type"].startswith("union_tag"):
        meant = [near for key in (step if isinstance(step, dict) else ()) for near in _near(key)]
        hint = f"Did you mean {meant[0]}? " if meant else ""
        return "does not say what to do", f"{hint}Give it one of {', '.join(BY_KEY)}."
    does = next(key for key in step if key in BY_KEY)
    if error["type"] == "extra_forbidden" and len(key) == 1 and key[0] in BY_KEY:
        return f'stands beside "{does}"', "A step does one thing: give it a [[step]] of its own."
    return _words(error, key, BY_KEY[does])


def _near(key: str) -> list[str]:
    return difflib.get_close_matches(key.lower(), list(BY_KEY), n=1) if key not in _OF_ANY_STEP else []


def _words(error: ErrorDetails, key: Sequence[str], table: type[BaseModel]) -> tuple[str, str]:
    if error["type"] == "extra_forbidden":
        return "is not a key", suggestion(key[-1], keys_of(table))
    if error["type"] == "union_tag_not_found":
        return "has the wrong type", "Allowed: a text in quotes, or a table of dimension and item."
    told = describe(cast(ErrorDetails, {**error, "loc": tuple(key)}), table, "")
    return told.problem, told.allowed


__all__ = ["RunbookError", "Step", "fill", "needs", "parse", "read"]
