"""The questions before an upload: which file, and whether it is what the import expects."""

from enum import Enum, auto
from pathlib import Path

from textual.content import Content

from anaplan_tui.api.errors import AnaplanError
from anaplan_tui.core import text
from anaplan_tui.core.uploads import (
    ColumnPair,
    Differs,
    SourceFile,
    SourceForm,
    beside,
    encoding_words,
    inspect,
    separator_words,
)
from anaplan_tui.core.uploads.prepared import Prepared
from anaplan_tui.ui.path_completion import why_not_there
from anaplan_tui.ui.screens.dialog import Answer, Question
from anaplan_tui.ui.screens.save_as import PathDialog
from anaplan_tui.ui.words import GOOD, MUTED, STRONG, WARN

_COLUMNS_SHOWN = 4
_NAME_WIDTH = 24
_DIFFERENCES = {
    Differs.MISSING: "missing",
    Differs.SPELLING: "written differently",
    Differs.ORDER: "elsewhere expected",
    Differs.EXTRA: "not expected",
}
"""The most serious first."""

_OF_ONE_COLUMN = (Differs.MISSING, Differs.EXTRA, Differs.SPELLING)


class Then(Enum):
    """What the operator decided."""

    NOTHING = auto()
    UPLOAD = auto()
    UPLOAD_AND_RUN = auto()


def which_file(import_name: str, folder: Path, name: str) -> PathDialog:
    """Ask for a file that an import can read; ``name`` prefills the field."""
    note = f"For the import '{import_name}'. Nothing is sent before you have seen what the file is."
    return PathDialog("Upload which file?", folder, name, why_no_source, note=note)


def why_no_source(path: Path) -> str:
    """Why a file cannot be uploaded, as a sentence; empty when it can. Blocks on the disk."""
    try:
        wrong = why_not_there(path)
        if not wrong:
            # The import's encoding is asked for later; UTF-16 without a mark may be just that, not binary.
            inspect(path, encoding="utf-16")
    except AnaplanError as error:
        return f"{error.said[:1].upper()}{error.said[1:]}."
    except ValueError:
        return "This cannot be a path."
    return wrong


def review(prepared: Prepared, run: str, *, run_first: bool) -> Question[Then]:
    """Ask whether to send the file, comparing it with what the import expects.

    Args:
        run: the label of the answer that also runs something; empty when there is nothing to run.
        run_first: the upload is to cure a failed run, so Enter and y also run it.
    """
    decline = Answer("Don't", Then.NOTHING, "n")
    run_first = run_first and bool(run)
    answers = [Answer("Upload", Then.UPLOAD, "" if run_first else "y"), decline]
    focus = 0
    if run:
        answers.insert(1, Answer(run, Then.UPLOAD_AND_RUN, "y" if run_first else ""))
        focus = 1 if run_first else 0
    if prepared.obstacles or prepared.doubts:
        focus = len(answers) - 1
    title = f"Upload {prepared.source.name} as '{prepared.name}'?"
    return Question(title, review_lines(prepared), answers, focus=focus, changes_things=True)


def review_lines(prepared: Prepared) -> list[Content | str]:
    """What the file is, what it replaces, its header line beside the expected one, and its problems."""
    source, expected = prepared.source, prepared.expected
    lines: list[Content | str] = [_what_it_is(source), prepared.replaces]
    marked: set[str] = set()
    if source.header and expected.header:
        lines += ["", *_columns(beside(source.header, expected.header))]
        # Problems of single columns are shown beside them.
        marked = {d.sentence for d in prepared.differences if d.kind in _OF_ONE_COLUMN}
    elif source.header:
        lines.append(f"Header line: {', '.join(source.header[:_COLUMNS_SHOWN])}")
    lines.append("")
    wrong = (*prepared.obstacles, *prepared.doubts)
    lines += [Content.styled(f"! {sentence}", WARN) for sentence in wrong if sentence not in marked]
    if not wrong:
        lines.append(_fits(expected))
    return lines


def _what_it_is(source: SourceFile) -> str:
    separated = f"separated by {separator_words(source.separator)}" if source.separator else "one column"
    rows = "" if source.rows is None else f", {source.rows}"
    return f"{text.size(source.bytes)}, {encoding_words(source.encoding)}, {separated}{rows}."


def _fits(expected: SourceForm) -> Content:
    if expected.header_row == 0:
        return Content.styled("The import expects no header line: the first line is a row, too.", MUTED)
    if expected.header:
        return Content.styled("✓ It has what the import expects.", GOOD)
    return Content.styled("The model does not say which columns the import expects.", MUTED)


def _columns(pairs: tuple[ColumnPair, ...]) -> list[Content | str]:
    """The columns side by side; the most serious differences first when not all fit."""
    shown = pairs
    if len(pairs) > _COLUMNS_SHOWN:
        shown = tuple(sorted(pairs, key=_rank))[:_COLUMNS_SHOWN]
    width = max(len("IN THE FILE"), *(min(len(pair.ours or ""), _NAME_WIDTH) for pair in shown))
    wide = max(len("EXPECTED"), *(min(len(pair.theirs or ""), _NAME_WIDTH) for pair in shown))
    lines: list[Content | str] = [Content.styled(f"  {'IN THE FILE':<{width}}  {'EXPECTED':<{wide}}", MUTED)]
    lines += [_column(pair, width, wide) for pair in shown]
    if len(pairs) > len(shown):
        lines.append(Content.styled(f"  and {len(pairs) - len(shown)} more", MUTED))
    return lines


def _rank(pair: ColumnPair) -> int:
    order = (*_DIFFERENCES, None)
    return order.index(pair.differs)


def _column(pair: ColumnPair, width: int, wide: int) -> Content:
    ours, theirs = (
        text.NOTHING if name is None else text.middle(name or "(no name)", _NAME_WIDTH)
        for name in (pair.ours, pair.theirs)
    )
    names = f"{ours:<{width}}  {theirs:<{wide}}"
    if pair.differs is None:
        return Content.assemble(("✓ ", GOOD), names)
    return Content.assemble(("! ", WARN), (names, STRONG), (f"  {_DIFFERENCES[pair.differs]}", WARN))
