"""Every setting's value and origin: a line of the file, a variable, an option, or the default."""

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from pydantic import BaseModel

from anaplan_tui.config.lines import Key, lines_of
from anaplan_tui.config.needed_secret import Secret, needed_secret
from anaplan_tui.config.paths import CONFIG_VARIABLE, ENCODING, STATE_VARIABLE, kept_tokens, log_file
from anaplan_tui.config.settings import Overrides, Profile, Settings
from anaplan_tui.config.sources import from_environment, place_of, variable_of
from anaplan_tui.toml_text import dotted

SET = "set"
"""Shown in place of a secret."""
_MORE = "…"


class Source(StrEnum):
    """Where a setting can come from."""

    FILE = "file"
    ENVIRONMENT = "environment"
    COMMAND_LINE = "command line"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class ValueOrigin:
    """Where a value comes from; ``detail`` says more about a default."""

    source: Source
    file: Path | None = None
    line: int | None = None
    variable: str | None = None
    option: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Value:
    """A setting as it may be shown: a JSON value, or ``None`` if it has none; a secret is only ``set``."""

    key: str
    value: Any
    origin: ValueOrigin


def values(settings: Settings, config: Path | None, overrides: Overrides) -> Iterator[Value]:
    """Every setting, the secrets that the profiles need, and the two paths that are not settings.

    ``settings`` is what ``load(config, overrides=overrides)`` returned. Programs are shown without their
    arguments and a proxy without its user: either may hold a secret.

    Raises:
        OSError: the file has disappeared since.
    """
    yield from _places(settings, config)
    origins = _Origins(settings, overrides)
    yield from _of_table(settings, (), origins)
    for profile in settings.profiles.values():
        yield from _secrets_of(profile, origins)


class _Origins:
    """Finds out where a value comes from, strongest first."""

    def __init__(self, settings: Settings, overrides: Overrides) -> None:
        self._settings = settings
        self._file = settings.file
        text = settings.file.read_text(ENCODING) if settings.file else ""
        self._in_file = tomllib.loads(text)
        self._lines = lines_of(text)
        self._in_environment = from_environment(list(self._in_file.get("profiles", ())))
        in_use = ("profiles", settings.profile().name)
        self._options = {
            ("default_profile",): ("--profile", overrides.profile),
            ("log_level",): ("--log-level", overrides.log_level),
            (*in_use, "workspace"): ("--workspace", overrides.workspace),
            (*in_use, "model"): ("--model", overrides.model),
        }

    def of(self, location: Key) -> ValueOrigin:
        option, given = self._options.get(location, ("", None))
        if given:
            return ValueOrigin(Source.COMMAND_LINE, option=option)
        if _is_in(self._in_environment, location):
            return ValueOrigin(Source.ENVIRONMENT, variable=variable_of(location))
        if _is_in(self._in_file, location):
            return ValueOrigin(Source.FILE, file=self._file, line=self._lines.get(location))
        return ValueOrigin(Source.DEFAULT, detail=self._why(location))

    def _why(self, location: Key) -> str:
        if location == ("default_profile",) and len(self._settings.profiles) == 1:
            return "the only profile"
        if location[0] == "profiles" and location[-1].endswith("_url"):
            profile = self._settings.profiles[location[1]]
            return "as api_url" if profile.loopback else f"of region {profile.region or 'us1'}"
        return ""


def _is_in(table: Mapping[str, Any], location: Key) -> bool:
    here: Any = table
    for part in location:
        if not isinstance(here, Mapping) or part not in here:
            return False
        here = here[part]
    return True


def _places(settings: Settings, config: Path | None) -> Iterator[Value]:
    path, named_by = place_of(config)
    if not named_by:
        origin = ValueOrigin(Source.DEFAULT)
    elif named_by == CONFIG_VARIABLE:
        origin = ValueOrigin(Source.ENVIRONMENT, variable=named_by)
    else:
        origin = ValueOrigin(Source.COMMAND_LINE, option=named_by)
    yield Value("config file", str(path) if settings.file else None, origin)
    named = bool(os.environ.get(STATE_VARIABLE))
    origin = (
        ValueOrigin(Source.ENVIRONMENT, variable=STATE_VARIABLE) if named else ValueOrigin(Source.DEFAULT)
    )
    yield Value("state directory", str(log_file().parent), origin)


def _of_table(table: BaseModel, above: Key, origins: _Origins) -> Iterator[Value]:
    for name in type(table).model_fields:
        value, location = getattr(table, name), (*above, name)
        if isinstance(value, BaseModel):
            yield from _of_table(value, location, origins)
        elif location == ("profiles",):
            for profile in value.values():
                yield from _of_table(profile, (*location, profile.name), origins)
        elif isinstance(value, dict) and value:
            for key, text in value.items():
                yield Value(dotted((*location, key)), _shown(key, text), origins.of((*location, key)))
        else:
            yield Value(dotted(location), _shown(name, value), origins.of(location))


def _shown(name: str, value: Any) -> Any:
    if value == {}:
        return None
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, tuple):
        return [value[0], _MORE] if len(value) > 1 else list(value)
    return _without_user(value) if name == "proxy" else str(value)


def _without_user(url: str) -> str:
    parts = urlsplit(url)
    _, at, place = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{_MORE}@{place}")) if at else url


def _secrets_of(profile: Profile, origins: _Origins) -> Iterator[Value]:
    above: Key = ("profiles", profile.name, "auth")
    if profile.auth.method == "oauth-device":
        kept = kept_tokens(log_file().parent, profile.name)
        origin = (
            ValueOrigin(Source.FILE, file=kept[0])
            if kept
            else ValueOrigin(Source.DEFAULT, detail="asked for")
        )
        yield Value(dotted((*above, "sign-in")), SET if kept else None, origin)
        return
    secret = needed_secret(profile.auth)
    if secret is not None:
        where = _source_of(secret, profile, above, origins)
        known = where is not None
        origin = where or ValueOrigin(Source.DEFAULT, detail="asked for")
        yield Value(dotted((*above, secret.value)), SET if known else None, origin)


def _source_of(secret: Secret, profile: Profile, above: Key, origins: _Origins) -> ValueOrigin | None:
    value = os.environ.get(secret.variable)
    if value or (value is not None and secret.may_be_empty):
        return ValueOrigin(Source.ENVIRONMENT, variable=secret.variable)
    for key in (f"{secret.value}_command", f"{secret.value}_file"):
        if getattr(profile.auth, key) is not None:
            return origins.of((*above, key))
    return None
