"""Configuration errors, in one or two plain lines that never show a value.

A value may be a password typed into the wrong key, so messages are built from the error's place and
type alone, never from the input that pydantic has seen.
"""

import difflib
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails, PydanticCustomError
from typing_extensions import override

from anaplan_tui.trouble import Exit, Trouble

INCOMPLETE = "incomplete"
"""The pydantic error type of our checks across several keys, which hold only for the merged whole."""

SECRET_KEYS = {
    key: f"ANAPLAN_TUI_{key.upper()}, {key}_command or {key}_file"
    for key in ("password", "token", "private_key_password")
}
"""Keys that people try, and what to use instead: no secret belongs in the file or a profile's variable."""


class ConfigError(Trouble):
    """The configuration cannot be used.

    ``file`` is the file, variable or option to look at, ``key`` the dotted key in it (may be empty),
    ``problem`` a clause without a full stop, ``allowed`` what would be right, as a sentence or list.
    ``str()`` is what the operator reads: at most two lines, no control characters, no value.
    """

    exit_code = Exit.USAGE

    def __init__(self, file: Path | str, key: str, problem: str, allowed: str = "") -> None:
        self.file = printable(str(file))
        self.key = printable(key)
        self.problem = problem
        self.allowed = allowed
        super().__init__(self.file, self.key, problem, allowed)

    def __str__(self) -> str:
        where = f"{self.file}: {self.key}" if self.key else self.file
        return f"{where} {self.problem}." + (f"\n{self.allowed}" if self.allowed else "")


class NoConfig(ConfigError):
    """There is no config file, and none was named."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "", "does not exist", "")
        directory, file = (shlex.quote(printable(str(p))) for p in (path.parent, path))
        self.command = f"mkdir -p {directory} && anaplan-tui config example > {file}"

    @property
    @override
    def before_command(self) -> str:
        return (
            "No configuration yet. anaplan-tui config init asks for what it needs and writes one; "
            "anaplan-tui --demo needs none and no account.\n"
            "Or copy the example and edit it:"
        )

    def __str__(self) -> str:
        return f"{self.before_command} {self.command}"


def printable(text: str) -> str:
    """``text`` on one line, with everything a terminal could act on replaced."""
    shown = "".join(c if c.isprintable() else "�" for c in text)
    return shown if len(shown) <= 200 else f"{shown[:199]}…"


def suggestion(wrong: str, valid: Sequence[str]) -> str:
    """What is allowed, led by the nearest valid name if ``wrong`` looks like a typo."""
    spelled = {name.lower(): name for name in valid}
    near = [spelled[name] for name in difflib.get_close_matches(wrong.lower(), list(spelled), n=1)]
    hint = f"Did you mean {near[0]}? " if near else ""
    return f"{hint}Allowed: {', '.join(valid)}."


def incomplete(key: str, problem: str, allowed: str) -> PydanticCustomError:
    """The error of a check across keys: ``key`` is relative to the model that is checked."""
    return PydanticCustomError(INCOMPLETE, "incomplete", {"key": key, "problem": problem, "allowed": allowed})


def describe(error: ErrorDetails, root: type[BaseModel], file: Path | str) -> ConfigError:
    """One of pydantic's errors about ``root`` as a :class:`ConfigError` about ``file``."""
    location = [str(part) for part in error["loc"]]
    kind, context = error["type"], error.get("ctx", {})
    if kind == INCOMPLETE:
        key = ".".join([*location, context["key"]])
        return ConfigError(file, key, context["problem"], context["allowed"])
    if kind == "extra_forbidden":
        return _unknown_key(location, root, file)
    if location and location[-1] == "[key]":
        location = location[:-1]
    if location and location[-1].isdecimal():
        location[-2:] = [f"{location[-2]}[{location[-1]}]"]
    problem, allowed = _words(kind, context)
    if kind in ("greater_than_equal", "less_than_equal"):
        problem, allowed = "is out of range", _range_at(root, location)
    elif kind == "missing" and location[-1].endswith("_url"):
        allowed = "Give a region, which fills in the hosts, or each host."
    return ConfigError(file, ".".join(location), problem, allowed)


def _unknown_key(location: list[str], root: type[BaseModel], file: Path | str) -> ConfigError:
    key = ".".join(location)
    if (instead := SECRET_KEYS.get(location[-1].lower())) is not None:
        return ConfigError(file, key, "would keep a secret in clear and is not read", f"Use {instead}.")
    return ConfigError(file, key, "is not a key", suggestion(location[-1], keys_at(root, location[:-1])))


def keys_at(root: type[BaseModel], location: Sequence[str]) -> list[str]:
    """The valid keys of the table at ``location``, e.g. ``["profiles", "prod", "auth"]``."""
    table = _table_at(root, location)
    return [] if table is None else list(table.model_fields)


def _table_at(root: type[BaseModel], location: Sequence[str]) -> type[BaseModel] | None:
    here: Any = root
    for part in location:
        if get_origin(here) is dict:
            here = get_args(here)[1]
        elif part in getattr(here, "model_fields", {}):
            here = here.model_fields[part].annotation
        else:
            return None
    return here if isinstance(here, type) and issubclass(here, BaseModel) else None


def _range_at(root: type[BaseModel], location: Sequence[str]) -> str:
    """The bounds of the number at ``location`` in words."""
    table = _table_at(root, location[:-1])
    bounds = table.model_fields[location[-1]].metadata if table is not None else []
    low = next((bound.ge for bound in bounds if hasattr(bound, "ge")), None)
    high = next((bound.le for bound in bounds if hasattr(bound, "le")), None)
    return f"Allowed: {low} to {high}."


_PLAIN = {
    "missing": ("is missing", "It is required."),
    "bool_type": ("has the wrong type", "Allowed: true or false."),
    "bool_parsing": ("has the wrong type", "Allowed: true or false."),
    "int_type": ("has the wrong type", "Allowed: a whole number."),
    "int_parsing": ("has the wrong type", "Allowed: a whole number."),
    "int_parsing_size": ("is out of range", "Allowed: a whole number of reasonable size."),
    "int_from_float": ("has the wrong type", "Allowed: a whole number."),
    "float_type": ("has the wrong type", "Allowed: a number."),
    "float_parsing": ("has the wrong type", "Allowed: a number."),
    "finite_number": ("is out of range", "Allowed: a finite number."),
    "string_type": ("has the wrong type", "Allowed: a text in quotes."),
    "string_unicode": ("is not valid text", "Allowed: a text in UTF-8."),
    "string_too_short": ("is empty", "Allowed: a text that is not empty."),
    "is_instance_of": ("has the wrong type", "Allowed: a path, as a text in quotes."),
    "tuple_type": ("has the wrong type", 'Allowed: a list of texts, as in ["program", "argument"].'),
    "too_short": ("is empty", 'Allowed: a list of texts, as in ["program", "argument"].'),
    "dict_type": ("has the wrong type", "Allowed: a table of keys."),
    "model_type": ("has the wrong type", "Allowed: a table of keys."),
    "model_attributes_type": ("has the wrong type", "Allowed: a table of keys."),
}


def _words(kind: str, context: dict[str, Any]) -> tuple[str, str]:
    """Problem and allowed for an error type that is not about the key itself."""
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind in ("literal_error", "enum"):
        allowed = context["expected"].replace(" or ", ", ").replace("'", "")
        return "is none of the allowed words", f"Allowed: {allowed}."
    if kind == "value_error":
        return "is not allowed", f"It {context['error']}."
    if kind == "string_too_long":
        return "is too long", f"Allowed: at most {context['max_length']} characters."
    return "is not valid", f"See what anaplan-tui config example prints ({kind})."
