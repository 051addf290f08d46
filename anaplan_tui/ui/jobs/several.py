"""Commands on several marked lines: one question, one job, one sentence about the outcome."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from anaplan_tui.core import text
from anaplan_tui.core.catalog import CatalogItem
from anaplan_tui.core.desk import NoDumps
from anaplan_tui.core.runs.preflight import Preflight
from anaplan_tui.core.snapshots import Action, RunSnapshot
from anaplan_tui.trouble import Trouble
from anaplan_tui.ui import commands as c
from anaplan_tui.ui.jobs.bundle import First, missing_dumps, suggestion, why_no_bundle
from anaplan_tui.ui.jobs.listed import ListedRun, Skipped, skipped_words
from anaplan_tui.ui.jobs.on_disk import dumps_on_disk, what_came
from anaplan_tui.ui.path_completion import free_name

if TYPE_CHECKING:
    from anaplan_tui.core.desk import Desk
    from anaplan_tui.ui.jobs.bundle import BundleJobs
    from anaplan_tui.ui.jobs.dumps import DumpJobs
    from anaplan_tui.ui.jobs.runs import RunJobs
    from anaplan_tui.ui.jobs.spawning import Spawner
    from anaplan_tui.ui.navigation import Request
    from anaplan_tui.ui.shell import Shell

_AT_ONCE = 4
"""Runs and targets that are looked up at the same time."""


class SeveralJobs:
    """Fetches, bundles and queues for the marked lines of a list; names the lines it skips."""

    def __init__(
        self,
        app: "Shell",
        desk: "Desk",
        spawner: "Spawner",
        runs: "RunJobs",
        dumps: "DumpJobs",
        bundles: "BundleJobs",
    ) -> None:
        self._app, self._desk, self._spawner = app, desk, spawner
        self._runs, self._dumps, self._bundles = runs, dumps, bundles

    # -- dumps ---------------------------------------------------------------------------------------

    def fetch(self, listed: Sequence[ListedRun], skipped: Sequence[Skipped]) -> None:
        """Queue every dump of these runs that is not on disk, and report on all of them."""
        if len(listed) == 1 and not skipped:
            self._dumps.fetch_of(listed[0])
        else:
            self._spawner.spawn(partial(self._fetch, listed, skipped), "fetch:marked")

    async def _fetch(self, listed: Sequence[ListedRun], skipped: Sequence[Skipped]) -> None:
        runs, left = await self._found(listed)
        left = [*skipped, *left]
        queued: list[str] = []
        there = 0
        for one, run in runs:
            missing, paths = await asyncio.to_thread(dumps_on_disk, run)
            there += len(paths)
            if paths and not missing:
                continue
            try:
                queued += self._desk.dumps.fetch_dumps(run.run_id, missing)
            except NoDumps as error:
                left.append(Skipped(one.name, str(error)))
        besides = [f"{there} on disk already"] if there else []
        if queued:
            besides.insert(0, f"Fetching {text.plural(len(queued), 'dump')}")
            self._tell(f"{', '.join(besides)}. {c.DOWNLOADS.key} shows the downloads.", left)
            came, severity = what_came(await self._dumps.settled_somewhere(queued))
            self._tell(came, left, severity)
        else:
            self._tell(f"Nothing to fetch{': ' if there else ''}{''.join(besides)}.", left)

    # -- bundles -------------------------------------------------------------------------------------

    def hand_over(self, listed: Sequence[ListedRun], skipped: Sequence[Skipped]) -> None:
        """Ask once, and write each run's bundle beside its dumps; for a single run, ask for the path."""
        if len(listed) == 1 and not skipped:
            self._bundles.hand_over_of(listed[0])
        else:
            self._spawner.spawn_request(partial(self._hand_over, listed, skipped), "bundle:marked")

    async def _hand_over(
        self, listed: Sequence[ListedRun], skipped: Sequence[Skipped], request: "Request"
    ) -> None:
        from anaplan_tui.ui.screens.several import bundle_several

        found, left = await self._found(listed)
        left = [*skipped, *left]
        left += [Skipped(one.name, why) for one, run in found if (why := why_no_bundle(run))]
        runs = [run for _one, run in found if not why_no_bundle(run)]
        if not runs:
            self._tell("No bundle can be made.", left, "warning")
            return
        missing = await asyncio.to_thread(lambda: {run.run_id: missing_dumps(run) for run in runs})
        paths = [await asyncio.to_thread(suggestion, self._desk, run) for run in runs]
        count = sum(len(actions) for actions in missing.values())
        named = [(run.name, path) for run, path in zip(runs, paths, strict=True)]
        first = await request.ask(bundle_several(named, count, left))
        if first is First.NOTHING:
            return
        if first is First.FETCH:
            await self._fetched(missing)
        await self._write(runs, left)

    async def _fetched(self, missing: Mapping[str, tuple[Action, ...]]) -> None:
        wanted = {run_id: [action.id for action in actions] for run_id, actions in missing.items() if actions}
        queued = [q for run_id, ids in wanted.items() for q in self._desk.dumps.fetch_dumps(run_id, ids)]
        self._app.say(f"Fetching {text.plural(len(queued), 'dump')} first; {c.DOWNLOADS.key} shows them.")
        await self._desk.dumps.settled(queued)

    async def _write(self, runs: Sequence[RunSnapshot], left: Sequence[Skipped]) -> None:
        self._app.say(f"Writing {text.plural(len(runs), 'bundle')} …")
        written, failed = [], list(left)
        for run in runs:
            try:
                path = free_name(await asyncio.to_thread(suggestion, self._desk, run))
                written.append(await self._desk.hand_over(run.run_id, path))
            except Trouble as error:
                failed.append(Skipped(f"'{run.name}'", str(error)))
        if not written:
            self._tell("No bundle was written.", failed, "error")
            return
        without = sum(len(bundle.without) for bundle in written)
        folders = {bundle.path.parent for bundle in written}
        where = text.home(folders.pop()) if len(folders) == 1 else "beside the dumps of each"
        said = f"{text.plural(len(written), 'bundle')} written: {where}"
        if without:
            self._tell(f"! Without {text.plural(without, 'dump')}, {said}", failed, "warning")
        else:
            self._tell(f"✓ {said}", failed)

    # -- the queue -----------------------------------------------------------------------------------

    def run(
        self, items: Sequence[CatalogItem], skipped: Sequence[Skipped], queued: Callable[[], object]
    ) -> None:
        """Ask once, put all of them into the queue in this order, and call ``queued``.

        A single one is asked about and started as always.
        """
        if len(items) == 1 and not skipped:
            self._runs.ask_and_run(items[0])
        else:
            self._spawner.spawn_request(partial(self._queue, items, skipped, queued), "ask:marked")

    def run_again(
        self, runs: Sequence[RunSnapshot], skipped: Sequence[Skipped], queued: Callable[[], object]
    ) -> None:
        """Do the same for the targets of these runs."""
        if len(runs) == 1 and not skipped:
            self._runs.run_again(runs[0])
            return

        async def again(request: "Request") -> None:
            items, left = [], list(skipped)
            for run in runs:
                try:
                    items.append(await self._desk.find(run.target.id, run.target.kind))
                except Trouble as error:
                    left.append(Skipped(f"'{run.name}'", str(error)))
            await self._queue(items, left, queued, request)

        self._spawner.spawn_request(again, "ask:marked")

    async def _queue(
        self,
        items: Sequence[CatalogItem],
        skipped: Sequence[Skipped],
        queued: Callable[[], object],
        request: "Request",
    ) -> None:
        from anaplan_tui.ui.screens.several import QueueSeveral

        context = self._desk.context
        once = tuple({item.ref: item for item in items}.values())
        if not once:
            self._tell("Nothing can be queued.", skipped, "warning")
            return
        model = context.model.name if context else ""
        question = QueueSeveral(self._looked_at, once, model, skipped, doubles=len(items) - len(once))
        chosen = await request.ask(question)
        if not chosen:
            return
        for preflight in chosen:
            await self._enter(preflight)
        queued()
        held = self._desk.queue.held
        then = f"it stands still ({held}): t, then p, goes on" if held else "t shows them"
        self._app.say(f"{text.plural(len(chosen), 'run')} entered the queue; {then}.")

    async def _looked_at(self, items: Sequence[CatalogItem]) -> Sequence[Preflight]:
        """Return the preflight of each; they wait until the model is free in any case."""
        gate = asyncio.Semaphore(_AT_ONCE)

        async def look(item: CatalogItem) -> Preflight:
            async with gate:
                try:
                    return await self._desk.before.preflight(item, waits=True)
                except Trouble as error:
                    return Preflight(item, (), item.usual_s, warnings=(str(error),))

        return await asyncio.gather(*map(look, items))

    async def _enter(self, preflight: Preflight) -> None:
        """Put one run at the end of the queue; return when it is there, or failed to get there."""
        stands = asyncio.Event()

        async def waiting() -> None:
            try:
                await self._desk.run(
                    preflight.item,
                    parameters=preflight.parameters,
                    wait_until_free=True,
                    on_begin=lambda _run_id: stands.set(),
                )
            finally:
                stands.set()

        self._spawner.spawn(waiting, f"run:{preflight.item.id}")
        await stands.wait()

    # -- shared --------------------------------------------------------------------------------------

    async def _found(
        self, listed: Sequence[ListedRun]
    ) -> tuple[list[tuple[ListedRun, RunSnapshot]], list[Skipped]]:
        """Look the runs up; return those that ended, in this order, and the others as skipped."""
        gate = asyncio.Semaphore(_AT_ONCE)

        async def find(one: ListedRun) -> RunSnapshot | Skipped:
            async with gate:
                try:
                    run = await one.find()
                except Trouble as error:
                    return Skipped(one.name, str(error))
            if run is None:
                return Skipped(one.name, "neither Anaplan nor the journal knows a run of it.")
            return Skipped(one.name, "it still runs.") if run.live else run

        came = await asyncio.gather(*map(find, listed))
        found = [(one, run) for one, run in zip(listed, came, strict=True) if isinstance(run, RunSnapshot)]
        return found, [one for one in came if isinstance(one, Skipped)]

    def _tell(self, said: str, skipped: Iterable[Skipped], severity: str = "information") -> None:
        left = tuple(skipped)
        if left and severity == "information":
            severity = "warning"
        words = skipped_words(left)
        self._app.say(f"{said} {words}".rstrip(), severity, detail="\n".join(map(str, left)))
