"""The screen of one error's rows: paged, filtered by the text of any cell, wide ones scrolled sideways."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from textual import events, getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from typing_extensions import override

from anaplan_tui.api.clean import clean
from anaplan_tui.core import text
from anaplan_tui.core.dumps.files import DumpFile
from anaplan_tui.core.triage import Summary, TriageCancelled, TriageError
from anaplan_tui.ui import commands as c
from anaplan_tui.ui.screens.triage.dump_place import DumpPlace
from anaplan_tui.ui.screens.triage.values import VALUE_LIMIT, GroupLine, same_group
from anaplan_tui.ui.screens.triage.words import problem, row_errors, row_text
from anaplan_tui.ui.screens.triage.work import DumpReader
from anaplan_tui.ui.widgets.lines import Detail, Line
from anaplan_tui.ui.widgets.sheet import Sheet
from anaplan_tui.ui.widgets.sheet_page import SheetRow
from anaplan_tui.ui.widgets.text_pane import TextPane
from anaplan_tui.ui.widgets.title_bar import TitleBar
from anaplan_tui.ui.words import MUTED, STRONG

_TYPING_S = 0.15
"""Seconds without typing before a filter is applied: each one reads the dump."""
_FILTER_ROOM = 18
"""Cells of the title line kept for the filter's own words."""
_ALL = 1_000_000


class RowPane(TextPane):
    """A single row; Enter leads back to all rows."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", f"screen.{c.ALL_ROWS.action}", show=False)]


class TriageRowsScreen(DumpPlace):
    """Shows rows of a dump that has been read; the reader belongs to the screen below."""

    NAME = "rows of an error"
    HERE = (
        c.WHOLE_ROW,
        c.ALL_ROWS,
        c.NEXT_ROW,
        c.PREVIOUS_ROW,
        c.LEFT,
        c.RIGHT,
        c.FIRST_COLUMN,
        c.LAST_COLUMN,
        c.FILTER,
        c.SAVE_GROUP,
        c.SAVE_ROWS,
        c.EDIT_CORRECTED,
        c.UPLOAD_CORRECTED,
        replace(c.RUN_AGAIN, footer=34),
        c.BUNDLE,
        c.BACK,
        *c.ON_A_FILE,
    )
    # Enter is for the list; over a single row the pane takes it.
    BINDINGS = c.bindings(command for command in HERE if command is not c.ALL_ROWS)
    CSS_PATH: ClassVar[str] = "rows.tcss"

    _meter_line = getters.query_one("#meter", Line)
    _title_bar = getters.query_one(TitleBar)
    _detail = getters.query_one(Detail)
    _row_pane = getters.query_one("#row", TextPane)

    def __init__(self, dump: DumpFile, reader: DumpReader, summary: Summary, group: GroupLine) -> None:
        super().__init__()
        self.dump, self.reader, self.summary = dump, reader, summary
        self._group = group
        self._columns = tuple(clean(name, limit=VALUE_LIMIT) for name in reader.columns)
        self._marked = group.position
        self._needle = ""

    @override
    def body(self) -> ComposeResult:
        yield TitleBar()
        yield Line(id="meter")
        yield Sheet(self._columns, marked=self._marked)
        yield Detail()
        yield RowPane(id="row")

    @override
    def on_mount(self) -> None:
        self._meter_line.display = False
        self.sheet.key_taker = self._title_bar.take_key
        self.sheet.say("Fetching the rows …")
        self.sheet.focus()
        self._refresh_title()

    @property
    def sheet(self) -> Sheet:
        """The table of the rows."""
        return self.query_one(Sheet)

    @override
    def place_name(self) -> str:
        return self.dump.name

    @override
    def header_note(self) -> str:
        return "triage"

    @override
    async def read_anew(self, summary: Summary) -> None:
        """Show the same error as it reads now; go back to the groups where it cannot be identified."""
        was, self.summary = self.summary, summary
        same = same_group(self._group, was, summary)
        if same is None:
            await super().do_back()
            return
        self._group, self._marked = same, same.position
        self._columns = tuple(clean(name, limit=VALUE_LIMIT) for name in self.reader.columns)
        self.sheet.show_columns(self._columns, same.position)
        self.sheet.restart("Fetching the rows …")
        self.do_all_rows()

    # -- fetching what is in view --------------------------------------------------------------------

    @on(Sheet.Missing)
    def _wanted(self, event: Sheet.Missing) -> None:
        self._fetch(event.first, event.limit)

    @work(group="rows", exclusive=True)
    async def _fetch(self, first: int, limit: int) -> None:
        if self._needle and self.sheet.total is None:
            await asyncio.sleep(_TYPING_S)
        try:
            page = await self.reader.rows(self._group.key, first, limit, self._needle)
        except TriageCancelled:
            return
        except TriageError as error:
            self.sheet.say(f"✗ {problem(error)}")
            self.tui.say(problem(error), "error")
            return
        if not page.total:
            self.sheet.say(f'No row contains "{self._needle}".\n\nEsc clears the filter.')
        self.sheet.put(page)
        self._refresh_title()
        self.refresh_keys()

    @on(TitleBar.Typed)
    def _typed(self, event: TitleBar.Typed) -> None:
        self._filter(event.text)

    @on(TitleBar.Left)
    def _left_filter(self, event: TitleBar.Left) -> None:
        if not event.keep:
            self._clear_filter()

    def on_paste(self, event: events.Paste) -> None:
        """Put pasted text into the filter while it is open."""
        self._title_bar.take_paste(event.text)

    def _filter(self, needle: str) -> None:
        if needle != self._needle:
            self._needle = needle
            self.sheet.restart(f'Looking for "{needle}" …' if needle else "Fetching the rows …")
            self._refresh_title()

    def _clear_filter(self) -> None:
        self._title_bar.clear()
        self._filter("")

    # -- showing -------------------------------------------------------------------------------------

    def _refresh_title(self) -> None:
        total = self.sheet.total
        rows = text.plural(total, "row") if total is not None else "…"
        first, last = self.sheet.columns_in_view
        right = f"columns {first + 1}–{last + 1} of {len(self._columns)} " if self._columns else ""
        if self._one_row and total:
            right = f"row {self.sheet.cursor + 1:,} of {total:,} "
        room = self.size.width - len(rows) - len(right) - len(self._needle) - _FILTER_ROOM
        named = Content.assemble((rows, STRONG), f" · {text.middle(self._group.error, max(room, 10))}")
        self._title_bar.show(named, Content.styled(right, MUTED))

    @on(Sheet.Moved)
    def _moved(self) -> None:
        row = self.sheet.current
        self._detail.show(row_errors(row) if row is not None else "")
        self._refresh_title()
        self.refresh_keys()
        if row is not None and self._one_row:
            self._show_row(row)

    @property
    def _one_row(self) -> bool:
        """Whether a single row fills the screen."""
        return self.has_class("-row-only")

    def _show_row(self, row: SheetRow) -> None:
        pane = self._row_pane
        pane.show_text(row_text(row, self._columns, self._marked), from_top=True)

    @override
    def show_saved(self, said: Content) -> None:
        self._detail.show(said)

    def on_resize(self) -> None:
        """Fit the title."""
        self._refresh_title()

    # -- commands ------------------------------------------------------------------------------------

    def why_not_open(self) -> str:
        """Needs a row that is not already shown whole."""
        if self.sheet.current is None:
            return "There is no row to look into."
        return "The whole row is shown already." if self._one_row else ""

    def do_open(self) -> None:
        """Show the row under the cursor whole, one cell per line."""
        row = self.sheet.current
        if row is not None:
            self.add_class("-row-only")
            self._show_row(row)
            self._row_pane.focus()
            self._refresh_title()
            self.refresh_keys()

    def why_not_all_rows(self) -> str:
        """Needs a row that is shown whole."""
        return "" if self._one_row else "This is for a whole row; Enter shows one."

    def do_all_rows(self) -> None:
        """Show the table of the rows again."""
        self.remove_class("-row-only")
        self.sheet.focus()
        self._refresh_title()
        self.refresh_keys()

    def why_not_next_row(self) -> str:
        """Needs a row that is shown whole, and one after it."""
        is_last = self.sheet.cursor + 1 >= (self.sheet.total or 0)
        return self.why_not_all_rows() or ("This is the last row." if is_last else "")

    def do_next_row(self) -> None:
        """Show the next row whole."""
        self.sheet.go_to(self.sheet.cursor + 1)

    def why_not_previous_row(self) -> str:
        """Needs a row that is shown whole, and one before it."""
        return self.why_not_all_rows() or ("This is the first row." if self.sheet.cursor == 0 else "")

    def do_previous_row(self) -> None:
        """Show the previous row whole."""
        self.sheet.go_to(self.sheet.cursor - 1)

    @override
    async def do_back(self) -> None:
        if self._one_row:
            self.do_all_rows()
        elif self._needle and not self.working:
            self._clear_filter()
        else:
            await super().do_back()

    def _why_no_other_column(self) -> str:
        first, last = self.sheet.columns_in_view
        is_all = self._one_row or (first == 0 and last >= len(self._columns) - 1)
        return "All columns are in view." if is_all else ""

    def why_not_left(self) -> str:
        """Needs columns that are out of view."""
        return self._why_no_other_column()

    def do_left(self) -> None:
        """Scroll the table one column to the left."""
        self.sheet.scroll_columns(-1)

    def why_not_right(self) -> str:
        """Needs columns that are out of view."""
        return self._why_no_other_column()

    def do_right(self) -> None:
        """Scroll the table one column to the right."""
        self.sheet.scroll_columns(1)

    def why_not_first_column(self) -> str:
        """Needs columns that are out of view."""
        return self._why_no_other_column()

    def do_first_column(self) -> None:
        """Scroll the table to its first column."""
        self.sheet.scroll_columns(-_ALL)

    def why_not_last_column(self) -> str:
        """Needs columns that are out of view."""
        return self._why_no_other_column()

    def do_last_column(self) -> None:
        """Scroll the table to its last column."""
        self.sheet.scroll_columns(_ALL)

    def do_filter(self) -> None:
        """Open the filter; the table takes the place of a row shown whole."""
        if self._one_row:
            self.do_all_rows()
        self._title_bar.open()

    def why_not_refresh(self) -> str:
        """The screen below reads the file: a second reading here would find other groups."""
        return "Go back to the errors first; there the file can be read again."

    def why_not_save_rejected(self) -> str:
        """Needs rows, and a reader that is not at work."""
        return self.why_no_saving() if self.sheet.total else "There are no rows to save."

    def do_save_rejected(self) -> None:
        """Save the rows that the filter leaves, as their import reads them."""
        self.save_group_to_correct(self._group.key, self._group.error, self.sheet.total or 0, self._needle)

    def why_not_save_rows(self) -> str:
        """Needs rows, and a reader that is not at work."""
        return self.why_not_save_rejected()

    def do_save_rows(self) -> None:
        """Save the rows that the filter leaves, as they are in the dump."""
        self.save_group(self._group.key, self._group.error, self.sheet.total or 0, self._needle)

    @override
    def copyable(self) -> Sequence[tuple[str, str]]:
        row = self.sheet.current
        chosen = [("saved file's path", str(self.saved_to))] if self.saved_to is not None else []
        if row is not None:
            marked = row.plain[self._marked] if self._marked is not None else ""
            chosen += [("bad value", marked), ("line", row.line), *(("error", e) for e in row.errors)]
        return [*chosen, ("dump's path", str(self.dump.path))]
