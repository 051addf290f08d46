"""The runbooks of the configured directory, each with its last play; Enter shows the steps of one."""

from collections.abc import Sequence

from textual import on, work
from textual.app import ComposeResult
from textual.content import Content
from typing_extensions import override

from anaplan_tui.core import text
from anaplan_tui.core.play import Play
from anaplan_tui.core.store import Snapshot
from anaplan_tui.ui import commands as c
from anaplan_tui.ui.place import bold
from anaplan_tui.ui.screens.play_conditions import why_no_play
from anaplan_tui.ui.screens.runbook_list import RunbookList
from anaplan_tui.ui.screens.runbook_words import BookLine, book_detail, play_words
from anaplan_tui.ui.widgets.keyed_table import Column, KeyedTable
from anaplan_tui.ui.widgets.lines import Detail
from anaplan_tui.ui.words import BAD, MUTED

_NOTHING = "There is no runbook in {directory}: no *.toml file.\n\n{how}"
_HOW = (
    "A runbook is what a shell script around a client was: uploads, runs and downloads, one after another.\n"
    "'anaplan-tui convert SCRIPT' makes one of a script; [runbooks] directory says where they lie."
)


class RunbooksScreen(RunbookList[BookLine]):
    """Renders the directory as it was when the screen was opened or refreshed, with plays as they are."""

    NAME = "runbooks"
    NO_LINE = "There is no runbook in the list."
    HERE = (
        c.OPEN_RUNBOOK,
        c.PLAY,
        c.STOP_PLAY,
        *c.LISTS,
        c.BACK,
        *(command for command in c.EVERYWHERE if command is not c.RUNBOOKS),
    )
    BINDINGS = c.bindings(HERE)

    @override
    def make_table(self) -> KeyedTable[BookLine]:
        return KeyedTable(
            self._columns(),
            key=lambda line: str(line.book.path),
            match=lambda line: f"{line.book.name} {line.book.path.name}",
            empty="Reading the directory of runbooks …",
        )

    def _columns(self) -> tuple[Column[BookLine], ...]:
        return (
            Column("RUNBOOK", lambda b: b.book.name, share=3, sort=lambda b: b.book.name.casefold()),
            Column("LAST PLAY", play_words, width=26),
            Column("WHEN", self._when, width=15, fitted=True),
            Column("STEPS", lambda b: text.count(len(b.book.steps)), width=5, right=True, from_width=70),
            Column(
                "FILE",
                lambda b: Content.styled(b.book.path.name, MUTED),
                share=2,
                from_width=100,
                sort=lambda b: b.book.path.name.casefold(),
            ),
        )

    def _when(self, line: BookLine) -> str:
        play = line.play
        if play is None:
            return text.NOTHING
        return text.ago(play.began if play.live else play.ended or play.began, self.tui.now())

    @override
    def body(self) -> ComposeResult:
        yield from super().body()
        yield Detail()

    @override
    def place_name(self) -> str:
        return "runbooks"

    @override
    def heading(self) -> Content | str:
        return bold("Runbooks") + Content(f" {len(self.table.items):,}")

    @override
    def heading_right(self) -> Content | str:
        if self.tui.desk is None:
            return ""
        return Content.styled(f"{text.home(self.desk.settings.runbooks.directory)} ", MUTED)

    @on(KeyedTable.Moved)
    def _show_detail(self) -> None:
        line = self.current
        style = BAD if line is not None and line.book.problem else MUTED
        self._detail.show(Content.styled(book_detail(line), style) if line is not None else "")
        self.refresh_keys()

    @work(group="look", exclusive=True)
    @override
    async def look(self) -> None:
        shelf, lines = await self.jobs.plays.shelf()
        empty = f"{shelf.problem}\n\n{_HOW}" if shelf.problem else ""
        empty = empty or _NOTHING.format(directory=text.home(shelf.directory), how=_HOW)
        self.table.show(lines, empty=empty)
        self.refresh_title()
        self._show_detail()
        self.list_stands()

    @override
    def snapshot_arrived(self, snapshot: Snapshot) -> None:
        if isinstance(snapshot, Play):
            for line in self.table.items:
                if line.book.key == snapshot.runbook:
                    self.table.update(BookLine(line.book, snapshot))
            self._show_detail()

    # -- commands ----------------------------------------------------------------------------------

    @property
    @override
    def runbook(self) -> BookLine | None:
        return self.current

    def why_not_open(self) -> str:
        """A runbook that could not be read has no steps to show."""
        return self.current.book.problem if self.current is not None else self.why_no_line()

    async def do_open(self) -> None:
        """Show the steps of the highlighted runbook."""
        if self.current is not None:
            await self.tui.open_runbook(self.current.book.path)

    def why_not_play(self) -> str:
        """Needs a runbook that was read without a fault and is not being played."""
        return why_no_play(self.current) if self.current is not None else self.why_no_line()

    def do_play(self) -> None:
        """Ask, then play the highlighted runbook from the top."""
        if self.current is not None:
            self.jobs.plays.ask(self.current.book, None)

    @override
    def copyable(self) -> Sequence[tuple[str, str]]:
        line = self.current
        if line is None:
            return ()
        reason = line.play.reason if line.play is not None else ""
        return (
            ("path", str(line.book.path)),
            ("name", line.book.name),
            ("reason", line.book.problem or reason),
        )
