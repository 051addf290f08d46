"""The command line: the options before the subcommand, and the subcommands.

Nothing heavy is imported before a command needs it: ``anaplan-tui`` alone must paint at once.
"""

import contextlib
from pathlib import Path

import click

from anaplan_tui import __version__
from anaplan_tui.commands import (
    busy,
    completion,
    config,
    files,
    guard,
    history,
    host,
    lists,
    login,
    runbooks,
    runs,
    triage,
    verify,
    waiting,
)
from anaplan_tui.commands.session import Options
from anaplan_tui.trouble import Exit

_LEVELS = ("debug", "info", "warning", "error")
_with_version = click.version_option(
    __version__, prog_name="anaplan-tui", message="%(prog)s %(version)s", help="Show the version and exit."
)


@click.group(
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@_with_version
@click.option(
    "--config", type=click.Path(path_type=Path, dir_okay=False), help="Configuration file (TOML) to read."
)
@click.option(
    "--profile",
    metavar="NAME",
    help="Profile in the configuration to use.",
    shell_complete=completion.known_profiles,
)
@click.option(
    "--workspace",
    metavar="NAME_OR_ID",
    help="Workspace to work in.",
    shell_complete=completion.known_workspaces,
)
@click.option(
    "--model", metavar="NAME_OR_ID", help="Model to work in.", shell_complete=completion.known_models
)
@click.option("--log-level", type=click.Choice(_LEVELS), help="How much to write to the log file.")
@click.option("--read-only", is_flag=True, help="Refuse every run, cancel and upload.")
@click.option("--demo", is_flag=True, help="Use the embedded demo tenant: no account, no network.")
@click.pass_context
def cli(
    context: click.Context,
    config: Path | None,
    profile: str | None,
    workspace: str | None,
    model: str | None,
    log_level: str | None,
    read_only: bool,
    demo: bool,
) -> int:
    """Run Anaplan processes, watch them, and get their failure dumps onto disk.

    Without a command, the app opens. TARGET is a name or an id; any unambiguous beginning of a name will do.

    Exit codes: 0 completed, 1 failed, 2 wrong usage or configuration, 3 completed with warnings, 4 cancelled,
    5 not authenticated, 6 Anaplan unreachable or contact lost, 7 not found or no access, 8 unknown whether
    the run started, 9 a file could not be written or downloaded completely, 70 a bug in anaplan-tui,
    130 interrupted (the task keeps running).
    """
    context.obj = Options(config, profile, workspace, model, log_level, demo, read_only)
    if log_level is not None:
        _start_log(log_level)
    if context.invoked_subcommand is not None:
        return Exit.COMPLETED
    from anaplan_tui.launch import launch

    return launch(context.obj)


def _start_log(level: str) -> None:
    """Start the log before anything can fail; the configuration's log level comes later."""
    from anaplan_tui.config.paths import UnsafePath
    from anaplan_tui.log import start_logging

    with contextlib.suppress(UnsafePath):  # reported by whatever needs the directory
        start_logging(level)


for _command in (
    *lists.COMMANDS,
    runs.run,
    runs.attach,
    runs.cancel,
    runs.tasks,
    busy.busy,
    waiting.wait,
    files.dumps,
    files.export,
    files.upload,
    triage.triage,
    verify.verify,
    runbooks.play,
    runbooks.convert,
    host.runs,
    history.history,
    guard.guard,
    host.doctor,
    host.simulator,
    login.logout,
    config.config,
    config.schema,
    completion.completion,
):
    cli.add_command(_with_version(_command))
