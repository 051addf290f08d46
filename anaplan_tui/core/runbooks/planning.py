"""Finds on the tenant what a runbook names; starts nothing, but may open a closed model.

It looks at every name, parameter and path of every chosen step before the first is played, and says at once
everything that is wrong.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from anaplan_tui.api.refs import FileRef, Kind, ModelRef
from anaplan_tui.config.settings import Profile
from anaplan_tui.core.catalog import CatalogItem, ModelItem
from anaplan_tui.core.clock import now
from anaplan_tui.core.finding.finder import Finder, NoChoice
from anaplan_tui.core.finding.matching import NoMatch, find
from anaplan_tui.core.play import Play, PlayStep, Stage, step_words
from anaplan_tui.core.runbooks import placeholders
from anaplan_tui.core.runbooks.local_paths import BadPath, require_folder, to_send, to_write, within
from anaplan_tui.core.runbooks.plan import Plan, PlannedStep, Score
from anaplan_tui.core.runbooks.steps import (
    Download,
    RunAction,
    RunExport,
    RunImport,
    RunProcess,
    Step,
    Upload,
    Wait,
)
from anaplan_tui.core.runs.parameters import NothingAsks, refuse_unasked
from anaplan_tui.core.runs.preflight import Preflight
from anaplan_tui.core.runs.readiness import Readiness
from anaplan_tui.core.snapshots import Action
from anaplan_tui.core.text import ago, home, size
from anaplan_tui.core.uploads import UploadRefused
from anaplan_tui.core.uploads.prepared import Sources
from anaplan_tui.trouble import Exit, Trouble, worst

log = logging.getLogger(__name__)

RunStep = RunProcess | RunImport | RunExport | RunAction
"""Steps that start a task."""
LookBefore = Callable[[CatalogItem], Awaitable[Preflight]]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a step cannot be played."""

    number: int
    label: str
    said: str
    code: Exit

    def __str__(self) -> str:
        return f"Step {self.number}, {self.label}: {self.said}"


class NotPlayable(Trouble):
    """Some steps cannot be played, so none was played: nothing was sent."""

    def __init__(self, problems: Collection[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(*map(str, self.problems))

    @property
    def code(self) -> Exit:
        """The exit code of a command that stops here."""
        return worst(p.code for p in self.problems)

    def __str__(self) -> str:
        return "\n".join((*map(str, self.problems), "Nothing was sent."))


@dataclass(frozen=True, slots=True)
class _Tenant:
    """Where a plan looks up what its steps name."""

    profile: Profile
    finder: Finder
    sources: Sources
    look_before: LookBefore
    readiness: Readiness


class Planner:
    """Makes a :class:`Plan` of a :class:`Score`: :attr:`Desk.planner`."""

    def __init__(
        self,
        profile: Profile,
        finder: Finder,
        sources: Sources,
        look_before: LookBefore,
        readiness: Readiness,
    ) -> None:
        self._tenant = _Tenant(profile, finder, sources, look_before, readiness)

    async def plan(
        self,
        score: Score,
        *,
        earlier: Play | None = None,
        look: bool = False,
        say: Callable[[str], None] = log.info,
    ) -> Plan:
        """The score with everything that its chosen steps name.

        Args:
            earlier: a play to resume: of a step that it has done, nothing needs to be found any more.
            look: say for each step what it would replace and what stands in its way, as before a run; this
                does not open a closed model, but looking up its names loads it.
            say: is told that a model is closed, before it is opened, and how it loads.

        Raises:
            NotPlayable: some steps cannot be played; it has every problem of every step.
            StaysClosed: a model is closed, and the profile keeps it closed.
            AnaplanError: the service did not answer.
        """
        done = {step.number for step in earlier.steps if step.done} if earlier else set()
        making = _Making(self._tenant, score, look, say)
        problems = []
        for number, step in enumerate(score.runbook.step, 1):
            if score.chosen is not None and number not in score.chosen:
                continue
            try:
                making.add(await making.planned(number, step))
            except (NoMatch, NoChoice, NothingAsks, BadPath, UploadRefused) as error:
                if number not in done:
                    problems.append(Problem(number, making.label(step), str(error), error.code))
        if problems:
            raise NotPlayable(problems)
        return Plan(score, tuple(making.steps))


def first_steps(plan: Plan) -> tuple[PlayStep, ...]:
    """All steps of the runbook, as they stand before a play."""
    planned = {step.number: step for step in plan.steps}
    text = _Text(plan.score)
    return tuple(
        PlayStep(
            number,
            step.does,
            planned[number].target if number in planned else text(step.target),
            step.name,
            Stage.WAITING if number in planned else Stage.SKIPPED,
        )
        for number, step in enumerate(plan.score.runbook.step, 1)
    )


class _Text:
    """Reads a text of a filled runbook, in which all braces are plain."""

    def __init__(self, score: Score) -> None:
        self._at = score.at or datetime.now()  # placeholders are in local time

    def __call__(self, text: str) -> str:
        return placeholders.fill(text, {}, self._at)


class _Making:
    """One plan while it is made."""

    def __init__(self, tenant: _Tenant, score: Score, look: bool, say: Callable[[str], None]) -> None:
        self._tenant = tenant
        self._score, self._look, self._say = score, look, say
        self._text = _Text(score)
        self._models: dict[tuple[str | None, str | None], ModelItem] = {}
        self.steps: list[PlannedStep] = []

    def add(self, step: PlannedStep) -> None:
        self.steps.append(step)

    def label(self, step: Step) -> str:
        return step.name or step_words(step.does, self._text(step.target))

    async def planned(self, number: int, step: Step) -> PlannedStep:
        model = await self._model(step)
        on_failure = step.on_failure or self._score.runbook.on_failure
        planned = PlannedStep(number, step, model.ref, goes_on=on_failure == "continue")
        if self._look and model.obstacle:
            planned = _saying(planned, f"! The model is {model.obstacle}.")
        if isinstance(step, Upload):
            return await self._upload(planned, step)
        if isinstance(step, Download):
            return await self._download(planned, step)
        if isinstance(step, Wait):
            return await self._wait(planned)
        return await self._run(planned, step)

    async def _model(self, step: Step) -> ModelItem:
        book, profile = self._score.runbook, self._tenant.profile
        workspace, model = step.workspace or book.workspace, step.model or book.model
        key = (
            profile.workspace if workspace is None else self._text(workspace),
            profile.model if model is None else self._text(model),
        )
        if key not in self._models:
            model_item = (await self._tenant.finder.choose(*key)).model
            await self._tenant.readiness.open(model_item.ref, self._say, by_use=self._look)
            self._models[key] = model_item
        return self._models[key]

    # -- what is run -------------------------------------------------------------------------------

    async def _run(self, planned: PlannedStep, step: RunStep) -> PlannedStep:
        item = await self._tenant.finder.find(planned.model, step.kind, self._text(step.target))
        actions = await self._tenant.finder.plan(item)
        if step.kind is Kind.PROCESS:
            refuse_unasked(item.name, actions, list(step.parameters))
        pairs, of_imports = self._parameters(step.parameters, item, actions)
        planned = replace(
            planned,
            item=item,
            actions=actions,
            parameters=pairs,
            of_imports=of_imports,
            locale=step.locale or self._score.runbook.locale,
        )
        if not isinstance(step, RunExport) and step.dumps is not None:
            dumps = within(self._score.folder, self._text(step.dumps))
            await asyncio.to_thread(require_folder, dumps)
            planned = replace(planned, dumps=dumps)
        if self._look:
            planned = _saying(planned, *_words(await self._tenant.look_before(item)))
        if isinstance(step, RunExport) and step.to is not None:
            return await self._goes_to(planned, step.to, overwrite=step.overwrite)
        return planned

    def _parameters(
        self, written: Mapping[str, str | Mapping[str, str]], item: CatalogItem, actions: tuple[Action, ...]
    ) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str, str], ...]]:
        """Pairs for all imports, and triples for one import of a process, whose id its actions tell."""
        pairs, triples = [], []
        for key, value in written.items():
            if isinstance(value, str):
                pairs.append((key, self._text(value)))
                continue
            imports = [action for action in actions if action.kind == Kind.IMPORT.value]
            which = find(f'import in "{item.name}"', key, imports)
            triples += [(which.id, dimension, self._text(one)) for dimension, one in value.items()]
        return tuple(pairs), tuple(triples)

    # -- files -------------------------------------------------------------------------------------

    async def _upload(self, planned: PlannedStep, step: Upload) -> PlannedStep:
        folder, written = self._score.folder, self._text(step.source)
        makers = {
            made.path: made.number for made in self.steps if not isinstance(made.step, Upload) and made.path
        }
        wanted, path = self._text(step.upload), within(folder, written)
        if path in makers:
            file = await self._tenant.sources.find(planned.model, wanted)
            planned = replace(
                planned,
                file=FileRef(planned.model, file.id),
                file_name=file.name or file.id,
                path=path,
                made_by=makers[path],
            )
            return _saying(planned, f"Step {makers[path]} makes {home(path)}; it is looked at then.")
        path = await asyncio.to_thread(to_send, folder, written)
        prepared = await self._tenant.sources.prepare(planned.model, wanted, path)
        prepared.require_fit()
        planned = replace(planned, file=prepared.file, file_name=prepared.name, prepared=prepared, path=path)
        return _saying(planned, prepared.replaces, *(f"! {doubt}" for doubt in prepared.doubts))

    async def _download(self, planned: PlannedStep, step: Download) -> PlannedStep:
        wanted = self._text(step.download)
        files = await self._tenant.sources.files(planned.model)
        try:
            file = find("file", wanted, files)
            planned = replace(planned, file=FileRef(planned.model, file.id), file_name=file.name or file.id)
        except NoMatch as missing:
            if missing.ambiguous:
                raise
            try:
                export = await self._tenant.finder.find(planned.model, Kind.EXPORT, wanted)
            except NoMatch:
                raise missing from None
            planned = replace(planned, file=FileRef(planned.model, export.id), file_name=export.name)
        return await self._goes_to(planned, step.to, overwrite=step.overwrite)

    async def _goes_to(self, planned: PlannedStep, written: str, *, overwrite: bool) -> PlannedStep:
        path = await asyncio.to_thread(to_write, self._score.folder, self._text(written))
        planned = replace(planned, path=path)
        found = await asyncio.to_thread(_in_the_way, path)
        if not found:
            return _saying(planned, f"Writes {home(path)}.")
        if overwrite:
            return _saying(planned, f"Replaces {home(path)} ({found}).")
        return _saying(planned, f"{home(path)} is there ({found}) and stays: another file goes beside it.")

    async def _wait(self, planned: PlannedStep) -> PlannedStep:
        if not self._look:
            return planned
        state = await self._tenant.finder.model_state(planned.model)
        return _saying(
            planned, f"The model is busy now: {state.what}." if state.busy else "The model is idle now."
        )


def _saying(planned: PlannedStep, *sentences: str) -> PlannedStep:
    return replace(planned, says=(*planned.says, *sentences))


def _words(preflight: Preflight) -> tuple[str, ...]:
    return (*preflight.uploads, *(f"! {warning}" for warning in preflight.warnings))


def _in_the_way(path: Path) -> str:
    """The size and age of a file that has this name already; empty without one."""
    try:
        found = path.lstat()
    except OSError:
        return ""
    return f"{size(found.st_size)}, {ago(datetime.fromtimestamp(found.st_mtime, now().tzinfo), now())}"


def reads(planned: PlannedStep, file: FileRef, model: ModelRef) -> bool:
    """Whether a step's imports read a server file, as far as the service says."""
    return planned.model == model and any(a.data_source_id == file.file_id for a in planned.actions)
