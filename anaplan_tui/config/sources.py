"""Reads the settings from the TOML file and the environment, which pydantic-settings merges.

This is apart from ``settings`` because importing pydantic-settings takes time (see there). It adds what the
library lacks: an error in TOML names its file and line, unknown ``ANAPLAN_TUI_…`` variables are errors,
types in the file are strict ("4" is a number only in a variable), and every error names the file or the
variable that it comes from.
"""

import os
import re
import stat
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from anaplan_tui.api.proxies import parse_proxy
from anaplan_tui.config.errors import INCOMPLETE, SECRET_KEYS, ConfigError, NoConfig, describe, suggestion
from anaplan_tui.config.paths import CONFIG_VARIABLE, ENCODING, STATE_VARIABLE, default_config_file
from anaplan_tui.config.permissions import who_can_change
from anaplan_tui.config.settings import Settings

PREFIX = "ANAPLAN_TUI_"
NOT_SETTINGS = {CONFIG_VARIABLE, STATE_VARIABLE} | {f"{PREFIX}{key.upper()}" for key in SECRET_KEYS}
"""Variables with our prefix that other parts of the app read."""

_TABLES = ("profiles", "polling", "downloads", "runbooks", "history", "guard", "journal", "keys")
_PATH_KEYS = frozenset(
    ("ca_bundle", "certificate", "private_key", "directory", *(f"{key}_file" for key in SECRET_KEYS))
)
_MAX_FILE_BYTES = 1_000_000


def read(config: Path | None, *, file_needed: bool = True) -> Settings:
    """Read the settings of file and environment. Raises what ``settings.load`` says."""
    path, data = _read_file(config, file_needed=file_needed)
    for problem in _problems_apart(path, data):
        raise problem
    try:
        settings = _Loaded(**data)
    except ValidationError as error:
        raise _problems_together(path, error)[0] from None
    settings._file = path
    return settings


def problems(config: Path | None) -> list[ConfigError]:
    """Everything that ``read`` would refuse; problems of the merged whole come once the parts are right."""
    try:
        path, data = _read_file(config, file_needed=True)
    except ConfigError as error:
        return [error]
    if found := list(_problems_apart(path, data)):
        return found
    try:
        _Loaded(**data)
    except ValidationError as error:
        return _problems_together(path, error)
    return []


def from_data(data: dict[str, Any], directory: Path) -> Settings:
    """Settings from the content of a file in ``directory``, without the environment.

    Raises:
        ConfigError: such a file would be refused.
    """
    try:
        return Settings.model_validate(_anchored(data, directory))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise describe(first, Settings, "the answers") from None


def from_environment(profile_names: Sequence[str]) -> dict[str, Any]:
    """The environment's settings, nested as in a file, its profiles spelled as in ``profile_names``."""
    return _Environment(_Loaded, profile_names)()


def variable_of(location: Sequence[str]) -> str:
    """The variable that the value at ``location`` comes from, if it comes from the environment."""
    found = [name for name in _variables() if _leads_to(name, location)]
    return max(found, key=lambda name: len(_parts(name)), default="")


def place_of(config: Path | None) -> tuple[Path, str]:
    """The path of the config file, and the option or variable that names it; empty for the default path."""
    variable = os.environ.get(CONFIG_VARIABLE)
    named = config or (Path(variable) if variable else None)
    by = "--config" if config else CONFIG_VARIABLE
    return (named or default_config_file()).absolute(), by if named else ""


def _problems_apart(path: Path | None, data: dict[str, Any]) -> Iterator[ConfigError]:
    yield from _unknown_variables()
    if path is not None:
        yield from _problems_of_file(path, data)


def _problems_together(path: Path | None, error: ValidationError) -> list[ConfigError]:
    found = []
    for one in error.errors(include_input=False, include_url=False):
        location = [str(part) for part in one["loc"]]
        if one["type"] == INCOMPLETE:
            location += one["ctx"]["key"].split(".")
        found.append(attributed(describe(one, Settings, path or "environment"), location))
    return found


class _Environment(EnvSettingsSource):
    """The environment's settings, its profiles under the names that the file gives them."""

    def __init__(self, settings_cls: type[BaseSettings], profile_names: Sequence[str]) -> None:
        super().__init__(settings_cls)
        self._spelled = {_folded(name): name for name in profile_names}

    def __call__(self) -> dict[str, Any]:
        values = super().__call__()
        profiles = values.get("profiles")
        if isinstance(profiles, dict):
            values["profiles"] = {self._spelled.get(_folded(k), k): v for k, v in profiles.items()}
        return values

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        # Text that is not JSON stays text: validation then says what is allowed, and for which variable.
        try:
            return super().decode_complex_value(field_name, field, value)
        except (ValueError, RecursionError):
            return value


class _Loaded(Settings, BaseSettings):
    """Settings that take the file as arguments and let the environment win over it."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", env_ignore_empty=True, hide_input_in_errors=True
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        assert isinstance(init_settings, InitSettingsSource)  # noqa: S101  # how BaseSettings calls this
        names = list(init_settings.init_kwargs.get("profiles", ()))
        return (_Environment(settings_cls, names), init_settings)


def _read_file(config: Path | None, *, file_needed: bool) -> tuple[Path | None, dict[str, Any]]:
    """The file that was read, or ``None``, and its content."""
    path, named_by = place_of(config)
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(_MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        if named_by:
            raise ConfigError(path, "", "does not exist", f"It was named by {named_by}.") from None
        if file_needed and not any(_parts(name)[0] == "profiles" for name in _variables()):
            raise NoConfig(path) from None
        return None, {}
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "no such path"
        raise ConfigError(path, "", f"cannot be read ({why.lower()})") from None
    data = _parse(path, content)
    if stat.S_ISREG(mode):
        _check_writers(path, mode, data)
        _check_readers(path, mode, data)
    return path, _anchored(data, path.parent)


def _parse(path: Path, content: bytes) -> dict[str, Any]:
    if len(content) > _MAX_FILE_BYTES:
        raise ConfigError(path, "", "is too large for a config file", "Allowed: at most 1 MB.")
    try:
        return tomllib.loads(content.decode(ENCODING))
    except UnicodeDecodeError:
        raise ConfigError(path, "", "is not valid TOML", "It must be text in UTF-8.") from None
    except (ValueError, RecursionError) as error:
        # Only the position in the parser's message is used: the rest may quote the file.
        place = re.search(r"\((at line \d+, column \d+|at end of document)\)", str(error))
        where = f" {place[1]}" if place else ""
        raise ConfigError(path, "", f"is not valid TOML{where}", 'Texts need quotes: key = "text".') from None


def _check_writers(path: Path, mode: int, data: dict[str, Any]) -> None:
    """Refuse a file that everybody can write to, or one that names programs and that others can change."""
    if not _names_programs(data) and not mode & stat.S_IWOTH:
        return
    try:
        exposed = who_can_change(path)
    except OSError as error:
        raise ConfigError(path, "", f"cannot be read ({(error.strerror or '').lower()})") from None
    if exposed is not None:
        what = "names programs that are run" if _names_programs(data) else "says where passwords are sent"
        raise ConfigError(path, "", f"{exposed.problem}, and it {what}", exposed.cure)


def _names_programs(data: dict[str, Any]) -> bool:
    return any(
        _names_programs(value) if isinstance(value, dict) else key.endswith("_command")
        for key, value in data.items()
    )


def _check_readers(path: Path, mode: int, data: dict[str, Any]) -> None:
    if not mode & (stat.S_IRGRP | stat.S_IROTH):
        return
    profiles = data.get("profiles")
    for name, profile in profiles.items() if isinstance(profiles, dict) else ():
        if isinstance(profile, dict) and _has_password(profile.get("proxy")):
            problem = "holds a password, and others can read the file"
            raise ConfigError(path, f"profiles.{name}.proxy", problem, "Run chmod 600 on it.")


def _has_password(url: Any) -> bool:
    # Parsed as it will be read, whatever characters the password holds; what is no proxy is refused later.
    try:
        return isinstance(url, str) and bool(parse_proxy(url).password)
    except ValueError:
        return isinstance(url, str) and "@" in url


def _anchored(table: dict[str, Any], base: Path) -> dict[str, Any]:
    """``table`` with its relative paths made absolute: they start from the file's directory."""
    anchored = dict(table)
    for key, value in table.items():
        if isinstance(value, dict):
            anchored[key] = _anchored(value, base)
        elif key in _PATH_KEYS and isinstance(value, str) and not value.startswith("~"):
            anchored[key] = str(base / value)
    return anchored


def _problems_of_file(path: Path, data: dict[str, Any]) -> Iterator[ConfigError]:
    """Check keys and types in the file alone; what is missing may still come from the environment."""
    try:
        Settings.model_validate(data, strict=True)
    except ValidationError as error:
        # Not inside the handler: errors raised from here later must not carry pydantic's error along.
        found = error.errors(include_input=False, include_url=False)
    else:
        return
    for one in found:
        if one["type"] not in ("missing", INCOMPLETE):
            yield describe(one, Settings, path)


def _variables() -> Iterator[str]:
    """The names of the environment's settings, as they are spelled there."""
    for name, value in os.environ.items():
        if name.upper().startswith(PREFIX) and name.upper() not in NOT_SETTINGS and value:
            yield name


def _parts(variable: str) -> list[str]:
    return variable[len(PREFIX) :].lower().split("__")


def _folded(name: str) -> str:
    """A profile's name as a variable can spell it."""
    return re.sub(r"[^\w]", "_", name).lower()


def _unknown_variables() -> Iterator[ConfigError]:
    for name in sorted(_variables()):
        first, *rest = _parts(name)
        if first in Settings.model_fields and (first in _TABLES or not rest):
            continue
        valid = [PREFIX + key.upper() for key in Settings.model_fields] + sorted(NOT_SETTINGS)
        advice = suggestion(name, valid)
        yield ConfigError(name, "", "is not a variable of anaplan-tui", advice)


def attributed(problem: ConfigError, location: Sequence[str]) -> ConfigError:
    """``problem``, attributed to the variable that the value at ``location`` comes from, if any."""
    for name in _variables():
        if _leads_to(name, location):
            inside = ".".join(location[len(_parts(name)) :])
            return ConfigError(name, inside, problem.problem, problem.allowed)
    return problem


def _leads_to(variable: str, location: Sequence[str]) -> bool:
    parts = [_folded(part) for part in _parts(variable)]
    return [_folded(part) for part in location[: len(parts)]] == parts
