"""The commands ``config`` (init, example, show, validate) and ``schema``."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from anaplan_tui.commands.saying import say
from anaplan_tui.commands.session import Options
from anaplan_tui.commands.shared import as_json
from anaplan_tui.trouble import Exit

if TYPE_CHECKING:
    from anaplan_tui.config.origins import Value, ValueOrigin


@click.group()
@click.pass_obj
def config(options: Options) -> None:
    """Create, show and check the configuration."""
    if options.demo:
        raise click.UsageError("--demo works without a configuration, so there is none to look at.")


@config.command()
@click.option("--overwrite", is_flag=True, help="Replace an existing file.")
@click.option("--no-login", is_flag=True, help="Send nothing: neither try the login nor list models.")
@click.pass_obj
def init(options: Options, overwrite: bool, no_login: bool) -> int:
    """Ask for a profile's settings, try the login, write the file.

    The file has comments and mode 0600. Its path is that of --config, of ANAPLAN_TUI_CONFIG, or
    ~/.config/anaplan-tui/config.toml. No secret is written to it.
    """
    from anaplan_tui.commands.config_init import make

    return make(options, overwrite=overwrite, try_login=not no_login)


@config.command()
def example() -> int:
    """Print the example configuration, with a comment on each key. It is installed with the app."""
    from anaplan_tui.config.paths import example_config_file

    click.echo(example_config_file().read_bytes(), nl=False)
    return Exit.COMPLETED


@config.command()
@as_json
@click.pass_obj
def show(options: Options, json_: bool) -> int:
    """Show every value and where it comes from.

    Sources are a file and line, a variable, an option, or the default. Secrets are shown as "set", programs
    by name only, proxies without the user.
    """
    from anaplan_tui.commands.printing import json_document, table
    from anaplan_tui.config.origins import values
    from anaplan_tui.config.settings import load
    from anaplan_tui.core import report

    settings = load(options.config, overrides=options.overrides)
    found = list(values(settings, options.config, options.overrides))
    if json_:
        json_document(report.listing(_document(one) for one in found))
    else:
        table(("KEY", "VALUE", "FROM"), [(one.key, _text(one), _origin_words(one.origin)) for one in found])
    return Exit.COMPLETED


@config.command()
@as_json
@click.pass_obj
def validate(options: Options, json_: bool) -> int:
    """Check the configuration and the files it names; send nothing.

    All problems are reported at once, as far as they can be seen without the network; anaplan-tui doctor
    checks the rest. Exit codes: 0 valid, 2 not.
    """
    from anaplan_tui.commands.printing import json_document
    from anaplan_tui.config.check import check
    from anaplan_tui.core.text import home, plural

    checked = check(options.config, options.overrides)
    if checked.settings is not None and checked.settings.keys:
        from anaplan_tui.ui import keymap

        found = tuple(keymap.problems(checked.settings))
        checked = replace(checked, settings=None if found else checked.settings, problems=found)
    if json_:
        keys = ("file", "key", "problem", "allowed")
        problems = [{key: getattr(problem, key) or None for key in keys} for problem in checked.problems]
        json_document(
            {"valid": not problems, "problems": problems, "warnings": [str(w) for w in checked.warnings]}
        )
        return Exit.COMPLETED if checked.settings else Exit.USAGE
    for warning in checked.warnings:
        say(f"! {warning}", err=True)
    for problem in checked.problems:
        say(f"✗ {problem}", err=True)
    if checked.settings is None:
        return Exit.USAGE
    where = home(checked.settings.file) if checked.settings.file else "the environment"
    profiles = plural(len(checked.settings.profiles), "profile")
    say(f'✓ {where}: {profiles}, "{checked.settings.profile().name}" is used')
    return Exit.COMPLETED


@click.group()
def schema() -> None:
    """Print the JSON schemas of the configuration and of runbooks."""


@schema.command("config")
def schema_config() -> int:
    """Print the configuration's JSON schema, for editors and tools."""
    from anaplan_tui.commands.printing import json_document
    from anaplan_tui.config.schema import schema as made

    json_document(made())
    return Exit.COMPLETED


@schema.command("runbook")
def schema_runbook() -> int:
    """Print the JSON schema of runbooks, for editors."""
    from anaplan_tui.commands.printing import json_document
    from anaplan_tui.core.runbooks.schema import json_schema

    json_document(json_schema())
    return Exit.COMPLETED


def _document(value: "Value") -> dict[str, Any]:
    origin = value.origin
    return {
        "key": value.key,
        "value": value.value,
        "source": origin.source.value,
        "file": str(origin.file) if origin.file else None,
        "line": origin.line,
        "variable": origin.variable,
        "option": origin.option,
        "detail": origin.detail or None,
    }


def _text(value: "Value") -> str:
    if value.value is None:
        return "–"
    if isinstance(value.value, str):
        return value.value
    return json.dumps(value.value, ensure_ascii=False)


def _origin_words(origin: "ValueOrigin") -> str:
    from anaplan_tui.core.text import home

    if origin.file is not None:
        return f"{home(origin.file)}:{origin.line}" if origin.line else home(origin.file)
    if origin.variable or origin.option:
        return origin.variable or origin.option or ""
    return ", ".join(part for part in (origin.source.value, origin.detail) if part)
