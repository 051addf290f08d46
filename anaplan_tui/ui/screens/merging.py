"""The questions between correcting rows and their upload: merge into which source, or send the rows alone."""

from enum import Enum, auto
from pathlib import Path

from textual.content import Content

from anaplan_tui.api.clean import clean
from anaplan_tui.core import text
from anaplan_tui.ui.screens.dialog import Answer, Question
from anaplan_tui.ui.screens.save_as import PathDialog
from anaplan_tui.ui.screens.upload import why_no_source
from anaplan_tui.ui.words import WARN

_NAME_WIDTH = 30


class Whole(Enum):
    """What to do with corrected rows."""

    NOTHING = auto()
    MERGE = auto()
    CHOOSE = auto()
    ONLY_ROWS = auto()


def merge_question(rows: Path, source: Path | None, refusal: str = "") -> Question[Whole]:
    """Ask whether to merge ``rows`` into ``source``; ``refusal`` says why an earlier try failed."""
    lines: list[Content | str] = [f"{clean(rows.name)} holds the rejected rows; an upload is the whole file."]
    if source is not None:
        lines.append(f"Source: {clean(text.home(source))}")
        lines.append("The rows take the place of the rejected ones in a copy beside it; all else stays.")
    else:
        lines.append(
            "Choose the file that was imported: the rows take the place of the rejected ones in a copy."
        )
    if refusal:
        lines += ["", Content.styled(f"! {clean(refusal)}", WARN)]
    choose = Answer("Choose the source", Whole.CHOOSE, "" if source is not None and not refusal else "y")
    rest = [Answer("Only these rows", Whole.ONLY_ROWS), Answer("Don't", Whole.NOTHING, "n")]
    if source is None or refusal:
        return Question("Upload the whole source, corrected?", lines, [choose, *rest])
    name = text.middle(clean(source.name), _NAME_WIDTH)
    answers = [Answer(f"Merge into {name}", Whole.MERGE, "y"), choose, *rest]
    return Question("Upload the whole source, corrected?", lines, answers)


def which_source(folder: Path, name: str) -> PathDialog:
    """Ask for the source that was imported; ``name`` prefills the field."""
    note = "The whole file that the import read. It stays as it is; a copy is made beside it."
    return PathDialog("Merge into which source?", folder, name, why_no_source, note=note)
