"""The command ``verify``: compare files on disk with what was recorded when they were fetched, offline."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from anaplan_tui.commands.shared import as_json
from anaplan_tui.trouble import Exit

if TYPE_CHECKING:
    from anaplan_tui.core.dumps.recorded import Checked


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@as_json
def verify(files: tuple[Path, ...], json_: bool) -> int:
    """Check that each FILE is still as it was downloaded.

    Its size and SHA-256 are compared with the journal and with the run.json beside it. Anaplan is not
    contacted; dumps --verify does that. A folder with a run.json, or the run.json itself, means all files of
    that run.

    Exit codes: 0 all files are as downloaded, 9 one was changed, is missing, or was never recorded.
    """
    from anaplan_tui.commands.printing import json_document, reading
    from anaplan_tui.config.paths import journal_file
    from anaplan_tui.core import report
    from anaplan_tui.core.dumps.recorded import Holds, check, files_of

    wanted = dict.fromkeys(path for file in files for path in files_of(file))
    with reading() as progress:
        checked = [check(path, journal_file(), progress) for path in wanted]
    if json_:
        json_document(report.listing(report.checked_document(one) for one in checked))
    else:
        _print(checked)
    return Exit.COMPLETED if all(one.holds is Holds.SAME for one in checked) else Exit.FILE


def _print(checked: "Iterable[Checked]") -> None:
    from anaplan_tui.api.clean import clean
    from anaplan_tui.core.dumps.recorded import Holds
    from anaplan_tui.core.text import home, size

    for one in checked:
        where = clean(home(one.path))
        if one.holds is Holds.SAME:
            click.echo(
                f"✓ same  {where}  {size(one.bytes)}, says the {' and the '.join(r.by for r in one.recorded)}"
            )
        else:
            click.echo(f"✗ {one.holds.value}  {where}: {one.problem}")
        if one.sha256 is not None:
            click.echo(f"    sha256 {one.sha256}")
