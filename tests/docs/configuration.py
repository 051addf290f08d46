"""The configuration reference, made from the settings' own schema."""

import json
from collections.abc import Iterator
from typing import Any

from anaplan_tui.config.schema import schema
from anaplan_tui.config.settings import REGIONS
from tests.docs.table import code, table

_INTRO = """\
# Configuration

Every key of `config.toml`, made from the settings that read it (`make reference`). A file to start from,
with a comment on each key, is [config.example.toml](../config.example.toml), printed by `anaplan-tui config
example`; `anaplan-tui config init` asks and writes one.

The file is `--config FILE`, else `ANAPLAN_TUI_CONFIG`, else `~/.config/anaplan-tui/config.toml`. The
command line wins over the environment, the environment over the file. The variable of a key is
`ANAPLAN_TUI_` and the key in capitals, with `__` between table and key: `ANAPLAN_TUI_DOWNLOADS__WINDOW=8`.
A list is written as JSON.

```sh
anaplan-tui config show        # every value and where it comes from; secrets as "set"
anaplan-tui config validate    # 0, or 2 with everything that is wrong
anaplan-tui schema config      # the same as JSON schema, for editors
```
"""
_SECRETS = """\
## Secrets

None of them is read from the file or from an argument. Where a variable and a command are both set, the
variable wins; with neither, a terminal is asked without echo.
"""
_VARIABLES = (
    ("the password of `basic`", "ANAPLAN_TUI_PASSWORD", "password_command", "password_file"),
    (
        "the passphrase of a private key",
        "ANAPLAN_TUI_PRIVATE_KEY_PASSWORD",
        "private_key_password_command",
        "private_key_password_file",
    ),
    ("the token of `token`", "ANAPLAN_TUI_TOKEN", "token_command", "token_file"),
)


def page() -> str:
    """Return ``docs/configuration.md``."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    made = schema()
    yield _INTRO
    yield from _section("At the top", "", made, made)
    yield _SECRETS
    yield from table(
        ("secret", "variable", "command", "file of mode 0600"),
        ((said, *map(code, names)) for said, *names in _VARIABLES),
    )
    yield "## Regions\n"
    yield from table(
        ("region", "api_url", "auth_url", "oauth_url"),
        (
            (code(name), *map(code, (hosts.api_url, hosts.auth_url, hosts.oauth_url)))
            for name, hosts in sorted(REGIONS.items())
        ),
    )


def _section(title: str, prefix: str, described: dict[str, Any], whole: dict[str, Any]) -> Iterator[str]:
    """Yield one table of the file, then its subtables."""
    below, rows = [], []
    for name, field in described["properties"].items():
        one = _reference(field)
        many = _reference(field.get("additionalProperties", {}))
        if one or many:
            below.append((f"{prefix}{name}{'.NAME' if many else ''}", one or many))
        else:
            rows.append((code(name), _takes(name, field), _default(field), _said(field)))
    yield f"## {title}\n"
    if prefix:
        yield f"{described['description']}\n"
    yield from table(("key", "takes", "default", "what it is"), rows)
    for path, definition in below:
        yield from _section(f"`[{path}]`", f"{path}.", whole["$defs"][definition], whole)


def _reference(field: dict[str, Any]) -> str:
    return str(field.get("$ref", "")).rpartition("/")[2]


def _takes(name: str, field: dict[str, Any]) -> str:
    field = next((choice for choice in field.get("anyOf", ()) if choice["type"] != "null"), field)
    if name == "region":
        return "one of the [regions](#regions)"
    if "enum" in field:
        return ", ".join(code(json.dumps(word)) for word in field["enum"])
    if "minimum" in field:
        kind = "a whole number" if field["type"] == "integer" else "a number"
        return f"{kind}, {field['minimum']:,.12g} to {field['maximum']:,.12g}"
    if field.get("format") == "path":
        return "a path"
    if field["type"] == "array" and not name.endswith("_command"):
        return "a list of texts"
    if field["type"] == "object":
        return "a table of texts"
    return {"boolean": "`true`, `false`", "array": "a list: program and arguments", "string": "text"}[
        field["type"]
    ]


def _default(field: dict[str, Any]) -> str:
    default = field.get("default")
    return "" if default is None else code(json.dumps(default))


def _said(field: dict[str, Any]) -> str:
    said = str(field["description"]).replace("`None`:", "unset:")
    return f"{said[:1].upper()}{said[1:]}"
