"""Runbooks on the command line: converting scripts."""

from pathlib import Path

import click

from anaplan_tui.trouble import Exit


@click.command()
@click.argument("script", type=click.Path(path_type=Path))
@click.argument("arguments", nargs=-1, metavar="[-- ARGUMENT…]")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write it there."
)
def convert(script: Path, arguments: tuple[str, ...], out: Path | None) -> int:
    """Turn an Anaplan Connect script (.sh, .bat) into a runbook. Nothing of it is run, no secret is copied.

    ARGUMENTs are what the script would be called with; {NAME} among them stays a placeholder. Steps that
    depend on an argument are left out without them.

    Exit codes: 0 all of it was translated, 3 something was not (stderr says what), 2 it is no such script.
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
        click.echo(f"{len(found.steps)} steps: {home(out)}")
    for line in found.notes:
        click.echo(f"Note: {line}", err=True)
    for line in found.untranslated:
        click.echo(f"! Not translated: {line}", err=True)
    return Exit.COMPLETED if found.whole else Exit.WARNINGS
