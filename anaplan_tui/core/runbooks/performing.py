"""One step of a play: what it does, where it goes on, and what it comes to."""

import asyncio
import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from anaplan_tui.api.refs import FileRef
from anaplan_tui.core.clock import now
from anaplan_tui.core.dumps.capture import Capture
from anaplan_tui.core.dumps.outputs import is_empty
from anaplan_tui.core.dumps.refusals import NoDumps
from anaplan_tui.core.journal.journal import Journal
from anaplan_tui.core.play import Play, PlayedFile, PlayStep, Stage
from anaplan_tui.core.runbooks.plan import PlannedStep
from anaplan_tui.core.runbooks.steps import Download, RunExport, Upload
from anaplan_tui.core.runs.driver import Driver
from anaplan_tui.core.runs.readiness import Readiness, Until
from anaplan_tui.core.runs.starting import Terms
from anaplan_tui.core.snapshots import DownloadSnapshot, Phase, RunSnapshot, Send, Verdict
from anaplan_tui.core.store import Store
from anaplan_tui.core.uploads import Uploads
from anaplan_tui.core.uploads.prepared import Sources
from anaplan_tui.core.verdict.exit_codes import exit_of
from anaplan_tui.trouble import Exit, Trouble

_GOOD = (Verdict.COMPLETED, Verdict.WARNINGS)


class StepReporter(Protocol):
    """Is told how a step stands."""

    def show(self, step: PlayStep) -> None:
        """Show the step to whoever looks on."""

    def write_now(self, step: PlayStep) -> None:
        """Write the step into the journal, then show it. Blocks for milliseconds."""

    async def write(self, step: PlayStep) -> None:
        """Do the same, but write in a thread."""


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, empty for none. Blocks."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


class Performer:
    """Does what a step says, with the parts of a desk."""

    def __init__(
        self,
        driver: Driver,
        sources: Sources,
        uploads: Uploads,
        capture: Capture,
        journal: Journal,
        store: Store,
        readiness: Readiness,
    ) -> None:
        self._driver, self._sources, self._uploads = driver, sources, uploads
        self._capture, self._journal, self._store = capture, journal, store
        self._readiness = readiness

    async def perform(
        self, planned: PlannedStep, step: PlayStep, play: Play, reporter: StepReporter
    ) -> PlayStep:
        """Play a step, or go on with one that was under way; returns it as ENDED, and written down.

        The step says whatever goes wrong. A step that is not known to have failed stops the play in any case:
        its task may still run.
        """
        step = replace(step, began=step.began or now())
        try:
            ended = await self._perform(planned, step, play, reporter)
        except (Trouble, OSError) as error:
            current = self._store.play(play.play_id) or play
            ended = self._broken_off(current.steps[step.number - 1], error)
        ended = replace(ended, stage=Stage.ENDED, ended=now(), stops=not _goes_on(planned, ended))
        await reporter.write(ended)
        return ended

    def _broken_off(self, step: PlayStep, error: Trouble | OSError) -> PlayStep:
        """A step that met an error; where its task may still run, what it came to is unknown."""
        run = self._store.run(step.run_id) if step.run_id else None
        runs = run is not None and run.phase in (Phase.STARTING, Phase.RUNNING)
        code = error.code if isinstance(error, Trouble) else Exit.FILE
        return replace(
            step, verdict=Verdict.UNKNOWN if runs else Verdict.FAILED, code=code, reason=str(error)
        )

    async def _perform(
        self, planned: PlannedStep, step: PlayStep, play: Play, reporter: StepReporter
    ) -> PlayStep:
        if planned.item is not None:
            return await self._run(planned, step, reporter)
        step = replace(step, stage=Stage.PLAYING, verdict=None, stops=False)
        await reporter.write(step)
        if isinstance(planned.step, Upload):
            return await self._upload(planned, step, play, reporter)
        if isinstance(planned.step, Download):
            return await self._download(planned, planned.step, step, reporter)
        return await self._wait(planned, step, reporter)

    async def _wait(self, planned: PlannedStep, step: PlayStep, reporter: StepReporter) -> PlayStep:
        await self._readiness.wait(
            planned.model,
            Until.IDLE,
            say=lambda why: reporter.show(replace(step, reason=f"waiting: {why}")),
            patience_s=self._driver.follower.patience_s,
        )
        return replace(step, verdict=Verdict.COMPLETED, reason="", code=Exit.COMPLETED)

    # -- what is run -------------------------------------------------------------------------------

    async def _run(self, planned: PlannedStep, step: PlayStep, reporter: StepReporter) -> PlayStep:
        run = await self._taken_up(planned, step, reporter) or await self._started(planned, step, reporter)
        step = replace(step, stage=Stage.PLAYING, run_id=run.run_id, code=Exit.COMPLETED, reason="")
        await reporter.write(replace(step, verdict=None, stops=False))
        step = _judged(planned, step, run)
        step = await self._with_dumps(planned, step, run)
        if isinstance(planned.step, RunExport) and planned.path is not None and step.verdict in _GOOD:
            return await self._with_output(planned, planned.step, planned.path, step, run, reporter)
        return step

    async def _taken_up(
        self, planned: PlannedStep, step: PlayStep, reporter: StepReporter
    ) -> RunSnapshot | None:
        """The run of a step that was begun before, watched to its end; ``None`` when a new run has to start.

        A run that is known to have failed is started again only where the play had stopped at it.
        """
        known = None
        if step.run_id is not None:
            known = await asyncio.to_thread(self._journal.run, step.run_id)
        if known is None or known.summary.phase in (Phase.NOT_STARTED, Phase.WAITING):
            return None
        run = known.summary
        failed = (
            run.phase is Phase.ENDED and run.verdict is not Verdict.UNKNOWN and not _accepted(planned, run)
        )
        if failed and step.stage is Stage.ENDED:
            return None
        await reporter.write(replace(step, stage=Stage.PLAYING, verdict=None, stops=False))
        return await self._driver.resume(known.run_id)

    async def _started(self, planned: PlannedStep, step: PlayStep, reporter: StepReporter) -> RunSnapshot:
        assert planned.item is not None, "only what is run is started"  # noqa: S101
        run_id = uuid.uuid4().hex
        step = replace(step, stage=Stage.PLAYING, run_id=run_id, verdict=None, stops=False, file=None)
        await reporter.write(step)

        def begun(found: str) -> None:
            # An earlier start that was cut off counts as this one. This is written at once, because the
            # outcome is looked for next: a later life must take that run for this step's and start no other.
            reporter.write_now(replace(step, run_id=found))

        return await self._driver.run(
            planned.item,
            parameters=planned.parameters,
            terms=Terms(planned.locale, planned.of_imports),
            run_id=run_id,
            on_begin=begun,
        )

    async def _with_dumps(self, planned: PlannedStep, step: PlayStep, run: RunSnapshot) -> PlayStep:
        try:
            queued = self._capture.fetch_dumps(run.run_id, directory=planned.dumps)
        except NoDumps:
            return step
        missing = [d for d in await self._capture.settled(queued) if d.path is None]
        return _without_file(step, missing) if missing else step

    async def _with_output(
        self,
        planned: PlannedStep,
        export: RunExport,
        path: Path,
        step: PlayStep,
        run: RunSnapshot,
        reporter: StepReporter,
    ) -> PlayStep:
        action = next((a for a in run.actions if a.output.available or is_empty(a)), None)
        if action is None:
            said = "the export says nothing of a file"
            return replace(step, verdict=Verdict.FAILED, code=Exit.FILE, reason=said)
        if is_empty(action):
            put = await self._capture.put_empty_output(
                run.run_id, action.id, path, overwrite=export.overwrite
            )
            return replace(_with_file(step, (put,)), reason="the export had no rows: its file is empty")
        source = FileRef(planned.model, action.id)
        download_id = self._capture.fetch_file(source, action.name, path, run=run, overwrite=export.overwrite)
        reporter.show(replace(step, download_id=download_id))
        return _with_file(step, await self._capture.settled([download_id]))

    # -- files -------------------------------------------------------------------------------------

    async def _upload(
        self, planned: PlannedStep, step: PlayStep, play: Play, reporter: StepReporter
    ) -> PlayStep:
        prepared, path = planned.prepared, planned.path
        if prepared is None:
            made = play.steps[planned.made_by - 1].file if planned.made_by else None
            path = made.path if made is not None else path
            assert planned.file is not None and path is not None, "planned so"  # noqa: S101, PT018
            prepared = await self._sources.prepare(planned.model, planned.file.file_id, path)
            prepared.require_fit()
        # Before it is sent: a file that is changed after this is not sent whole (``SourceChanged``).
        sha256 = await asyncio.to_thread(sha256_of, prepared.source.path)
        upload_id = self._uploads.enqueue(prepared.request())
        reporter.show(replace(step, upload_id=upload_id))
        (sent,) = await self._uploads.wait([upload_id])
        if sent.state is not Send.DONE:
            return replace(step, verdict=Verdict.FAILED, code=Exit.FILE, reason=sent.problem)
        file = PlayedFile(prepared.source.path.absolute(), prepared.source.bytes, sha256)
        return replace(
            step, verdict=Verdict.COMPLETED, code=Exit.COMPLETED, reason=sent.note, file=file, upload_id=None
        )

    async def _download(
        self, planned: PlannedStep, download: Download, step: PlayStep, reporter: StepReporter
    ) -> PlayStep:
        assert planned.file is not None and planned.path is not None, "planned so"  # noqa: S101, PT018
        download_id = self._capture.fetch_file(
            planned.file, planned.file_name, planned.path, overwrite=download.overwrite
        )
        reporter.show(replace(step, download_id=download_id))
        fetched = await self._capture.settled([download_id])
        return _with_file(replace(step, verdict=Verdict.COMPLETED, code=Exit.COMPLETED, reason=""), fetched)


def _goes_on(planned: PlannedStep, step: PlayStep) -> bool:
    """Whether the next step is played after this one."""
    if step.verdict in _GOOD:
        return True
    if step.verdict is Verdict.UNKNOWN or step.code is Exit.NOT_AUTHENTICATED:
        return False
    return planned.goes_on


def _accepted(planned: PlannedStep, run: RunSnapshot) -> bool:
    """Whether a run came to what its step accepts as done."""
    worst = getattr(planned.step, "accept", "warnings")
    return run.verdict is Verdict.COMPLETED or (run.verdict is Verdict.WARNINGS and worst == "warnings")


def _judged(planned: PlannedStep, step: PlayStep, run: RunSnapshot) -> PlayStep:
    """The step with what its run came to."""
    if run.phase is Phase.UNKNOWN_START:
        return replace(step, verdict=Verdict.UNKNOWN, code=Exit.START_UNKNOWN, reason=run.reason)
    verdict = run.verdict or Verdict.UNKNOWN
    if verdict is Verdict.WARNINGS and not _accepted(planned, run):
        reason = f"{run.reason}; the step accepts completed only" if run.reason else "it has warnings"
        return replace(step, verdict=Verdict.FAILED, code=Exit.FAILED, reason=reason)
    return replace(step, verdict=verdict, code=exit_of(verdict), reason=run.reason)


def _with_file(step: PlayStep, fetched: Sequence[DownloadSnapshot]) -> PlayStep:
    """The step with the file that it fetched, or with the reason why there is none."""
    (download,) = fetched
    if download.path is None:
        reason = download.problem or "not downloaded"
        return replace(step, verdict=Verdict.FAILED, code=Exit.FILE, reason=reason)
    return replace(
        step, file=PlayedFile(download.path.absolute(), download.bytes_done, download.sha256 or "")
    )


def _without_file(step: PlayStep, missing: Sequence[DownloadSnapshot]) -> PlayStep:
    """The step, saying which dumps of its run could not be fetched; the run's verdict stays."""
    said = f"no dump of {missing[0].name}: {missing[0].problem or 'not downloaded'}"
    reason = f"{step.reason}; {said}" if step.reason else said
    worse = step.code if step.verdict not in _GOOD else Exit.FILE
    return replace(step, code=worse, reason=reason)
