"""Plays a runbook: one step after another, each written down before it begins.

Every start has the guarantees of a run: it is sent once, watched through outages and judged, and its dumps
are fetched. Whatever ends this process, the journal says which step was under way, and :meth:`Player.resume`
goes on with that step. A task that may have been started is found in the task list and never started again; a
step that only moves files is done anew, which changes nothing where it was done already.
"""

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import replace

from anaplan_tui.core.clock import now
from anaplan_tui.core.journal.journal import AlreadyPlayed, Journal, PlayRecord
from anaplan_tui.core.liveness import this_process
from anaplan_tui.core.play import Course, Play, PlayStep, Stage
from anaplan_tui.core.runbooks.performing import Performer, sha256_of
from anaplan_tui.core.runbooks.plan import Plan, PlannedStep
from anaplan_tui.core.runbooks.planning import first_steps, reads
from anaplan_tui.core.runbooks.steps import Download, Upload, Wait
from anaplan_tui.core.runs.driver import Driver
from anaplan_tui.core.snapshots import Verdict
from anaplan_tui.core.store import Store
from anaplan_tui.core.text import ago
from anaplan_tui.trouble import Exit, Trouble


class BeingPlayed(Trouble):
    """The same runbook is being played already; nothing was sent."""

    exit_code = Exit.USAGE

    def __init__(self, record: PlayRecord, *, force: bool) -> None:
        self.record = record
        play, step = record.play, record.play.current
        where = f", {play.place_of(step)}" if step else ""
        who = f"process {record.who.pid} on {record.who.machine} since {ago(play.began, now())}{where}"
        advice = " --force plays it all the same." if force else ""
        super().__init__(f'"{play.name}" is being played already: {who}. Nothing was sent.{advice}')


class NothingToResume(Trouble):
    """There is no play to go on with."""

    exit_code = Exit.USAGE


def to_resume(record: PlayRecord | None, what: str) -> PlayRecord:
    """The play to go on with; ``what`` is what an operator calls the thing that was played.

    Raises:
        NothingToResume: there was no play, or it was played to its end.
    """
    if record is None:
        raise NothingToResume(f"{what} was not played from here yet: there is nothing to go on with.")
    if not record.alive and record.play.stopped_at is None:
        raise NothingToResume(f"The last play of {what} was played to its end; nothing is left of it.")
    return record


class StepsChanged(Trouble):
    """A step that was played already, or whose task may be running, is now another one."""

    exit_code = Exit.USAGE

    def __init__(self, step: PlayStep) -> None:
        super().__init__(
            f"Step {step.number}, {step.label}, is not the one that was played. Nothing was sent. "
            "Without --resume, --from plays the runbook as it is now."
        )


class Player:
    """Plays runbooks with the parts of a desk: :attr:`Desk.player`."""

    def __init__(
        self,
        driver: Driver,
        performer: Performer,
        journal: Journal,
        store: Store,
        *,
        profile: str,
        service: str,
    ) -> None:
        """``service`` is the API's base URL."""
        self._driver, self._performer = driver, performer
        self._journal, self._store = journal, store
        self._profile, self._service = profile, service
        self._ending: set[asyncio.Task[None]] = set()
        """Ends of plays that are being written down."""

    async def aclose(self) -> None:
        """Wait until the ends of plays are written down; the plays themselves were cancelled before."""
        await asyncio.gather(*self._ending, return_exceptions=True)

    async def last(self, key: str) -> PlayRecord | None:
        """The newest play of the runbook that :attr:`Score.key` names."""
        return await asyncio.to_thread(self._journal.plays.last, self._profile, self._service, key)

    async def play(
        self, plan: Plan, *, force: bool = False, on_begin: Callable[[str], None] | None = None
    ) -> Play:
        """Play the chosen steps to their end, or to the first that stops the play; the store has it live.

        ``on_begin`` gets the play's id before anything is sent. Cancelling the caller stops the play before
        its next start. A running task goes on, and :meth:`resume` goes on with its step.

        Raises:
            BeingPlayed: another process, or this one, plays the runbook; ``force`` plays it all the same.
            ReadOnly: the profile does not allow one of the steps.
        """
        self.refuse_when_read_only(plan)
        score = plan.score
        play = Play(uuid.uuid4().hex, score.key, score.name, first_steps(plan), began=now())
        at = "" if score.at is None else score.at.isoformat()
        record = PlayRecord(play, this_process(), score.values, at)
        try:
            await asyncio.to_thread(
                self._journal.plays.begin, self._profile, self._service, record, force=force
            )
        except AlreadyPlayed as other:
            raise BeingPlayed(other.record, force=True) from None
        return await self._go_on(plan, play, on_begin)

    async def resume(
        self, plan: Plan, record: PlayRecord, *, on_begin: Callable[[str], None] | None = None
    ) -> Play:
        """Go on with an earlier play of the runbook, at the step that was under way or that stopped it.

        An upload that was done is done again where its local file has changed and a step that is still to be
        played reads it.

        Raises:
            BeingPlayed: the runbook is still being played.
            StepsChanged: a step that was played already, or is under way, is now another one.
            ReadOnly: as :meth:`play`.
        """
        self.refuse_when_read_only(plan)
        prints = dict(record.fingerprints)
        before = {step.number: step for step in record.play.steps}
        for planned in plan.steps:
            known = before.get(planned.number)
            if known is not None and _is_settled(known) and planned.fingerprint != prints[planned.number]:
                raise StepsChanged(known)
        again = await self._to_send_again(plan, before)
        steps = tuple(_taken_up(step, before.get(step.number), again) for step in first_steps(plan))
        play = replace(record.play, steps=steps, course=Course.PLAYING, ended=None, resumed=True)
        given = plan.score.values
        try:
            await asyncio.to_thread(self._journal.plays.take_over, self._service, play, given)
        except AlreadyPlayed as other:
            raise BeingPlayed(other.record, force=False) from None
        return await self._go_on(plan, play, on_begin)

    def refuse_when_read_only(self, plan: Plan) -> None:
        """Raise ``ReadOnly`` when a step changes something and the profile does not allow that."""
        if not all(isinstance(planned.step, Download | Wait) for planned in plan.steps):
            self._driver.refuse_when_read_only(f'play "{plan.score.name}"')

    async def _to_send_again(self, plan: Plan, before: dict[int, PlayStep]) -> set[int]:
        """Numbers of uploads that are done, but whose file has changed since and is read by a later step."""
        found = set()
        for sent in plan.steps:
            known = before.get(sent.number)
            if not isinstance(sent.step, Upload) or sent.path is None or sent.file is None:
                continue
            if known is None or not known.done or known.file is None:
                continue
            to_come = [later for later in plan.steps if later.number > sent.number]
            if not any(reads(later, sent.file, sent.model) for later in to_come if _is_left(before, later)):
                continue
            if await asyncio.to_thread(sha256_of, sent.path) != known.file.sha256:
                found.add(sent.number)
        return found

    async def _go_on(self, plan: Plan, play: Play, on_begin: Callable[[str], None] | None) -> Play:
        """Play what is left of a play that is written down."""
        self._store.put_play(play)
        if on_begin is not None:
            on_begin(play.play_id)
        try:
            for planned in plan.steps:
                step = play.steps[planned.number - 1]
                if step.stage is Stage.ENDED and not step.stops:
                    continue
                reporter = _Reporter(self, play, planned)
                play = play.with_step(await self._performer.perform(planned, step, play, reporter))
                self._store.put_play(play)
                if play.steps[planned.number - 1].stops:
                    break
        except BaseException:
            await self._over(self._store.play(play.play_id) or play, Course.STOPPED)
            raise
        return await self._over(play, Course.ENDED if play.stopped_at is None else Course.STOPPED)

    async def _over(self, play: Play, course: Course) -> Play:
        play = replace(play, course=course, ended=now())
        written = asyncio.create_task(asyncio.to_thread(self._journal.plays.put_course, play))
        self._ending.add(written)
        written.add_done_callback(self._ending.discard)
        await asyncio.shield(written)  # a second cancel does not stop the writing
        self._store.put_play(play)
        return play

    def note(self, play: Play, step: PlayStep) -> None:
        """Show how a step of the play stands."""
        self._store.put_play(play.with_step(step))

    def write(self, play: Play, step: PlayStep, fingerprint: str | None = None) -> None:
        """Write down how a step of the play stands. Blocks."""
        self._journal.plays.put_step(play.play_id, step, fingerprint)


class _Reporter:
    """Is told how one step stands: writes it into the journal first, then into the store."""

    def __init__(self, player: Player, play: Play, planned: PlannedStep) -> None:
        self._player, self._play, self._planned = player, play, planned

    def show(self, step: PlayStep) -> None:
        self._player.note(self._play, step)

    def write_now(self, step: PlayStep) -> None:
        self._player.write(self._play, step, self._planned.fingerprint)
        self.show(step)

    async def write(self, step: PlayStep) -> None:
        await asyncio.to_thread(self._player.write, self._play, step, self._planned.fingerprint)
        self.show(step)


def _is_settled(step: PlayStep) -> bool:
    """Whether a step was played, or may be under way at the service: then it must not become another one."""
    return step.done or (step.run_id is not None and step.verdict in (None, Verdict.UNKNOWN))


def _is_left(before: dict[int, PlayStep], planned: PlannedStep) -> bool:
    known = before.get(planned.number)
    return known is None or known.stops or known.stage is not Stage.ENDED


def _taken_up(step: PlayStep, known: PlayStep | None, again: set[int]) -> PlayStep:
    """A step as a resumed play begins with it."""
    if known is None or step.stage is Stage.SKIPPED:
        return step
    if step.number in again:
        return replace(step, reason="Its file was changed since it was sent: it is sent again.")
    if known.stage is Stage.ENDED and not known.stops:
        return replace(known, name=step.name)
    return replace(
        step,
        stage=known.stage,
        run_id=known.run_id,
        verdict=known.verdict,
        stops=known.stops,
        file=known.file,
        began=known.began,
    )
