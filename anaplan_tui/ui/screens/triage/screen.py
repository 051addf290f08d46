"""The triage screen: a dump's rows by error, which errors are new, and the rejected rows as a file."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.content import Content
from typing_extensions import override

from anaplan_tui.core import text
from anaplan_tui.core.dumps.files import DumpFile
from anaplan_tui.core.snapshots import OnDisk
from anaplan_tui.core.triage import Summary, TriageCancelled, TriageError
from anaplan_tui.ui import commands as c
from anaplan_tui.ui.place import ListPlace, bold
from anaplan_tui.ui.screens.triage.dump_place import DumpPlace
from anaplan_tui.ui.screens.triage.values import GroupLine, group_lines
from anaplan_tui.ui.screens.triage.words import (
    change_words,
    changed_text,
    compared,
    cut_off_text,
    error_words,
    failed_text,
    group_text,
    lines_words,
    no_text_text,
    problem,
    rows_words,
    title,
    values_words,
)
from anaplan_tui.ui.screens.triage.work import DumpReader
from anaplan_tui.ui.widgets.keyed_table import Column, KeyedTable
from anaplan_tui.ui.widgets.lines import Line
from anaplan_tui.ui.widgets.text_pane import TextPane
from anaplan_tui.ui.widgets.title_bar import TitleBar
from anaplan_tui.ui.words import MUTED

_WIDE = 100
_LINES_WIDTH = 15
_ROWS_WIDTH = 13
_READING = "The errors stand here once the dump has been read.\n\nEsc leaves and stops the reading."
_UNREADABLE = "This file cannot be read as a dump; there are no rows."
_RUN_AGAIN = replace(c.RUN_AGAIN, footer=34)
"""After correcting and going back in the footer."""


class TriageScreen(DumpPlace, ListPlace[GroupLine]):
    """Lists a dump's groups, compared with an earlier dump of the same action if there is one."""

    NAME = "triage"
    HERE = (
        c.GROUP_ROWS,
        c.SAVE_REJECTED,
        c.SAVE_ROWS,
        c.EDIT_CORRECTED,
        c.UPLOAD_CORRECTED,
        _RUN_AGAIN,
        c.BUNDLE,
        c.FILTER,
        c.SORT,
        c.BACK,
        *c.ON_A_FILE,
    )
    BINDINGS = c.bindings(HERE)
    CSS_PATH: ClassVar[str] = "screen.tcss"

    _group_pane = getters.query_one("#group", TextPane)

    def __init__(self, dump: DumpFile, earlier: DumpFile | None = None) -> None:
        super().__init__()
        self.dump = dump
        self.reader = DumpReader(dump.path)
        self._earlier = earlier
        self._was: Summary | None = None
        self._not_compared = ""
        self._failed = False
        self._on_disk = OnDisk.SAME
        self._saved = Content()

    @override
    def make_table(self) -> KeyedTable[GroupLine]:
        return KeyedTable(
            COLUMNS if self._earlier is None else COMPARED_COLUMNS,
            key=lambda line: f"{line.gone} {line.key}",
            match=lambda line: " ".join((line.error, line.column, *(value for value, _ in line.top_values))),
            empty=_READING,
            id="groups",
        )

    @override
    def body(self) -> ComposeResult:
        yield TitleBar()
        yield Line(id="meter")
        yield self.make_table()
        yield TextPane(id="group")

    @override
    def on_mount(self) -> None:
        self._group_pane.display = False
        self._read()

    async def on_unmount(self) -> None:
        """Stop the reader, which holds memory, disk and the file."""
        await self.reader.aclose()

    @override
    def place_name(self) -> str:
        return self.dump.name

    @override
    def header_note(self) -> str:
        return "triage"

    # -- reading -------------------------------------------------------------------------------------

    @work(group="read", exclusive=True)
    async def _read(self) -> None:
        """Read the dump, show its groups, then compare them with the earlier dump."""
        self.begin_work("Reading the dump")
        try:
            self.summary = await self.reader.load()
        except TriageCancelled:
            return
        except TriageError as error:
            self.end_work()
            await self._ask_import()
            if self.summary is None:
                self._show_failed(error)
                return
        else:
            self.end_work()
            self._show(group_lines(self.summary))
            await self._ask_import()
        await self._check()
        if self._earlier is not None and self._was is None:
            await self._compare(self._earlier, self.summary)

    async def _ask_import(self) -> None:
        """Read the dump as its import does, where its bytes do not tell the encoding."""
        if self.reader.leaves_open:
            await self.follow(await self._source_form())

    @override
    async def read_anew(self, summary: Summary) -> None:
        self.summary, self._was = summary, None
        self._show(group_lines(summary))
        if self._earlier is not None:
            await self._compare(self._earlier, summary)

    async def _check(self) -> None:
        """Check whether the file is still what was fetched."""
        self._on_disk = await asyncio.to_thread(self.dump.is_whole)
        if self._on_disk is not OnDisk.SAME:
            self.refresh_title()
            self._show_group()

    async def _compare(self, earlier: DumpFile, summary: Summary) -> None:
        try:
            self._was, change = await self.reader.compare(earlier.path)
        except TriageCancelled:
            return
        except TriageError as error:
            self._not_compared = f"the dump of {text.ago(earlier.of, self.tui.now())} cannot be compared "
            self.tui.record.add(f"The earlier dump: {problem(error)}", "warning")
            self.refresh_title()
            return
        self._show(group_lines(summary, self._was, change))

    def _show(self, lines: Sequence[GroupLine]) -> None:
        self.table.styles.height = max(len(lines) + 1, 4)
        self.table.show(lines, empty="The dump holds no rows: it is a header line only.")
        self._group_pane.display = bool(lines)
        self.refresh_title()
        self._show_group()

    def _show_failed(self, error: TriageError) -> None:
        self._failed = True
        self.table.display = False
        pane = self._group_pane
        pane.display = True
        pane.show_text(failed_text(error, self.dump), from_top=True)
        pane.focus()
        self.tui.record.add(f"{self.dump.name}: {problem(error)}", "error")
        self.refresh_title()
        self.refresh_keys()

    # -- showing -------------------------------------------------------------------------------------

    @override
    def heading(self) -> Content | str:
        if self.summary is None or self.table.needle:
            return bold(text.middle(self.dump.name, 40))
        wide = self.size.width >= _WIDE
        return title(self.dump, self.summary, self.tui.now(), wide=wide, on_disk=self._on_disk)

    @override
    def heading_right(self) -> Content | str:
        if self.summary is None or self._earlier is None:
            return ""
        if self._not_compared:
            return Content.styled(self._not_compared, MUTED)
        wide = self.size.width >= _WIDE
        if self._was is None:
            return Content.styled("comparing … ", MUTED)
        return compared(self._earlier, self.summary.rows, self._was.rows, self.tui.now(), wide=wide)

    @on(KeyedTable.Moved)
    def _show_group(self) -> None:
        line = self.current
        if self.summary is not None:
            shown = Content() if line is None else group_text(line, self._earlier_known, self.tui.now())
            notes = (
                cut_off_text(self.summary),
                changed_text(self._on_disk),
                self._saved,
                no_text_text(self.summary),
                shown,
            )
            shown = Content("\n\n").join([part for part in notes if part])
            self._group_pane.show_text(shown, from_top=True)
        self.refresh_keys()

    @property
    def _earlier_known(self) -> DumpFile | None:
        return self._earlier if self._was is not None else None

    def on_resize(self) -> None:
        """Fit the title."""
        self.refresh_title()

    # -- commands ------------------------------------------------------------------------------------

    @property
    def current(self) -> GroupLine | None:
        """The highlighted group of rows."""
        return self.table.current

    def why_not_filter(self) -> str:
        """Needs a dump that can be read: others have no lines."""
        return _UNREADABLE if self._failed else ""

    def why_not_sort(self) -> str:
        """Needs a dump that can be read: others have no lines."""
        return _UNREADABLE if self._failed else ""

    def why_not_open(self) -> str:
        """Needs a group of which this dump has rows."""
        if self._failed:
            return _UNREADABLE
        if self.current is None:
            return "The dump is still being read." if self.working else "There is no group in the list."
        return "This error is gone: the dump has no rows of it." if self.current.gone else ""

    def do_open(self) -> None:
        """Show the rows of the highlighted group."""
        from anaplan_tui.ui.screens.triage.rows import TriageRowsScreen

        if self.current is not None and self.summary is not None:
            self.app.push_screen(TriageRowsScreen(self.dump, self.reader, self.summary, self.current))

    def why_not_save_rejected(self) -> str:
        """Needs rows that are known to be rejected."""
        if self._failed:
            return _UNREADABLE
        if self.summary is None or self.summary.rejected:
            return self.why_no_saving()
        if self.summary.unclear:
            return (
                f"No row is known to be rejected; Enter shows a group, {c.SAVE_REJECTED.key} saves its rows."
            )
        return "The dump holds no rejected rows: all of its rows were loaded."

    def do_save_rejected(self) -> None:
        """Save all rejected rows as their import reads them."""
        if self.summary is not None:
            self.save_all_rejected()

    def why_not_save_rows(self) -> str:
        """Needs a group, and a reader that is not at work."""
        return self.why_not_open() or self.why_no_saving()

    def do_save_rows(self) -> None:
        """Save the rows of the highlighted group as they are in the dump."""
        line = self.current
        if line is not None:
            self.save_group(line.key, line.error, line.rows + line.also)

    @override
    def show_saved(self, said: Content) -> None:
        self._saved = said
        self._show_group()

    @override
    async def do_refresh(self) -> None:
        """Read the file again: it may have been fetched anew."""
        await self.reader.aclose()
        self.reader = DumpReader(self.dump.path, self.reader.encoding)
        self.summary = self._was = None
        self._saved = Content()
        self._on_disk = OnDisk.SAME
        self._failed, self._not_compared = False, ""
        self._group_pane.display = False
        self.table.display = True
        self.table.show((), empty=_READING)
        self.refresh_title()
        self.table.focus()
        self._read()

    @override
    def copyable(self) -> Sequence[tuple[str, str]]:
        line = self.current
        chosen = [("dump's path", str(self.dump.path))]
        if self.saved_to is not None:
            chosen.insert(0, ("saved file's path", str(self.saved_to)))
        if line is not None:
            chosen += [("error", line.error), ("column", line.column)]
            chosen += [("commonest value", value) for value, _rows in line.top_values[:1]]
        return chosen


def _columns(*, with_change: bool) -> tuple[Column[GroupLine], ...]:
    change = (
        Column("CHANGE", change_words, width=9, sort=lambda g: abs(g.rows - (g.was or 0)), descending=True),
    )
    return (
        Column(
            "ROWS",
            lambda g: rows_words(g, _ROWS_WIDTH),
            width=_ROWS_WIDTH,
            right=True,
            sort=lambda g: g.rows,
            descending=True,
        ),
        Column("%", lambda g: text.share(g.percent) if g.rows else "", width=3, right=True),
        Column("ERROR", error_words, share=4, sort=lambda g: g.error.casefold()),
        *(change if with_change else ()),
        Column("IN COLUMN", lambda g: g.column, width=12, sort=lambda g: g.column.casefold()),
        Column("TOP VALUES", lambda g: values_words(g.top_values), share=3, from_width=110),
        Column("FIRST LINES", lambda g: lines_words(g, 3, _LINES_WIDTH), width=_LINES_WIDTH, from_width=120),
    )


COLUMNS = _columns(with_change=False)
COMPARED_COLUMNS = _columns(with_change=True)
