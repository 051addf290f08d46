"""Any content of the file or the environment is read, or refused without showing a value."""

import json
import tomllib
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anaplan_tui.config.settings import (
    ConfigError,
    Settings,
    load,
)
from tests.support.config_fields import MINIMAL, SECRET, fields


@contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set ``variables`` for a moment, in tests that hypothesis repeats, where fixtures do not work."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        yield


TABLES = ["PROFILES", "POLLING", "DOWNLOADS", "JOURNAL"]
NAMES = sorted({part for dotted in fields(Settings) for part in dotted.split(".")} | {"prod", "password"})
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
KEYS = st.sampled_from(NAMES) | TEXT
SCALARS = (
    st.just(SECRET)
    | TEXT.map(lambda text: SECRET + text)
    | TEXT.map(lambda text: text + SECRET)
    | st.sampled_from(["https://x", "http://127.0.0.1:1", "basic", "token", f"http://u:{SECRET}@h:1"])
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
AUTHS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4) | st.just({"method": "token"})
PROFILES = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4).flatmap(
    lambda profile: AUTHS.map(lambda auth: {**profile, "auth": auth})
)
CONFIGS = st.dictionaries(KEYS, VALUES, max_size=3).flatmap(
    lambda top: PROFILES.map(lambda profile: {**top, "profiles": {"prod": profile}})
)


def toml(value: Any) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f"{toml(key)} = {toml(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(toml, value)) + "]"
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
        case bool():
            return str(value).lower()
        case _:
            return str(value)


def told_without_the_secret(error: ConfigError) -> None:
    said = str(error)
    assert 1 <= len(said.split("\n")) <= 2
    assert said.replace("\n", "").isprintable()
    assert SECRET not in said
    assert SECRET not in "".join(traceback.format_exception(error))
    assert SECRET not in repr(error)


@given(CONFIGS | st.dictionaries(KEYS, VALUES, max_size=4))
def test_any_file_is_read_or_refused_without_showing_a_value(
    tmp_path_factory: pytest.TempPathFactory, config: dict[str, Any]
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.toml"
    text = "\n".join(f"{toml(key)} = {toml(value)}" for key, value in config.items())
    file.touch(0o600)
    file.write_text(text, encoding="utf-8")
    tomllib.loads(file.read_text(encoding="utf-8"))
    try:
        loaded = load(file)
    except ConfigError as error:
        told_without_the_secret(error)
    else:
        assert loaded.profile().auth is not None


PLACES = ["__".join(dotted.split(".")).replace("*", "prod").upper() for dotted in fields(Settings)]
VARIABLES = st.dictionaries(
    st.sampled_from(PLACES + [name.upper() for name in TABLES])
    | st.from_regex(r"[A-Z_]{1,12}", fullmatch=True),
    st.just(SECRET) | VALUES.map(json.dumps) | TEXT.map(lambda text: text.replace("\0", "") + SECRET),
    min_size=1,
    max_size=4,
)


@given(VARIABLES)
def test_any_variables_are_read_or_refused_without_showing_a_value(
    tmp_path_factory: pytest.TempPathFactory, variables: dict[str, str]
) -> None:
    file = tmp_path_factory.getbasetemp() / "minimal.toml"
    file.write_text(MINIMAL)
    variables.pop("CONFIG", None)
    with environment({f"ANAPLAN_TUI_{name}": value for name, value in variables.items()}):
        try:
            loaded = load(file)
        except ConfigError as error:
            told_without_the_secret(error)
        else:
            assert "prod" in loaded.profiles
