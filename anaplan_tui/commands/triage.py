"""The triage command: a dump by its errors, and its rejected rows as a file that the import takes."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from anaplan_tui.commands.completion import known_imports
from anaplan_tui.commands.shared import as_json
from anaplan_tui.session import Options, in_session
from anaplan_tui.trouble import Exit

if TYPE_CHECKING:
    from anaplan_tui.api.refs import TargetRef
    from anaplan_tui.core.desk import Desk
    from anaplan_tui.core.triage import SourceForm, Triage

_SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "\\t": "\t"}


class Separator(click.ParamType[str]):
    """One character, or its name."""

    name = "separator"

    def convert(self, value: str, param: click.Parameter | None, context: click.Context | None) -> str:
        """The character; anything longer is refused."""
        found = _SEPARATORS.get(value.lower(), value)
        if len(found) != 1 or found in '\r\n"':
            self.fail(
                f"{value!r} is no separator: {', '.join(_SEPARATORS)}, or one character", param, context
            )
        return found


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--rejected",
    type=click.Path(path_type=Path),
    help="Write the rejected rows, ready to correct and upload.",
)
@click.option("--separator", type=Separator(), help="What separates their columns: comma, tab, semicolon, …")
@click.option(
    "--import",
    "import_",
    metavar="NAME_OR_ID",
    shell_complete=known_imports,
    help="Write them as this import expects its file; else a run.json beside the dump tells the import.",
)
@click.option(
    "--compare", "other", type=click.Path(path_type=Path), help="Say what changed since this older dump."
)
@as_json
@click.pass_obj
def triage(
    options: Options,
    file: Path,
    rejected: Path | None,
    separator: str | None,
    import_: str | None,
    other: Path | None,
    json_: bool,
) -> int:
    """Group the rows of a dump by error. FILE may be a pipe: triage <(zcat dump.csv.gz)."""
    from anaplan_tui.api.clean import clean
    from anaplan_tui.core import report
    from anaplan_tui.core.dump_files import was_changed
    from anaplan_tui.core.triage import Triage, compare
    from anaplan_tui.core.triage.writing import refuse_taken
    from anaplan_tui.paths import state_dir
    from anaplan_tui.printing import json_document, reading
    from anaplan_tui.printing_triage import triage_result

    if rejected is None and (separator or import_):
        raise click.UsageError("--separator and --import are about the file that --rejected writes.")
    form: SourceForm | None = None
    if rejected is not None:
        refuse_taken(rejected)
        form = _form(options, file, separator, import_)
    work_dir = state_dir().work
    with ExitStack() as stack:
        with reading() as progress:
            encoding = form.encoding if form is not None else None
            opened = stack.enter_context(
                Triage.open(file, work_dir=work_dir, encoding=encoding, progress=progress)
            )
            was = None
            if other is not None:
                with Triage.open(other, work_dir=work_dir, progress=progress) as older:
                    was = older.summary
        change = compare(was, opened.summary) if was is not None else None
        if json_:
            document = report.triage_document(opened.summary)
            if was is not None and change is not None:
                document["compared"] = report.comparison_document(was, change)
            json_document(document)
        else:
            triage_result(opened.summary, change=change, was=was.rows if was is not None else 0)
        if was_changed(file):
            said = "this is not what was fetched: run.json beside it has another size or SHA-256"
            click.echo(f"! {clean(file.name)}: {said}.", err=True)
        if rejected is not None:
            _save(opened, rejected, form, err=json_)
        return _code(opened)


def _code(opened: "Triage") -> int:
    cut_off = opened.summary.cut_off
    if not cut_off:
        return Exit.COMPLETED
    click.echo(
        f"anaplan-tui: {cut_off}. Only the whole rows before that are counted; the rest is not in the file.",
        err=True,
    )
    return Exit.FILE


def _form(options: Options, dump: Path, separator: str | None, wanted: str | None) -> "SourceForm | None":
    """What the import expects, as far as that is asked for or can be found out."""
    from anaplan_tui.core.dump_files import import_of
    from anaplan_tui.core.triage import SourceForm

    target = None if wanted else import_of(dump)
    form = SourceForm()
    if wanted:
        form = in_session(options, lambda desk: _form_of(desk, wanted))
    elif target is not None:
        form = _form_if_told(options, target)
    return replace(form, separator=separator) if separator else form


async def _form_of(desk: "Desk", wanted: str) -> "SourceForm":
    from anaplan_tui.commands.shared import find_target

    return await desk.sources.form((await find_target(desk, wanted, "import")).ref)


def _form_if_told(options: Options, target: "TargetRef") -> "SourceForm":
    """Ask Anaplan for an import that nobody named: no answer is no reason to save nothing."""
    from anaplan_tui.core.triage import SourceForm
    from anaplan_tui.exits import of_error

    try:
        return in_session(options, lambda desk: desk.sources.form(target), model=False)
    except Exception as error:
        if of_error(error) is None:
            raise
        click.echo(
            f"anaplan-tui: Anaplan was not asked what the import expects ({error}); "
            "the rows are separated as in the dump, unless --separator says otherwise.",
            err=True,
        )
        return SourceForm()


def _save(opened: "Triage", path: Path, form: "SourceForm | None", *, err: bool) -> None:
    from anaplan_tui.core.text import home
    from anaplan_tui.printing_triage import saved_words

    saved = opened.save_rejected(path, form=form)
    click.echo(f"{saved_words(saved)}: {home(path)}", err=err)
