"""The commands, thin: parse, ask the core, print, and end with an exit code a script can rely on.

Nothing heavy is imported before a command needs it: ``anaplan-tui`` alone must paint at once.
"""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from anaplan_tui import __version__
from anaplan_tui.exits import Exit, of_run
from anaplan_tui.session import Options, in_session

if TYPE_CHECKING:
    from anaplan_tui.core.catalog import CatalogItem
    from anaplan_tui.core.desk import Desk
    from anaplan_tui.core.snapshots import DownloadSnapshot, RunSnapshot

T = TypeVar("T")

_KINDS = ("process", "import", "export", "action")
_LEVELS = ("debug", "info", "warning", "error")
as_json = click.option(
    "--json", "json_", is_flag=True, help="One JSON document on stdout, nothing else there."
)
bundle_option = click.option(
    "--bundle",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write all about the run into FILE.zip.",
)
kind_option = click.option(
    "--kind", type=click.Choice(_KINDS), default="process", show_default=True, help="What TARGET is."
)


@click.group(
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="anaplan-tui", message="%(prog)s %(version)s")
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="Configuration file (TOML).")
@click.option("--profile", metavar="NAME", help="Profile of the configuration.")
@click.option("--workspace", metavar="NAME_OR_ID", help="Workspace to work in.")
@click.option("--model", metavar="NAME_OR_ID", help="Model to work in.")
@click.option("--log-level", type=click.Choice(_LEVELS), help="How much goes into the log file.")
@click.option("--demo", is_flag=True, help="Work on an embedded demo tenant: no account, no network.")
@click.pass_context
def cli(
    context: click.Context,
    config: Path | None,
    profile: str | None,
    workspace: str | None,
    model: str | None,
    log_level: str | None,
    demo: bool,
) -> int:
    """Run Anaplan processes, watch them, and get their failure dumps onto disk.

    Without a command the app opens. TARGET is a name or an id; a unique beginning of a name will do.

    Exit codes: 0 completed, 1 failed, 2 usage or configuration, 3 completed with warnings, 4 cancelled,
    5 not authenticated, 6 not reachable or contact lost, 7 not found or no access, 8 start outcome unknown,
    9 a file could not be written or downloaded whole, 130 interrupted (the task goes on).
    """
    context.obj = Options(config, profile, workspace, model, log_level, demo)
    if context.invoked_subcommand is not None:
        return Exit.COMPLETED
    from anaplan_tui.launch import launch

    return launch(context.obj)


def _listing(
    name: str, noun: str, fetch: "Callable[[Desk], Awaitable[Sequence[Any]]]", document: str
) -> None:
    """Declare one of the list commands: they differ only in what they list."""

    @cli.command(name, help=f"List the {noun}.")
    @as_json
    @click.pass_obj
    def command(options: Options, json_: bool) -> int:
        from anaplan_tui.core import report
        from anaplan_tui.printing import table

        items = in_session(options, fetch, model=name not in ("workspaces", "models"))
        documents = [getattr(report, document)(item) for item in items]
        if json_:
            click.echo(report.to_json(report.listing(documents)))
        elif documents:
            last = "state" if name == "models" else "type"
            with_last = last in documents[0]
            headers = ("ID", "NAME", last.upper()) if with_last else ("ID", "NAME")
            rows = [(d["id"], d["name"], *([_state(d, last)] if with_last else [])) for d in documents]
            table(headers, rows)
        else:
            click.echo(f"There are no {noun} here.", err=True)
        return Exit.COMPLETED


def _state(document: dict[str, Any], key: str) -> str:
    return " – ".join(part for part in (document.get(key), document.get("obstacle")) if part)


def _catalog(kind: str) -> "Callable[[Desk], Awaitable[Sequence[CatalogItem]]]":
    async def fetch(desk: "Desk") -> "Sequence[CatalogItem]":
        from anaplan_tui.api.refs import Kind

        return await desk.catalog(Kind(kind))

    return fetch


_listing("processes", "model's processes", _catalog("process"), "target_document")
_listing("imports", "model's imports", _catalog("import"), "target_document")
_listing("exports", "model's exports", _catalog("export"), "target_document")
_listing("actions", "model's other actions", _catalog("action"), "target_document")
_listing("workspaces", "workspaces", lambda desk: desk.workspaces(), "workspace_document")
_listing("models", "models", lambda desk: _models(desk), "model_document")


async def _models(desk: "Desk") -> Sequence[Any]:
    from anaplan_tui.core.catalog import find

    wanted = desk.profile.workspace
    home = find("workspace", wanted, await desk.workspaces()).id if wanted else None
    return await desk.models(home)


class Parameter(click.ParamType[tuple[str, str]]):
    """``Dimension=Item`` of a prompted mapping."""

    name = "Dim=Item"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        dimension, equals, item = value.partition("=")
        if not equals or not dimension.strip() or not item.strip():
            self.fail(f'"{value}" is not of the form Dimension=Item', param, ctx)
        return dimension.strip(), item.strip()


class Source(click.ParamType[tuple[str, Path]]):
    """``FILE_ID_OR_NAME=PATH`` of a source file."""

    name = "FILE=PATH"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, Path]:
        wanted, equals, path = value.rpartition("=")
        if not equals or not wanted.strip() or not path:
            self.fail(f'"{value}" is not of the form FILE_ID_OR_NAME=PATH', param, ctx)
        return wanted.strip(), Path(path)


@cli.command()
@click.argument("target")
@kind_option
@click.option("--param", "parameters", type=Parameter(), multiple=True, help="A prompted dimension's item.")
@click.option(
    "--dumps", type=click.Path(path_type=Path, file_okay=False), help="Download the failure dumps into DIR."
)
@bundle_option
@click.option(
    "--upload", "uploads", type=Source(), multiple=True, help="Upload a source file first; repeatable."
)
@click.option("--detach", is_flag=True, help="Start it, print the task id and leave.")
@as_json
@click.pass_obj
def run(
    options: Options,
    target: str,
    kind: str,
    parameters: tuple[tuple[str, str], ...],
    uploads: tuple[tuple[str, Path], ...],
    dumps: Path | None,
    bundle: Path | None,
    detach: bool,
    json_: bool,
) -> int:
    """Start TARGET once, watch it to its end and print the result."""
    if detach and (dumps or bundle):
        raise click.UsageError(
            "--detach leaves before there are dumps; fetch them later with: anaplan-tui dumps"
        )

    async def work(desk: "Desk") -> int:
        item = await _find(desk, target, kind)
        if uploads:
            with _progress(desk, json_):
                await _upload(desk, uploads)
        if detach:
            started = await desk.start(item, parameters=parameters)
            return _detached(started, json_)
        with _progress(desk, json_):
            ended = await desk.run(item, parameters=parameters)
            return await _finish(desk, ended, dumps is not None, json_, bundle)

    return in_session(options, work, downloads_dir=dumps)


@cli.command()
@click.argument("target")
@click.argument("task_id")
@kind_option
@click.option(
    "--dumps", type=click.Path(path_type=Path, file_okay=False), help="Download the failure dumps into DIR."
)
@bundle_option
@as_json
@click.pass_obj
def attach(
    options: Options,
    target: str,
    task_id: str,
    kind: str,
    dumps: Path | None,
    bundle: Path | None,
    json_: bool,
) -> int:
    """Watch a task that runs already, or report one that ended."""

    async def work(desk: "Desk") -> int:
        item = await _find(desk, target, kind)
        with _progress(desk, json_):
            ended = await desk.attach(item, task_id)
            return await _finish(desk, ended, dumps is not None, json_, bundle)

    return in_session(options, work, downloads_dir=dumps)


@cli.command()
@click.argument("target")
@click.argument("task_id")
@kind_option
@as_json
@click.pass_obj
def cancel(options: Options, target: str, task_id: str, kind: str, json_: bool) -> int:
    """Ask for the cancel of a task and wait for the state that follows; it may still complete."""

    async def work(desk: "Desk") -> int:
        item = await _find(desk, target, kind)
        with _progress(desk, json_):
            ended = await desk.cancel_task(item, task_id)
            return await _finish(desk, ended, False, json_)

    return in_session(options, work)


@cli.command()
@click.argument("target")
@kind_option
@as_json
@click.pass_obj
def tasks(options: Options, target: str, kind: str, json_: bool) -> int:
    """The task history that the server holds, newest first; of all users."""

    async def work(desk: "Desk") -> int:
        from anaplan_tui.core import report
        from anaplan_tui.core.text import verdict_mark
        from anaplan_tui.printing import table, when

        items = await desk.history(await _find(desk, target, kind))
        if json_:
            click.echo(report.to_json(report.listing(report.task_document(t) for t in items)))
        elif items:
            rows = [
                (
                    t.task_id,
                    t.state,
                    when(t.created_at),
                    " ".join(verdict_mark(t.verdict)) if t.verdict else "–",
                )
                for t in items
            ]
            table(("TASK", "STATE", "STARTED", "FROM HERE"), rows)
        else:
            click.echo("The server lists no task of it.", err=True)
        return Exit.COMPLETED

    return in_session(options, work)


@cli.command()
@click.argument("target")
@click.argument("task_id")
@kind_option
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Directory to put them in.")
@click.option(
    "--object", "objects", metavar="ID", multiple=True, help="Only the dump of this action; repeatable."
)
@as_json
@click.pass_obj
def dumps(
    options: Options,
    target: str,
    task_id: str,
    kind: str,
    out: Path | None,
    objects: tuple[str, ...],
    json_: bool,
) -> int:
    """Download every failure dump of a task that ended."""

    async def work(desk: "Desk") -> int:
        from anaplan_tui.core import report
        from anaplan_tui.printing import downloads_result

        item = await _find(desk, target, kind)
        with _progress(desk, json_):
            run = await desk.report(item, task_id)
            if run.live or objects:
                fetched = await desk.settled(desk.fetch_dumps(run.run_id, objects or None))
            else:
                fetched = await _fetch(desk, run)
        if json_:
            documents = [report.download_document(d) for d in fetched]
            click.echo(report.to_json(report.listing(documents)))
        elif fetched:
            downloads_result(fetched)
        else:
            click.echo("This task has no dumps.", err=True)
        return Exit.COMPLETED if all(d.path for d in fetched) else Exit.FILE

    return in_session(options, work, downloads_dir=out)


@cli.command()
@click.argument("target")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write.")
@click.option("--param", "parameters", type=Parameter(), multiple=True, help="A prompted dimension's item.")
@as_json
@click.pass_obj
def export(
    options: Options, target: str, out: Path | None, parameters: tuple[tuple[str, str], ...], json_: bool
) -> int:
    """Run the export TARGET and download its file."""

    async def work(desk: "Desk") -> int:
        item = await _find(desk, target, "export")
        with _progress(desk, json_):
            ended = await desk.run(item, parameters=parameters)
            fetched: tuple[DownloadSnapshot, ...] = ()
            if any(a.output.available for a in ended.actions):
                fetched = await desk.settled([desk.fetch_output(ended.run_id, item.id, out)])
            code = await _finish(desk, desk.store.run(ended.run_id) or ended, False, json_)
        return code if all(d.path for d in fetched) else Exit.FILE

    return in_session(options, work)


@cli.command()
@click.argument("file", metavar="FILE_ID_OR_NAME")
@click.argument("path", type=click.Path(path_type=Path))
@click.pass_obj
def upload(options: Options, file: str, path: Path) -> int:
    """Upload PATH in chunks as the content of the model's source file FILE_ID_OR_NAME."""

    async def work(desk: "Desk") -> int:
        with _progress(desk, False):
            await _upload(desk, [(file, path)])
        return Exit.COMPLETED

    return in_session(options, work)


@cli.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--rejected", type=click.Path(path_type=Path), help="Write the rejected rows, ready to correct."
)
@as_json
def triage(file: Path, rejected: Path | None, json_: bool) -> int:
    """Group the rows of a dump by error."""
    from anaplan_tui.core import report
    from anaplan_tui.core.triage import Triage
    from anaplan_tui.paths import state_dir
    from anaplan_tui.printing import reading, triage_result

    work_dir = state_dir().work
    with reading(quiet=json_) as progress, Triage.open(file, work_dir=work_dir, progress=progress) as opened:
        summary = opened.summary
        saved = opened.save_rejected(rejected) if rejected is not None else None
    if json_:
        click.echo(report.to_json(report.triage_document(summary)))
    else:
        triage_result(summary)
    if rejected is not None:
        click.echo(f"{saved:,} rejected rows in {rejected}", err=json_)
    return Exit.COMPLETED


@cli.command()
@as_json
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@click.pass_obj
def runs(options: Options, json_: bool, limit: int) -> int:
    """The local journal of runs and downloads, newest first."""
    from anaplan_tui.core import report
    from anaplan_tui.core.text import run_mark
    from anaplan_tui.printing import table, when
    from anaplan_tui.session import journal_of

    with journal_of(options) as (journal, profile):
        remembered = [r.snapshot() for r in journal.recent(profile, limit)]
    if json_:
        click.echo(report.to_json(report.listing(report.run_document(r) for r in remembered)))
    elif remembered:
        rows = [
            (when(r.started_at), " ".join(run_mark(r)), r.name, r.task_id or "–", r.reason)
            for r in remembered
        ]
        table(("STARTED", "STATE", "NAME", "TASK", "REASON"), rows)
    else:
        click.echo("The journal is empty: nothing was run from here yet.", err=True)
    return Exit.COMPLETED


@cli.command()
@click.option(
    "--port", default=0, type=click.IntRange(0, 65535), help="Port on 127.0.0.1; 0 takes a free one."
)
@click.option(
    "--scenario", default="company", metavar="NAME|FILE", help="What the tenant is like.", show_default=True
)
@click.option("--speed", type=click.FloatRange(0.01, 1000), help="How fast its clock goes; 1 is real time.")
@click.option("--list", "list_", is_flag=True, help="Name the scenarios and leave.")
def simulator(port: int, scenario: str, speed: float | None, list_: bool) -> int:
    """Serve the demo tenant for scripts and tests, and print its URL."""
    try:
        from anaplan_tui.demo.__main__ import serve
        from anaplan_tui.demo.scenarios import BadScenario, scenarios
    except ImportError:
        raise click.UsageError(
            "The simulator needs the demo extra: pip install 'anaplan-tui[demo]'"
        ) from None
    if list_:
        for name, shows in scenarios().items():
            click.echo(f"{name:<14} {shows}")
        return Exit.COMPLETED
    try:
        serve(port, scenario, speed)
    except (BadScenario, OSError) as error:
        raise click.UsageError(str(error)) from None
    return Exit.COMPLETED


async def _find(desk: "Desk", target: str, kind: str) -> "CatalogItem":
    from anaplan_tui.api.refs import Kind

    return await desk.find(target, Kind(kind))


def _progress(desk: "Desk", json_: bool) -> Any:
    from anaplan_tui.printing import following

    return following(desk.store, quiet=json_)


async def _upload(desk: "Desk", wanted: Sequence[tuple[str, Path]]) -> None:
    """Look at every file before the first is sent, then send them one after another.

    Raises:
        click.exceptions.Exit: one was not sent whole; whatever was to follow it is not done.
    """
    from anaplan_tui.core.snapshots import Send
    from anaplan_tui.printing import prepared_upload

    prepared = [await desk.prepare_upload(file, path) for file, path in wanted]
    for one in prepared:
        prepared_upload(one)
    for one in prepared:
        (ended,) = await desk.uploads.wait([desk.upload(one)])
        if ended.state is not Send.DONE:
            click.echo(f"anaplan-tui: {ended.problem}", err=True)
            raise click.exceptions.Exit(Exit.FILE)
        if ended.note:
            click.echo(ended.note, err=True)


async def _fetch(desk: "Desk", run: "RunSnapshot") -> "tuple[DownloadSnapshot, ...]":
    """Every dump of the run; none is no error here, for most runs have none."""
    from anaplan_tui.core.desk import NoDumps

    try:
        ids = desk.fetch_dumps(run.run_id)
    except NoDumps:
        return ()
    return await desk.settled(ids)


async def _finish(
    desk: "Desk", run: "RunSnapshot", with_dumps: bool, json_: bool, bundle: Path | None = None
) -> int:
    """Fetch the dumps where asked, print the result, and say how it went."""
    from anaplan_tui.core import report
    from anaplan_tui.printing import run_result

    code = of_run(run)
    if with_dumps or bundle:
        fetched = await _fetch(desk, run)
        if not all(d.path for d in fetched):
            code = Exit.FILE
        run = desk.store.run(run.run_id) or run
    written = await desk.hand_over(run.run_id, bundle) if bundle else None
    if json_:
        click.echo(report.to_json(report.run_document(run)))
    else:
        run_result(run)
    if written is not None:
        click.echo(f"bundle: {written.path} ({len(written.files)} files)", err=json_)
    return code


def _detached(run: "RunSnapshot", json_: bool) -> int:
    from anaplan_tui.core import report
    from anaplan_tui.printing import run_result

    if json_:
        click.echo(report.to_json(report.run_document(run)))
    elif run.task_id is not None:
        click.echo(run.task_id)
    else:
        run_result(run)
    return of_run(run)
