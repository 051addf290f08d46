"""What the list of runbooks and the list of one runbook's steps share."""

from typing import ClassVar, TypeVar

from textual import events, getters, on
from typing_extensions import override

from anaplan_tui.ui.place import ListPlace
from anaplan_tui.ui.screens.play_conditions import why_no_stop
from anaplan_tui.ui.screens.runbook_words import BookLine
from anaplan_tui.ui.widgets.lines import Detail

T = TypeVar("T")


class RunbookList(ListPlace[T]):
    """A list about runbooks: it reads their files again whenever it is shown, and stops the play it is on."""

    CSS_PATH: ClassVar[str] = "catalog.tcss"

    _detail = getters.query_one(Detail)

    @property
    def runbook(self) -> BookLine | None:
        """The runbook that the keys of a play are about."""
        raise NotImplementedError

    def look(self) -> object:
        """Read the files soon, and show what is in them."""
        raise NotImplementedError

    @override
    def desk_opened(self) -> None:
        self.look()

    @on(events.ScreenResume)
    def _shown_again(self) -> None:
        if self.tui.desk is not None:
            self.look()

    @override
    async def do_refresh(self) -> None:
        self.look()

    @property
    def current(self) -> T | None:
        """The highlighted line."""
        return self.table.current

    def why_not_stop_play(self) -> str:
        """Needs a play that is played here: another process stops its own."""
        return why_no_stop(self.runbook, self.jobs.plays)

    def do_stop_play(self) -> None:
        """Stop the play before its next step."""
        if self.runbook is not None:
            self.jobs.plays.stop(self.runbook.book)
