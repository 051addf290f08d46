"""Handing a run over to the owner of its data: asks where to write the bundle, and says when it is there."""

import asyncio
from collections.abc import Sequence
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING

from anaplan_tui.core import text
from anaplan_tui.core.downloads.naming import safe_name
from anaplan_tui.core.snapshots import Action, Phase, RunSnapshot
from anaplan_tui.ui import commands as c
from anaplan_tui.ui.jobs.on_disk import saved_at
from anaplan_tui.ui.path_completion import free_name

if TYPE_CHECKING:
    from anaplan_tui.core.desk import Desk
    from anaplan_tui.ui.jobs.listed import ListedRun
    from anaplan_tui.ui.jobs.lookup import RunLookup
    from anaplan_tui.ui.jobs.spawning import Spawner
    from anaplan_tui.ui.navigation import Request
    from anaplan_tui.ui.screens.dialog import Question
    from anaplan_tui.ui.shell import Shell


class First(Enum):
    """What to do before a bundle is written while dumps are missing."""

    NOTHING = auto()
    FETCH = auto()
    GO_ON = auto()


class BundleJobs:
    """Writes bundles of one desk's runs."""

    def __init__(self, app: "Shell", desk: "Desk", spawner: "Spawner", lookup: "RunLookup") -> None:
        self._app, self._desk, self._spawner, self._lookup = app, desk, spawner, lookup

    def hand_over(self, run_id: str) -> None:
        """Ask for a path, and write an ended run's bundle to it."""

        async def handing_over(request: "Request") -> None:
            await self._hand_over(await self._lookup.recalled(run_id), request)

        self._spawner.spawn_request(handing_over, f"bundle:{run_id}")

    def hand_over_of(self, listed: "ListedRun") -> None:
        """Do the same for a listed run."""
        self._lookup.do_with(listed, self._hand_over, "bundle")

    async def _hand_over(self, run: RunSnapshot, request: "Request") -> None:
        await ask_and_hand_over(self._app, self._desk, run, request)


_NOTE = "What it came to, its errors, dumps and Anaplan's answer. No secrets, nothing of this machine."


def why_no_bundle(run: RunSnapshot) -> str:
    """Say why there is nothing to hand over, in one sentence; empty if there is."""
    if run.live:
        return "This run still goes on; a bundle is made of what it came to."
    if run.phase is not Phase.ENDED:
        return "This run never ran; there is nothing to hand over."
    return ""


async def ask_and_hand_over(app: "Shell", desk: "Desk", run: RunSnapshot, request: "Request") -> None:
    """Ask for a path, and write an ended run's bundle to it; offer to fetch missing dumps first.

    Raises:
        BundleFailed: see :meth:`Desk.hand_over`.
        WentElsewhere: the operator left the screen before the question.
    """
    from anaplan_tui.ui.screens.save_as import save_as

    missing = await asyncio.to_thread(missing_dumps, run)
    first = await request.ask(fetch_first(run, missing)) if missing else First.GO_ON
    if first is First.NOTHING:
        return
    if first is First.FETCH:
        await _fetched(app, desk, run, missing)
        run = await desk.remembered.recall(run.run_id) or run
    suggested = await asyncio.to_thread(suggestion, desk, run)
    gone = gone_words(run, await asyncio.to_thread(gone_dumps, run))
    note = f"{gone} {_NOTE}" if gone else _NOTE
    path = await request.ask(
        save_as(f"Bundle '{run.name}' for the owner", suggested.parent, suggested.name, note=note)
    )
    if path is None:
        return
    app.say("Writing the bundle …")
    bundle = await desk.hand_over(run.run_id, path)
    beside = bundle.path.parent == desk.dumps.folder(run)
    where = f"{bundle.path.name}, beside the dumps" if beside else text.home(bundle.path)
    said = f"{text.plural(len(bundle.files), 'file')}, {text.size(bundle.bytes)}: {where}"
    if bundle.without:
        names = ", ".join(f"'{action.name}'" for action in bundle.without)
        which = "the dump" if len(bundle.without) == 1 else "the dumps"
        app.say(f"! Without {which} of {names}: {said}", "warning")
    else:
        app.say(f"✓ {said}")


async def _fetched(app: "Shell", desk: "Desk", run: RunSnapshot, missing: Sequence[Action]) -> None:
    """Fetch dumps so that the bundle can include them; returns when all downloads have settled."""
    queued = desk.dumps.fetch_dumps(run.run_id, [action.id for action in missing])
    dumps = text.plural(len(queued), "dump")
    app.say(f"Fetching {dumps} first, then asking about the bundle. {c.DOWNLOADS.key} shows them.")
    await desk.dumps.settled(queued)


def missing_dumps(run: RunSnapshot) -> tuple[Action, ...]:
    """Return actions whose dump is not intact on disk but may still be fetched. Blocks on the disk."""
    return tuple(a for a in _not_on_disk(run) if not why_gone(run, a))


def gone_dumps(run: RunSnapshot) -> tuple[Action, ...]:
    """Return actions whose dump is not intact on disk and can no longer be fetched. Blocks on the disk."""
    return tuple(a for a in _not_on_disk(run) if why_gone(run, a))


def why_gone(run: RunSnapshot, action: Action) -> str:
    """Say why a dump can no longer be fetched, as earlier attempts found; empty if it may be."""
    if action.dump.gone:
        return action.dump.error or "The dump is gone."
    return run.no_dumps


def gone_words(run: RunSnapshot, gone: Sequence[Action]) -> str:
    """Say which dumps a bundle lacks in any case, and why; empty if there are none."""
    if not gone:
        return ""
    names = ", ".join(f"'{text.middle(action.name, 40)}'" for action in gone[:3])
    more = f" and {len(gone) - 3} more" if len(gone) > 3 else ""
    which = "dump" if len(gone) == 1 else "dumps"
    return f"Without the {which} of {names}{more}: {why_gone(run, gone[0])}"


def _not_on_disk(run: RunSnapshot) -> tuple[Action, ...]:
    return tuple(a for a in run.actions if a.dump.available and saved_at(a.dump) is None)


def fetch_first(run: RunSnapshot, missing: Sequence[Action]) -> "Question[First]":
    """Ask whether the dumps that are not on disk go into the bundle."""
    from anaplan_tui.ui.screens.dialog import Answer, Question

    names = ", ".join(f"'{text.middle(action.name, 40)}'" for action in missing[:3])
    more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
    dumps = "dump is" if len(missing) == 1 else "dumps are"
    changed = ", or not as fetched" if any(action.dump.path is not None for action in missing) else ""
    return Question(
        f"Fetch {text.plural(len(missing), 'dump')} for the bundle of '{run.name}'?",
        [
            f"The {dumps} not on disk{changed}: {names}{more}.",
            "Without rows and groups of errors the owner sees the counts only.",
        ],
        [
            Answer("Fetch first", First.FETCH, "y"),
            Answer("Bundle without", First.GO_ON),
            Answer("Don't bundle", First.NOTHING, "n"),
        ],
    )


def suggestion(desk: "Desk", run: RunSnapshot) -> Path:
    """Suggest a path for a run's bundle: beside its dumps, if it has any. Blocks on the disk."""
    folders = (desk.dumps.folder(run), desk.dumps.directory, Path.home())
    folder = next((folder for folder in folders if folder.is_dir()), Path.home())
    when = f" {run.started_at.astimezone():%Y-%m-%d %H-%M}" if run.started_at is not None else ""
    return free_name(folder / f"{safe_name(run.name, fallback='run', max_bytes=120)}{when}.zip")
