"""An upload in force: shown in the question before a run, and among the downloads after a restart."""

from datetime import timedelta
from pathlib import Path

from anaplan_tui.api.refs import FileRef, ModelRef
from anaplan_tui.core.catalog import CatalogItem
from anaplan_tui.core.runs.preflight import Preflight
from anaplan_tui.core.snapshots import Send, UploadSnapshot
from anaplan_tui.ui.screens.run.confirm import answers_for, what_it_does
from anaplan_tui.ui.screens.transfer_words import detail_words, file_words
from tests.support.values import LIVE, NOW

SENT = UploadSnapshot(
    "u1",
    FileRef(ModelRef("8a81", "AB12"), "113000000001"),
    "sales.csv",
    Path("/home/ops/corrected.csv"),
    state=Send.DONE,
    rows="1 row",
    sent_at=NOW,
    in_force_until=NOW + timedelta(hours=48),
)


def test_the_list_names_file_rows_and_until() -> None:
    assert str(file_words(SENT, "")) == "↑ sales.csv  (in force, corrected.csv, 1 row)"
    said = str(detail_words(SENT, NOW))
    assert said.startswith("It replaces the whole file with 1 row for your runs until ")
    assert "48 h after its last use." in said
    assert said.endswith("From /home/ops/corrected.csv.")
    assert str(detail_words(SENT, NOW + timedelta(hours=49))) == "From /home/ops/corrected.csv."


def test_the_question_has_a_line_for_each_and_stays_a_plain_one() -> None:
    preflight = Preflight(
        CatalogItem(LIVE.target, LIVE.name), (), 4.0, uploads=("sales.csv: your upload of 12:00 …",)
    )
    assert [str(line) for line in what_it_does(preflight)][1] == "↑ sales.csv: your upload of 12:00 …"
    answers, focus = answers_for(preflight)
    assert answers[focus].label == "Run"
