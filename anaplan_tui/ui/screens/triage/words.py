"""The words of the triage screens: pure functions of their values."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from textual.content import Content

from anaplan_tui.api.clean import clean
from anaplan_tui.core import text
from anaplan_tui.core.dumps.files import DumpFile
from anaplan_tui.core.snapshots import OnDisk
from anaplan_tui.core.source_form import is_no_quote
from anaplan_tui.core.triage import NotADump, Saved, SourceForm, Summary, TriageError
from anaplan_tui.core.triage.blanks import blank_words, visible
from anaplan_tui.core.uploads import separator_words
from anaplan_tui.ui import commands as c
from anaplan_tui.ui.screens.triage.values import GroupLine
from anaplan_tui.ui.widgets.meter import meter
from anaplan_tui.ui.widgets.sheet_page import SheetRow
from anaplan_tui.ui.words import BAD, GOOD, LIVE, MUTED, STRONG, WARN, join

_LINES = 5
_OUTCOMES = {"E": ("✗ rejected", BAD), "W": ("! loaded with a warning", WARN)}
NO_VALUE = "(empty)"
"""How a blank cell is written where values are counted."""


def title(
    dump: DumpFile, summary: Summary, now: datetime, *, wide: bool, on_disk: OnDisk = OnDisk.SAME
) -> Content:
    """Which dump it is, and what it holds."""
    parts = [f"dump of {text.ago(dump.of, now)}"] if dump.of is not None else []
    if on_disk is not OnDisk.SAME:
        parts.append("changed since" if on_disk is OnDisk.CHANGED else "no longer there")
    parts += [text.plural(summary.rows, "row"), *_kinds(summary, wide=wide)]
    if summary.cut_off:
        parts.append("cut off")
    if summary.without_text.count:
        parts.append(f"{text.plural(summary.without_text.count, 'cell')} no text")
    named = Content.styled(text.middle(dump.name, 40), STRONG)
    said = Content(" · ").join([Content(part) for part in parts])
    return Content(" · ").join([named, said]) if wide else said


def changed_text(on_disk: OnDisk) -> Content:
    """A warning for a file whose bytes are not those that were fetched: its rows may not be Anaplan's."""
    if on_disk is OnDisk.SAME:
        return Content()
    said = f"! The file {'was ' if on_disk is OnDisk.CHANGED else 'is '}{text.changed_since(on_disk)}."
    return Content.styled(f"{said} d on its run fetches the dump again; nothing is overwritten.", WARN)


def _kinds(summary: Summary, *, wide: bool) -> list[str]:
    kinds = [f"{summary.rejected:,} rejected"] if summary.rejected else []
    if summary.warnings:
        kinds.append(f"{summary.warnings:,} {'loaded with warnings' if wide else 'loaded'}")
    if summary.unclear:
        kinds.append(f"{summary.unclear:,} {'without a known status' if wide else 'unclear'}")
    return [", ".join(kinds)] if kinds else []


def compared(earlier: DumpFile, rows: int, was: int, now: datetime, *, wide: bool) -> Content:
    """How many rows the dump has, compared with the earlier one."""
    when = f"{'compared with' if wide else 'since'} {text.ago(earlier.of, now)} "
    if rows == was:
        return Content.styled(f"{when}= as many ", MUTED)
    arrow = "↑" if rows > was else "↓"
    return Content.assemble((when, MUTED), (f"{arrow} {abs(rows - was):,} ", WARN if rows > was else LIVE))


def change_words(line: GroupLine) -> Content:
    """New, grown, shrunk or gone."""
    grew = line.change == "new" or line.change.startswith("↑")
    return Content.styled(line.change, WARN if grew else MUTED)


def error_words(line: GroupLine) -> Content:
    """The error, and whether its rows were loaded anyway."""
    if line.gone:
        return Content.styled(line.error, MUTED)
    loaded = Content.styled("  loaded", WARN) if line.status == "W" else Content()
    return Content(line.error) + loaded


def values_words(values: Sequence[tuple[str, int]]) -> Content:
    """``Uberlingen (612), Sud (488)``."""
    return Content(", ").join(
        [Content.assemble(_value(value), (f" ({rows:,})", MUTED)) for value, rows in values]
    )


def _value(value: str) -> Content:
    return Content(visible(value)) if value else Content.styled(NO_VALUE, MUTED)


def rows_words(line: GroupLine, width: int) -> Content | str:
    """The number of rows: ``583,928 +318k``; the second ones have this error after another."""
    if line.gone:
        return Content.styled(text.NOTHING, MUTED)
    if not line.also:
        return f"{line.rows:,}"
    if not line.rows:
        return Content.styled(f"+{line.also:,}", MUTED)
    room = width - len(f"{line.rows:,} ")
    ways = (f"+{line.also:,}", f"+{line.also // 1000:,}k", f"+{line.also // 1_000_000:,}M", "+")
    fitting = next(way for way in ways if (len(way) <= room and way not in ("+0k", "+0M")) or way == "+")
    return Content.assemble(f"{line.rows:,} ", (fitting, MUTED))


def lines_words(line: GroupLine, most: int, width: int = 0) -> Content:
    """``2, 9, 14 …``; with a width, as many whole numbers as fit."""
    for count in range(min(most, len(line.first_lines)), 0, -1):
        more = " …" if line.rows + line.also > count else ""
        said = ", ".join(f"{number:,}" for number in line.first_lines[:count]) + more
        if not width or len(said) <= width or count == 1:
            return Content(said)
    return Content()


def group_text(line: GroupLine, earlier: DumpFile | None, now: datetime) -> Content:
    """Everything known of a group, for the panel under the list."""
    said = [Content.styled(line.error, STRONG)]
    if line.gone:
        when = f" of {text.ago(earlier.of, now)}" if earlier is not None else ""
        said.append(Content(f"Gone: the dump{when} had {text.plural(line.was or 0, 'row')} of it."))
    else:
        said.append(_what_happened(line, earlier, now))
    if line.column:
        said.append(Content.assemble(("In column ", MUTED), line.column))
    if line.top_values:
        blanks = blank_words([value for value, _rows in line.top_values])
        said += [Content(), Content.styled("Commonest values", MUTED)]
        if blanks:
            said[-1] += Content.styled(f": {blanks} (␠)", WARN)
        said += [
            Content.assemble((f"{rows:>9,}  ", STRONG), _value(value)) for value, rows in line.top_values
        ]
    if line.first_lines:
        said += [Content(), Content.assemble(("First in lines ", MUTED), lines_words(line, _LINES))]
    return Content("\n").join(said)


def _what_happened(line: GroupLine, earlier: DumpFile | None, now: datetime) -> Content:
    word, style = _OUTCOMES.get(line.outcome, ("? of no known status", WARN))
    said = Content.assemble(f"{text.plural(line.rows or line.also, 'row')} ", (word, style))
    if not line.rows:
        said += Content(", all for another error first")
    elif line.also:
        said += Content(f", and a further error of {text.plural(line.also, 'other row')}")
    if earlier is not None and line.was is not None:
        when = f"the dump of {text.ago(earlier.of, now)}"
        said += Content.styled(f"\n{line.was:,} in {when}" if line.was else f"\nNew since {when}", MUTED)
    return said


def reading_line(done: int, total: int, width: int, *, what: str = "Reading the dump") -> Content:
    """A bar for a load or a save, with the bytes done."""
    share = done / total if total else None
    figures = f"{text.percent(share)}  {text.size(done)} of {text.size(total)}" if total else ""
    room = max(width - len(what) - len(figures) - 6, 0)
    return Content.assemble(f" {what}  ", meter(share, min(room, 60)), f"  {figures}")


def failed_text(error: TriageError, dump: DumpFile) -> Content:
    """Why there is nothing to triage, and what the file begins with."""
    lines = [
        Content.styled(f"✗ {clean(error.what)}.", BAD),
        Content(f"What to do: {clean(error.advice)}."),
        Content(),
        Content.styled(text.home(dump.path), MUTED),
    ]
    if isinstance(error, NotADump):
        begins = error.first_bytes or "nothing: it has no bytes"
        lines.append(Content.assemble(("It begins with  ", MUTED), begins))
    return Content("\n").join(lines)


def row_errors(row: SheetRow) -> Content:
    """The errors of a row, the primary one first."""
    return join(*(Content.styled(error, WARN) for error in row.errors), gap=" · ")


def row_text(row: SheetRow, columns: Sequence[str], marked: int | None) -> Content:
    """A row as a list of its cells, one per line."""
    width = min(max((len(name) for name in columns), default=0), 28)
    said = [Content.assemble(("Line ", MUTED), (row.line or text.NOTHING, STRONG))] if row.line else []
    said += [Content.styled(f"✗ {error}", WARN) for error in row.errors]
    said.append(Content())
    for position, (name, cell) in enumerate(zip(columns, row.cells, strict=False)):
        mark, style = ("! ", WARN) if position == marked else ("  ", "")
        said.append(
            Content.assemble((f"{mark}{text.middle(name, width):<{width}}  ", MUTED), (cell or " ", style))
        )
    return Content("\n").join(said)


def cut_off_text(summary: Summary) -> Content:
    """What is certain about a dump that ends in mid-row; empty for others."""
    if not summary.cut_off:
        return Content()
    return Content.assemble(
        (f"! {summary.cut_off}.", WARN),
        f" The {text.plural(summary.rows, 'whole row')} before that "
        f"{'is' if summary.rows == 1 else 'are'} shown. If the download is exact, Anaplan's own dump ends "
        "there too; else fetch it again.",
    )


def no_text_text(summary: Summary) -> Content:
    """The places of the cells that are not text; empty where all are text."""
    if not summary.without_text.count:
        return Content()
    return Content.styled(f"! {summary.without_text.no_text_words}.", WARN)


def all_rejected_note(summary: Summary) -> Content:
    """What the file of all rejected rows holds, and what it does not."""
    said = "All of them, whatever is filtered or highlighted; Enter and e save those of one error."
    if summary.unclear:
        are = "is" if summary.unclear == 1 else "are"
        said += f" {text.plural(summary.unclear, 'row')} without a known status {are} not among them."
    return Content(said)


def form_note(form: SourceForm) -> Content:
    """The form of the file: as the import expects it, as far as that is known."""
    if form.separator is None:
        return Content(
            "Only the source's own columns. What separates them for the import is not known here: "
            "they are separated as in the dump."
        )
    said = f"Only the source's own columns, separated by {separator_words(form.separator)}"
    said += f" in {clean(form.encoding)}" if form.encoding else ""
    said += ", without quotes" if is_no_quote(form.quote) else ""
    header = {None: "", 0: ", without a header line", 1: ""}.get(
        form.header_row, f", the header in line {form.header_row}"
    )
    below = (1 if form.header_row is None else form.header_row) + 1
    if form.first_data_row and form.first_data_row > below:
        header += f", the rows from line {form.first_data_row} on"
    return Content(f"{said}{header}: as the import expects them.")


def saved_words(saved: Saved, path: Path, dump: Path, *, rejected: bool) -> str:
    """What was saved, what it is for, and where it is."""
    where = f"{path.name}, beside the dump" if path.parent == dump.parent else text.home(path)
    if rejected:
        return f"{text.plural(saved.rows, 'rejected row')} to correct and upload: {where}"
    return f"{text.plural(saved.rows, 'row')} saved: {where}"


def saved_text(saved: Saved, path: Path, *, rejected: bool) -> Content:
    """The same with the whole path, what was left out, and what to do next."""
    lines = [Content.assemble((f"✓ {text.plural(saved.rows, 'row')} saved: ", GOOD), clean(text.home(path)))]
    if saved.headers_left_out:
        left_out = text.plural(saved.headers_left_out, "repeated header line")
        lines.append(Content(f"Without {left_out} of the source."))
    if saved.without_text.count:
        said = f"! Correct before you upload: {saved.without_text.no_text_words}."
        lines.append(Content.styled(said, WARN))
    if rejected:
        lines.append(
            Content.styled(
                f"{c.EDIT_CORRECTED.key} edits it, {c.UPLOAD_CORRECTED.key} uploads it, "
                f"{c.COPY.key} copies its path.",
                MUTED,
            )
        )
    return Content("\n").join(lines)


def problem(error: TriageError) -> str:
    """What went wrong and what to do, as one sentence."""
    return clean(f"{error.what}; {error.advice}.")
