"""The command ``triage``: group a dump by error, and save its rejected rows in the import's form."""

from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from anaplan_tui.commands.completion import known_imports
from anaplan_tui.commands.saying import say
from anaplan_tui.commands.session import Options, SessionTerms, in_session
from anaplan_tui.commands.shared import as_json
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
        """Return the separator's character; refuse anything longer."""
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
    help="Save the rejected rows to PATH, ready to correct and upload.",
)
@click.option("--separator", type=Separator(), help="Column separator of that file: comma, tab, semicolon, …")
@click.option(
    "--import",
    "import_",
    metavar="NAME_OR_ID",
    shell_complete=known_imports,
    help="Read the dump and write its rows as this import does; default: the import in run.json beside it.",
)
@click.option(
    "--compare", "other", type=click.Path(path_type=Path), help="Show what changed since this older dump."
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
    from anaplan_tui.commands.printing import json_document, reading
    from anaplan_tui.commands.printing_triage import triage_result
    from anaplan_tui.config.paths import state_dir
    from anaplan_tui.core import report
    from anaplan_tui.core.dumps.files import was_changed
    from anaplan_tui.core.triage import Triage, compare, open_as_import
    from anaplan_tui.core.triage.writing import refuse_taken

    if rejected is None and separator:
        raise click.UsageError("--separator is about the file that --rejected writes.")
    form: SourceForm | None = None
    if rejected is not None:
        refuse_taken(rejected)
    if rejected is not None or import_:
        form = _form(options, file, separator, import_)

    def read(path: Path, encoding: str | None) -> Triage:
        with reading() as progress:
            return Triage.open(path, work_dir=state_dir().work, encoding=encoding, progress=progress)

    def ask() -> str | None:
        return _form(options, file, None, None).encoding

    with ExitStack() as stack:
        if form is not None:
            opened = stack.enter_context(read(file, form.encoding))
        else:
            opened = stack.enter_context(open_as_import(partial(read, file), ask))
        was = None
        if other is not None:
            with read(other, opened.expected) as older:
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
            say(f"! {clean(file.name)}: {said}.", err=True)
        if rejected is not None:
            _save(opened, rejected, form, err=json_)
        return _code(opened)


def _code(opened: "Triage") -> int:
    cut_off = opened.summary.cut_off
    if not cut_off:
        return Exit.COMPLETED
    say(
        f"anaplan-tui: {cut_off}. Only the whole rows before that are counted; the rest is not in the file.",
        err=True,
    )
    return Exit.FILE


def _form(options: Options, dump: Path, separator: str | None, wanted: str | None) -> "SourceForm":
    """Return the form that the import expects, as far as it was given or can be found out."""
    from anaplan_tui.core.dumps.files import import_of
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
    """Ask Anaplan about an import that nobody named; without an answer, rows are saved as they are."""
    from anaplan_tui.commands.exits import of_error
    from anaplan_tui.core.triage import SourceForm

    try:
        return in_session(options, lambda desk: desk.sources.form(target), SessionTerms(model=False))
    except Exception as error:
        if of_error(error) is None:
            raise
        say(
            f"anaplan-tui: Anaplan was not asked what the import expects ({error}); "
            "the dump is read by its bytes alone, and rows are saved as they are in it.",
            err=True,
        )
        return SourceForm()


def _save(opened: "Triage", path: Path, form: "SourceForm | None", *, err: bool) -> None:
    from anaplan_tui.commands.printing_triage import saved_words
    from anaplan_tui.core.text import home

    saved = opened.save_rejected(path, form=form)
    click.echo(f"{saved_words(saved)}: {home(path)}", err=err)
