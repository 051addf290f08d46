"""The commands ``play`` and ``convert``: play runbooks, and make them from Anaplan Connect scripts."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from anaplan_tui.commands.saying import say
from anaplan_tui.commands.session import Options, SessionTerms, in_session
from anaplan_tui.commands.shared import as_json
from anaplan_tui.trouble import Exit

if TYPE_CHECKING:
    from anaplan_tui.core.desk import Desk


class Value(click.ParamType[tuple[str, str]]):
    """A placeholder's value: ``NAME=VALUE``."""

    name = "NAME=VALUE"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Parse a value for click."""
        name, equals, text = value.partition("=")
        if not equals or not name:
            self.fail(f'"{value}" is not of the form NAME=VALUE', param, ctx)
        return name, text


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--set", "given", type=Value(), multiple=True, help="Value of a placeholder; repeatable.")
@click.option("--from", "first", metavar="STEP", help="Start with this step; skip those before it.")
@click.option("--only", metavar="STEP", multiple=True, help="Play only this step; repeatable.")
@click.option(
    "--dry-run", is_flag=True, help="Find everything on the tenant and say what would be done; start nothing."
)
@click.option("--resume", is_flag=True, help="Continue the last play from the step where it stopped.")
@click.option("--force", is_flag=True, help="Play even if another process is playing this runbook.")
@as_json
@click.pass_obj
def play(
    options: Options,
    file: Path,
    given: tuple[tuple[str, str], ...],
    first: str | None,
    only: tuple[str, ...],
    dry_run: bool,
    resume: bool,
    force: bool,
    json_: bool,
) -> int:
    """Play a runbook, step by step. Each step is started once, watched to its end and judged.

    STEP is a number from 1, a step's name, or its target. Wrong names, parameters and paths are reported
    before anything is sent. Ctrl-C stops the play; a running task continues. --resume continues with the step
    that was in progress or that stopped the play, using that play's values and date. The step's task is
    found, never started again.

    The exit code is that of the worst step.
    """
    if first is not None and only:
        raise click.UsageError("--from and --only both choose steps: use one")
    if resume and (first is not None or only):
        raise click.UsageError("--resume goes on where the last play stopped: leave out --from and --only")

    async def work(desk: "Desk") -> int:
        from anaplan_tui.commands.playing import play_runbook

        return await play_runbook(
            desk,
            options,
            file,
            dict(given),
            first,
            only,
            dry_run=dry_run,
            resume=resume,
            force=force,
            json_=json_,
        )

    return in_session(options, work, SessionTerms(model=False))


@click.command()
@click.argument("script", type=click.Path(path_type=Path))
@click.argument("arguments", nargs=-1, metavar="[-- ARGUMENT…]")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the runbook to FILE.",
)
def convert(script: Path, arguments: tuple[str, ...], out: Path | None) -> int:
    """Turn an Anaplan Connect script (.sh, .bat) into a runbook.

    The script is not run, and no secret is copied. ARGUMENTs are those the script would be called with;
    {NAME} among them stays a placeholder. Without them, steps that depend on an argument are left out.

    Exit codes: 0 everything was translated, 3 something was not (stderr says what), 2 SCRIPT is not an
    Anaplan Connect script.
    """
    from anaplan_tui.core.runbooks.connect import convert as converted
    from anaplan_tui.core.runbooks.writing import write
    from anaplan_tui.core.text import home

    found = converted(script, arguments)
    if out is None:
        click.echo(found.text, nl=False)
    else:
        try:
            write(out, found.text)
        except FileExistsError:
            raise click.UsageError(f"{home(out)} exists already; nothing is overwritten.") from None
        say(f"{len(found.steps)} steps: {home(out)}")
    for line in found.notes:
        say(f"Note: {line}", err=True)
    for line in found.untranslated:
        say(f"! Not translated: {line}", err=True)
    return Exit.COMPLETED if found.whole else Exit.WARNINGS
