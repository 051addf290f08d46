"""Plays of runbooks for the screens: asks how to play, plays, stops, and offers to resume a play cut off."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from anaplan_tui.core import text
from anaplan_tui.core.play import Course, Play
from anaplan_tui.core.runbooks import shelf
from anaplan_tui.core.runbooks.choosing import score_again, score_of
from anaplan_tui.core.runbooks.placeholders import escape
from anaplan_tui.core.runbooks.plan import Score
from anaplan_tui.core.runbooks.planning import NotPlayable
from anaplan_tui.core.runbooks.rest import process_of
from anaplan_tui.core.runbooks.shelf import Book, Shelf
from anaplan_tui.core.snapshots import Verdict
from anaplan_tui.ui import commands as c
from anaplan_tui.ui.screens.runbook_words import BookLine, elsewhere

if TYPE_CHECKING:
    from anaplan_tui.core.desk import Desk
    from anaplan_tui.core.journal.journal import PlayRecord
    from anaplan_tui.ui.jobs.spawning import Spawner
    from anaplan_tui.ui.navigation import Request
    from anaplan_tui.ui.screens.play_question import PlayAnswer
    from anaplan_tui.ui.shell import Shell

_DECLINED = "play_not_gone_on_with"


class PlayJobs:
    """Asks about, plays and reports on the runbooks of one desk."""

    def __init__(self, app: "Shell", desk: "Desk", spawner: "Spawner") -> None:
        self._app, self._desk, self._spawner = app, desk, spawner
        self._playing: dict[str, asyncio.Task[object]] = {}
        """The tasks that play a runbook, by its key."""

    # -- the shelf ---------------------------------------------------------------------------------

    async def shelf(self) -> tuple[Shelf, tuple[BookLine, ...]]:
        """Read the directory; return it, and a line for each of its runbooks."""
        found = await asyncio.to_thread(shelf.look, self._desk.settings.runbooks.directory)
        return found, tuple([await self._line(book) for book in found.books])

    async def line(self, path: Path) -> BookLine:
        """Read one runbook's file and return its line."""
        return await self._line(await asyncio.to_thread(shelf.book_of, path))

    async def _line(self, book: Book) -> BookLine:
        record = await self._desk.player.last(book.key)
        here = self.newest(book.key)
        known = record.play if record is not None else None
        is_ours = here is not None and (known is None or here.play_id == known.play_id or here.live)
        return BookLine(book, here if is_ours else known, elsewhere(record, here))

    def newest(self, key: str) -> Play | None:
        """Return the newest play of a runbook by this app."""
        plays = [play for play in self._desk.store.plays if play.runbook == key]
        return max(plays, key=lambda play: play.began.timestamp() if play.began else 0.0, default=None)

    def model_name(self) -> str:
        """Return the name of the model for steps that name none."""
        context = self._desk.context
        return self._desk.profile.model or (context.model.name if context is not None else "")

    # -- playing -----------------------------------------------------------------------------------

    def ask(self, book: Book, step: int | None) -> None:
        """Ask how to play, and play; ``step`` is the one under the cursor."""
        self._spawner.spawn_request(partial(self._ask, book, step), f"play:{book.key}")

    async def _ask(self, book: Book, step: int | None, request: "Request") -> None:
        from anaplan_tui.ui.screens.play_question import Way, how_to_play

        book = await asyncio.to_thread(shelf.book_of, book.path)  # it may have been edited meanwhile
        if book.problem:
            self._app.say(book.problem, "error")
            return
        record = await self._desk.player.last(book.key)
        play = record.play if record is not None else None
        question = how_to_play(book, play, step, self.model_name(), self._app.now())
        answer = await request.ask(question)
        if answer.way is not Way.NOT:
            await self._play(book, record, answer)

    async def _play(self, book: Book, record: "PlayRecord | None", answer: "PlayAnswer") -> None:
        from anaplan_tui.ui.screens.play_question import Way

        goes_on = record if answer.way is Way.GO_ON else None
        known = dict(record.values) if record is not None else {}
        values = await self._values(
            book, known, asked=[n for n in book.needs if not goes_on or n not in known]
        )
        if values is None:
            return
        answer = replace(answer, values=values)
        score = await self._score(book, goes_on, answer)
        self._app.say(f"Looking up what '{book.name}' names …")
        try:
            plan = await self._desk.planner.plan(
                score, earlier=goes_on.play if goes_on else None, say=self._app.say
            )
        except NotPlayable as error:
            await self._tell_why_not(book, error)
            return
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  # a job is one

        def begun(_play_id: str) -> None:
            self._app.navigation.open(partial(self._app.open_runbook, book.path))

        self._playing[book.key] = task
        try:
            if goes_on is not None:
                played = await self._desk.player.resume(plan, goes_on, on_begin=begun)
            else:
                played = await self._desk.player.play(plan, on_begin=begun)
        finally:
            del self._playing[book.key]
        self._tell(played)

    async def _values(
        self, book: Book, known: Mapping[str, str], *, asked: Sequence[str]
    ) -> dict[str, str] | None:
        """Ask for the values of the placeholders ``asked``; ``None``: the operator declined."""
        if not asked:
            return {}
        from anaplan_tui.ui.screens.play_values import ValuesDialog

        needs = {name: book.needs[name] for name in asked}
        return await (await self._app.navigation.ask(ValuesDialog(book.name, needs, known)))

    async def _score(self, book: Book, goes_on: "PlayRecord | None", answer: "PlayAnswer") -> Score:
        from anaplan_tui.ui.screens.play_question import Way

        step = str(answer.step)
        first = step if answer.way is Way.FROM_A_STEP else None
        only = (step,) if answer.way is Way.ONE_STEP else ()
        at = datetime.now().astimezone()
        if goes_on is not None:
            score = await asyncio.to_thread(score_again, book.path, goes_on, answer.values, at)
        else:
            score = await asyncio.to_thread(score_of, book.path, answer.values, at, first=first, only=only)
        return self._in_this_model(score)

    def _in_this_model(self, score: Score) -> Score:
        """Use the current model if neither the runbook nor the profile names one."""
        context = self._desk.context
        if context is None or score.runbook.model is not None or self._desk.profile.model is not None:
            return score
        model = context.model.ref
        where = {"workspace": escape(model.workspace_id), "model": escape(model.model_id)}
        return replace(score, runbook=score.runbook.model_copy(update=where))

    async def _tell_why_not(self, book: Book, error: NotPlayable) -> None:
        from anaplan_tui.ui.screens.dialog import Answer, Question

        self._app.say(f"'{book.name}' was not played: {error.problems[0]}", "error", detail=str(error))
        lines = [*map(str, error.problems), "Nothing was sent."]
        title = f"'{text.middle(book.name, 50)}' cannot be played"
        await self._app.navigation.ask(Question(title, lines, (Answer("Close", None, "n"),)))

    def _tell(self, play: Play) -> None:
        left = play.stopped_at
        if play.course is Course.ENDED and play.verdict is not None:
            symbol, word = text.verdict_mark(play.verdict)
            severity = "information" if play.verdict is Verdict.COMPLETED else "warning"
            reason = f": {play.reason}" if play.reason else ""
            self._app.say(f"{symbol} The play of '{play.name}' ended: {word}{reason}", severity)
        elif left is not None:
            why = f": {left.reason}" if left.reason else ""
            said = f"The play of '{play.name}' stopped at step {left.number}, {left.label}{why}"
            self._app.say(f"✗ {said}", "error")

    def is_played_here(self, key: str) -> bool:
        """Return whether this app plays a runbook now."""
        return key in self._playing

    def stop(self, book: Book) -> None:
        """Stop a play before its next step; a task already started continues."""
        task = self._playing.get(book.key)
        if task is None:
            return
        play = self.newest(book.key)
        task.cancel()
        step = play.current if play is not None else None
        rest = f" Step {step.number}, {step.label}, goes on in Anaplan." if step and step.run_id else ""
        self._app.say(
            f"'{book.name}' stops: nothing more is started.{rest} {c.PLAY.key} goes on.",
            "warning",
        )

    # -- after the app was closed ------------------------------------------------------------------

    async def offer(self) -> None:
        """Ask once whether to resume the newest play that was cut off; a refusal is remembered."""
        cut_off = await self._cut_off()
        if not cut_off:
            return
        from anaplan_tui.ui.screens.play_question import PlayAnswer, Way, go_on_again

        record, *others = cut_off
        name = self._desk.profile.name
        listed = sum(1 for other in others if process_of(other) is None)
        question = go_on_again(record.play, listed, self._app.now())
        if not await (await self._app.navigation.ask(question)):
            with suppress(OSError):
                await asyncio.to_thread(
                    self._desk.journal.remember, name, _DECLINED, [r.play.play_id for r in cut_off]
                )
            return
        process = process_of(record)
        if process is not None:
            from anaplan_tui.ui.jobs.rest import go_on_with_rest

            await go_on_with_rest(self._app, self._desk, record, process)
            return
        book = await asyncio.to_thread(shelf.book_of, Path(record.play.runbook))
        await self._play(book, record, PlayAnswer(Way.GO_ON))

    async def _cut_off(self) -> "list[PlayRecord]":
        """Return the newest play of each runbook with a file, or of part of a process, if it was cut off."""
        if self._desk.profile.read_only:
            return []
        profile = self._desk.profile
        journal = self._desk.journal
        declined = await asyncio.to_thread(journal.choice, profile.name, _DECLINED)
        known = declined if isinstance(declined, list) else []
        records = await asyncio.to_thread(journal.plays.recent, profile.name, profile.api_url)
        newest: dict[str, PlayRecord] = {}
        for record in records:
            newest.setdefault(record.play.runbook, record)
        return [
            record
            for record in newest.values()
            if shelf.was_cut_off(record.play)
            and record.play.play_id not in known
            and (process_of(record) or await asyncio.to_thread(Path(record.play.runbook).is_file))
        ]
