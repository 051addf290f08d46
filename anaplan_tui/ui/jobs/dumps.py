"""Dumps and export files for the screens: fetched unless they are on disk, and opened in triage."""

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from anaplan_tui.core import text
from anaplan_tui.core.downloads.errors import NOTHING_WRITTEN
from anaplan_tui.core.dumps.refusals import NoDumps
from anaplan_tui.core.snapshots import Action, DownloadSnapshot, Fetch, RunSnapshot
from anaplan_tui.core.verdict.urgency import worst_dump
from anaplan_tui.ui import commands as c
from anaplan_tui.ui.jobs.on_disk import already_there, saved_at, what_came

if TYPE_CHECKING:
    from anaplan_tui.core.desk import Desk
    from anaplan_tui.ui.jobs.listed import ListedRun
    from anaplan_tui.ui.jobs.lookup import RunLookup
    from anaplan_tui.ui.jobs.runs import RunJobs
    from anaplan_tui.ui.jobs.spawning import Spawner
    from anaplan_tui.ui.navigation import Request
    from anaplan_tui.ui.shell import Shell

_NO_DUMPS_YET = "Anaplan makes the dumps available when the whole run has ended."


class DumpJobs:
    """Fetches and opens the files of one desk's runs."""

    def __init__(
        self, app: "Shell", desk: "Desk", spawner: "Spawner", lookup: "RunLookup", runs: "RunJobs"
    ) -> None:
        self._app, self._desk, self._spawner = app, desk, spawner
        self._lookup, self._runs = lookup, runs

    # -- fetching ------------------------------------------------------------------------------------

    def fetch(self, run_id: str, object_ids: Sequence[str] | None = None) -> None:
        """Queue the dumps that are not on disk; say how many, where they are, or why there are none."""
        self._spawner.spawn(partial(self._fetch, run_id, object_ids), f"fetch:{run_id}")

    async def _fetch(self, run_id: str, object_ids: Sequence[str] | None) -> None:
        run = self._desk.store.run(run_id)
        actions = run.actions if run is not None else ()
        dumps = {a.id: a.dump for a in actions if a.dump.available and (not object_ids or a.id in object_ids)}
        there = await asyncio.to_thread(lambda: {i: path for i, d in dumps.items() if (path := saved_at(d))})
        if dumps and len(there) == len(dumps):
            self._app.say(already_there(tuple(there.values())))
            return
        try:
            queued = self._desk.dumps.fetch_dumps(run_id, [i for i in dumps if i not in there] or object_ids)
        except NoDumps as error:
            self._app.say(str(error), "warning")
        else:
            rest = f", {len(there)} on disk already" if there else ""
            said = text.plural(len(queued), "dump")
            self._app.say(f"Fetching {said}{rest}. {c.DOWNLOADS.key} shows the downloads.")
            self._app.say(*what_came(await self.settled_somewhere(queued)))

    async def settled_somewhere(self, queued: Sequence[str]) -> Sequence[DownloadSnapshot]:
        """Wait for downloads; those that the local disk refused go where the operator says, if anywhere.

        An operator who has left the screen meanwhile is not asked; the same key asks when they come back.
        """
        asked_on = self._app.screen
        while True:
            ended = await self._desk.dumps.settled(queued)
            refused = [d for d in ended if d.state is Fetch.FAILED and d.refused_by is not None]
            if not refused or self._app.screen is not asked_on:
                return ended
            from anaplan_tui.ui.screens.another_place import another_place

            place = await self._spawner.ask(another_place(refused, Path.home()))
            if place is None:
                return ended
            self._desk.dumps.put_elsewhere(refused, place)
            self._app.say(f"Fetching {text.plural(len(refused), 'file')} into {text.home(place)}.")

    def fetch_output(self, run_id: str, action_id: str) -> None:
        """Queue the file that an export of the run wrote, unless it is on disk."""
        self._spawner.spawn(partial(self._fetch_output, run_id, action_id), f"fetch:{run_id}")

    async def _fetch_output(self, run_id: str, action_id: str) -> None:
        run = self._desk.store.run(run_id)
        made = next((a.output for a in run.actions if a.id == action_id), None) if run is not None else None
        there = await asyncio.to_thread(saved_at, made) if made is not None else None
        if there is not None:
            self._app.say(f"The export's file is on disk already: {text.home(there)}")
            return
        try:
            queued = self._desk.dumps.fetch_output(run_id, action_id)
        except NoDumps as error:
            self._app.say(str(error), "warning")
        else:
            self._app.say(f"Fetching the export's file. {c.DOWNLOADS.key} shows the downloads.")
            self._app.say(*what_came(await self.settled_somewhere((queued,))))

    def fetch_of(self, listed: "ListedRun") -> None:
        """Queue every dump of a listed run that is not on disk."""
        self._lookup.do_with(listed, self._fetch_all, "fetch")

    async def _fetch_all(self, run: RunSnapshot, request: "Request") -> None:
        request.over()
        await self._fetch(run.run_id, None)

    # -- triage --------------------------------------------------------------------------------------

    def triage(self, run_id: str, action_id: str) -> None:
        """Open the triage of an action's dump; fetch the dump first if it is not on disk."""
        self._spawner.spawn_request(partial(self._triage, run_id, action_id), f"triage:{run_id}:{action_id}")

    async def _triage(self, run_id: str, action_id: str, request: "Request") -> None:
        from anaplan_tui.core.dumps.files import dump_file, earlier_dump

        run = await self._lookup.recalled(run_id)
        dump = await asyncio.to_thread(dump_file, run, action_id)
        if dump is None:
            queued = self._desk.dumps.fetch_dumps(run_id, (action_id,))
            self._app.say("Fetching the dump first; its triage opens when it is here.")
            (fetched,) = await self._desk.dumps.settled(queued)
            run = await self._lookup.recalled(run_id)
            dump = await asyncio.to_thread(dump_file, run, action_id)
            if dump is None:
                self._app.say(f"There is no triage: {_why_not_here(fetched)}", "error")
                return
        journal, profile = self._desk.journal, self._desk.profile.name
        earlier = await asyncio.to_thread(earlier_dump, journal, profile, run, action_id)
        if not await request.open(partial(self._app.open_triage, dump, earlier)):
            self._app.say(f"The dump of '{dump.name}' is here; o on its run shows its rows by error.")
            return
        self._runs.mark_seen(run_id)

    def triage_of(self, listed: "ListedRun") -> None:
        """Open the triage of the dump that says most about a listed run."""
        self._lookup.do_with(listed, self._triage_worst, "triage")

    async def _triage_worst(self, run: RunSnapshot, request: "Request") -> None:
        action = worst_dump(run)
        if action is None:
            self._app.say(f"No action of '{run.name}' left a dump: {run.reason or text.run_mark(run)[1]}.")
        else:
            await self._triage(run.run_id, action.id, request)


def _why_not_here(download: DownloadSnapshot) -> str:
    """Return a download's problem without the obvious parts, so that it fits two lines of 80 columns."""
    if not download.problem:
        return "its download was stopped."
    said = download.problem.removeprefix(f"Cannot download {download.target.name}: ")
    return said.removesuffix(NOTHING_WRITTEN).rstrip()


def why_no_dumps(run: RunSnapshot) -> str:
    """Why a run has no dump to be had, as a sentence; empty when it has one."""
    if run.live:
        return _NO_DUMPS_YET
    dumps = [action.dump for action in run.actions if action.dump.available]
    if not dumps:
        return "No action of this run has a dump."
    return "Its dumps are gone; only a new run makes new ones." if all(d.gone for d in dumps) else ""


def why_no_dump(run: RunSnapshot, action: Action | None) -> str:
    """Why an action of a run has no dump to be had, as a sentence; empty when it has one."""
    if run.live:
        return _NO_DUMPS_YET
    if action is None or not action.dump.available:
        return "This action has no dump: only imports with rejected rows have one."
    return f"The dump is gone: {action.dump.error}" if action.dump.gone else ""
