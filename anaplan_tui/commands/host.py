"""The commands ``runs`` (the journal's runs), ``doctor`` and ``simulator``."""

import asyncio
from typing import TYPE_CHECKING

import click

from anaplan_tui.commands.completion import scenario_names
from anaplan_tui.commands.exits import of_error
from anaplan_tui.commands.saying import say
from anaplan_tui.commands.session import Options, configured
from anaplan_tui.commands.shared import as_json
from anaplan_tui.trouble import Exit

if TYPE_CHECKING:
    from anaplan_tui.config.settings import Settings


@click.command()
@as_json
@click.option(
    "--limit",
    metavar="N",
    default=50,
    show_default=True,
    type=click.IntRange(1, 10_000),
    help="List at most this many runs.",
)
@click.pass_obj
def runs(options: Options, json_: bool, limit: int) -> int:
    """List the local journal's runs and downloads, newest first."""
    from anaplan_tui.commands.printing import journal_result, json_document
    from anaplan_tui.commands.session import journal_of
    from anaplan_tui.core import report

    with journal_of(options) as (journal, profile):
        remembered = [run.looked_at() for run in journal.recent(profile, limit, with_results=True)]
        wanted = journal.wanted(profile)
    if json_:
        documents = [report.journal_document(run, wanted) for run in remembered]
        json_document(report.listing(documents))
    elif remembered:
        journal_result(remembered, wanted)
    else:
        say("The journal is empty: nothing was run from here yet.", err=True)
    return Exit.COMPLETED


@click.command()
@as_json
@click.pass_obj
def doctor(options: Options, json_: bool) -> int:
    """Check the configuration, the connection and this host.

    The checks cover configuration, secrets, host names, proxy, TLS, clock, login, access, state directory and
    terminal.
    """
    from anaplan_tui.commands.printing import check_line, json_document
    from anaplan_tui.config.errors import ConfigError
    from anaplan_tui.config.paths import UnsafePath
    from anaplan_tui.core import report
    from anaplan_tui.core.doctor import examine as checks
    from anaplan_tui.terminal import terminal_check

    found: list[checks.Check] = []

    def note(check: checks.Check) -> None:
        found.append(check)
        if not json_:
            check_line(check)

    async def examine(settings: "Settings") -> None:
        async for check in checks.examine(settings, settings.profile(), terminal_check()):
            note(check)

    try:
        with configured(options) as settings:
            asyncio.run(examine(settings))
    except (ConfigError, UnsafePath) as error:
        for check in checks.examine_without_settings(error, terminal_check()):
            note(check)
    if json_:
        json_document(report.listing(report.check_document(c) for c in found))
    failed = next((c.error for c in found if c.error is not None), None)
    return Exit.COMPLETED if failed is None else (of_error(failed) or Exit.FAILED)


@click.command()
@click.option(
    "--port",
    metavar="PORT",
    default=0,
    type=click.IntRange(0, 65535),
    help="Port on 127.0.0.1; 0 picks a free one.",
)
@click.option(
    "--scenario",
    default="company",
    metavar="NAME|FILE",
    help="Scenario for the tenant to play.",
    show_default=True,
    shell_complete=scenario_names,
)
@click.option(
    "--speed", metavar="FACTOR", type=click.FloatRange(0.01, 1000), help="Speed of its clock; 1 is real time."
)
@click.option("--list", "list_", is_flag=True, help="List the scenarios and exit.")
def simulator(port: int, scenario: str, speed: float | None, list_: bool) -> int:
    """Serve the demo tenant for scripts and tests. Its URL is printed."""
    try:
        from anaplan_tui.demo.__main__ import serve
        from anaplan_tui.demo.scenarios import BadScenario, scenarios
    except ImportError:
        raise click.UsageError(
            "The simulator needs the demo extra: pip install 'anaplan-tui[demo]'"
        ) from None
    if list_:
        for name, shows in scenarios().items():
            say(f"{name:<14} {shows}")
        return Exit.COMPLETED
    try:
        serve(port, scenario, speed)
    except (BadScenario, OSError) as error:
        raise click.UsageError(str(error)) from None
    return Exit.COMPLETED
