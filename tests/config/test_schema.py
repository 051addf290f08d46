"""The JSON schema accepts and refuses the same as the settings."""

import tomllib
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given

from anaplan_tui.config.schema import schema
from anaplan_tui.config.settings import REGIONS, ConfigError, Settings, load
from tests.config.test_read_or_refused import CONFIGS, toml
from tests.config.test_sources import EXAMPLE
from tests.support.config_fields import MINIMAL, fields

VALIDATOR = jsonschema.Draft202012Validator(schema())


def is_fine(text: str) -> bool:
    return bool(VALIDATOR.is_valid(tomllib.loads(text)))


def test_it_is_a_schema_and_takes_the_example() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    assert is_fine(EXAMPLE.read_text("utf-8"))
    assert is_fine(MINIMAL)


def test_every_key_is_described() -> None:
    described = set()

    def walk(table: dict[str, object], prefix: str) -> None:
        for name, field in table["properties"].items():  # type: ignore[attr-defined]
            inner = field.get("$ref") or field.get("additionalProperties", {}).get("$ref")
            if inner:
                star = "*." if "additionalProperties" in field else ""
                walk(schema()["$defs"][inner.rpartition("/")[2]], f"{prefix}{name}.{star}")
            else:
                described.add(f"{prefix}{name}")
                assert field.get("description"), name

    walk(schema(), "")
    assert described == set(fields(Settings))


@pytest.mark.parametrize(
    "text",
    [
        "default_profil = 'x'",
        "[downloads]\nwindow = 9",
        "[downloads]\nwindow = '4'",
        "[profiles.p]\nregion = 'us77'",
        "[profiles.p.auth]\nmethod = 'magic'",
        "[profiles.p.auth]\npassword = 'x'",
        "notify_command = 'page me'",
        "osc = '8'",
    ],
)
def test_what_is_refused_by_both(text: str, file: Path) -> None:
    file.write_text(f"{text}\n")
    with pytest.raises(ConfigError):
        load(file)
    assert not is_fine(text)


def test_every_region_is_one() -> None:
    for region in REGIONS:
        assert is_fine(f"[profiles.p]\nregion = '{region}'")


@given(CONFIGS)
def test_what_the_settings_take_the_schema_takes(
    tmp_path_factory: pytest.TempPathFactory, config: dict[str, object]
) -> None:
    file = tmp_path_factory.getbasetemp() / "schema.toml"
    file.touch(0o600)
    text = "\n".join(f"{toml(key)} = {toml(value)}" for key, value in config.items())
    file.write_text(text, encoding="utf-8")
    try:
        load(file)
    except ConfigError:
        return
    assert is_fine(text)
