"""Uploads that still replace whole files: by whom, for how long, and when that is reported."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from anaplan_tui.api.refs import FileRef, Kind, ModelRef
from anaplan_tui.core.desk import Desk
from anaplan_tui.core.journal.journal import InForce, Journal, Owner
from anaplan_tui.core.snapshots import Send, UploadSnapshot, Verdict
from anaplan_tui.core.uploads.in_force import in_force_words
from tests.support.desks import Desks

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MODEL = ModelRef("8a81", "AB12")
OWNER = Owner("https://api.anaplan.com", "ops.bot@example.com")
LOAD = "Regional targets load"
HEAD = "Region,Month,Target\n"


def upload(file_id: str = "113000000001", *, at: datetime = NOON) -> InForce:
    return InForce(
        FileRef(MODEL, file_id),
        "sales.csv",
        "Demand plan",
        Path("/home/ops/corrected.csv"),
        12,
        1,
        rows_exact=True,
        sent_at=at,
    )


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(tmp_path / "journal.db") as opened:
        yield opened


def test_it_is_in_force_for_48_hours_after_the_last_use(journal: Journal) -> None:
    journal.uploads.put(OWNER, upload())
    day = timedelta(hours=24)
    assert journal.uploads.in_force(OWNER, NOON + day) == [upload()]
    journal.uploads.used(OWNER, MODEL.model_id, ["113000000001", "113000000002"], NOON + day)
    journal.uploads.used(OWNER, MODEL.model_id, ["113000000001"], NOON)
    (found,) = journal.uploads.in_force(OWNER, NOON + 2.9 * day)
    assert found.until == NOON + 3 * day
    assert journal.uploads.in_force(OWNER, NOON + 3 * day) == []


def test_it_belongs_to_service_user_model_and_file(journal: Journal) -> None:
    elsewhere = ModelRef("8a81", "CD34")
    other_model = replace(upload(), file=FileRef(elsewhere, "113000000001"))
    for one in (upload(), upload("113000000002"), other_model):
        journal.uploads.put(OWNER, one)
    assert len(journal.uploads.in_force(OWNER, NOON)) == 3
    for stranger in (replace(OWNER, user="jo"), replace(OWNER, service="https://us9.api.anaplan.com")):
        assert journal.uploads.in_force(stranger, NOON) == []
        journal.uploads.lost(stranger, MODEL.model_id, ["113000000001"])
    journal.uploads.lost(OWNER, MODEL.model_id, ["113000000001"])
    left = journal.uploads.in_force(OWNER, NOON)
    assert {found.file for found in left} == {FileRef(MODEL, "113000000002"), other_model.file}


def test_a_later_one_takes_its_place(journal: Journal) -> None:
    journal.uploads.put(OWNER, upload())
    journal.uploads.used(OWNER, MODEL.model_id, ["113000000001"], NOON)
    later = replace(upload(at=NOON + timedelta(hours=1)), rows=5_234)
    journal.uploads.put(OWNER, later)
    assert journal.uploads.in_force(OWNER, NOON) == [later]


def test_what_is_said_names_file_rows_when_and_until() -> None:
    at = datetime(2026, 11, 22, 12, 0).astimezone()
    said = in_force_words(upload(at=at), at + timedelta(hours=1))
    assert said == (
        "sales.csv: your upload of 12:00 (corrected.csv, 1 row) replaces the whole file until 24 Nov 12:00, "
        "48 h after its last use."
    )
    about = replace(upload(at=at), rows=1_200, rows_exact=False)
    assert "(corrected.csv, about 1,200 rows)" in in_force_words(about, at)
    assert "(corrected.csv) replaces" in in_force_words(replace(about, rows=None), at)


# --- on a tenant


def corrected(folder: Path, rows: int = 1) -> Path:
    path = folder / "corrected.csv"
    path.write_text(HEAD + "North,Jan 26,1\n" * rows)
    return path


async def sent(desk: Desk, path: Path) -> UploadSnapshot:
    (ended,) = await desk.uploads.wait([desk.upload(await desk.prepare_upload("targets.csv", path))])
    assert ended.state is Send.DONE
    return ended


async def told(desk: Desk, name: str = LOAD, kind: Kind = Kind.PROCESS) -> tuple[str, ...]:
    return (await desk.before.preflight(await desk.find(name, kind))).uploads


async def test_the_question_before_a_run_says_it_also_in_the_next_session(
    desks: Desks, desk: Desk, tmp_path: Path
) -> None:
    assert await told(desk) == ()
    ended = await sent(desk, corrected(tmp_path))
    assert (ended.rows, ended.in_force_until is not None) == ("1 row", True)
    (said,) = await told(desk)
    assert said.startswith("targets.csv: your upload of ")
    assert "(corrected.csv, 1 row)" in said
    assert await told(desk, "Nightly exports to warehouse") == ()
    await desks.close(desk)

    later = await desks.ready()
    assert await told(later) == (said,)
    assert list(later.store.uploads) == []
    await later.in_force.show()
    (shown,) = later.store.uploads
    assert (shown.state, shown.rows, shown.in_force_until) == (Send.DONE, "1 row", ended.in_force_until)
    assert shown.source == tmp_path / "corrected.csv"
    await later.in_force.show()
    assert len(later.store.uploads) == 1


async def test_another_user_of_this_host_is_not_told(desks: Desks, desk: Desk, tmp_path: Path) -> None:
    await sent(desk, corrected(tmp_path))
    other = await desks.ready()
    other.user = "jo@example.com"
    assert await told(other) == ()


async def test_a_run_from_here_makes_it_last_longer(desk: Desk, tmp_path: Path) -> None:
    before = await sent(desk, corrected(tmp_path))
    assert before.in_force_until is not None
    run = await desk.run(await desk.find(LOAD))
    assert run.verdict is Verdict.COMPLETED
    await desk.in_force.aclose()
    (shown,) = desk.store.uploads
    assert shown.in_force_until is not None
    assert shown.in_force_until > before.in_force_until
    (found,) = await desk.in_force.all()
    assert found.until == shown.in_force_until


async def test_a_run_that_does_not_read_it_does_not(desk: Desk, tmp_path: Path) -> None:
    before = await sent(desk, corrected(tmp_path))
    await desk.run(await desk.find("Region order"))
    await desk.in_force.aclose()
    assert [shown.in_force_until for shown in desk.store.uploads] == [before.in_force_until]


async def test_of_two_uploads_of_a_file_the_later_one_is_in_force(desk: Desk, tmp_path: Path) -> None:
    first = await sent(desk, corrected(tmp_path))
    second = await sent(desk, corrected(tmp_path, rows=2))
    shown = {one.upload_id: one for one in desk.store.uploads}
    assert shown[first.upload_id].in_force_until is None
    assert shown[second.upload_id].in_force_until is not None
    (said,) = await told(desk)
    assert "2 rows" in said


async def test_the_source_that_was_sent_is_known_while_it_is_there(desk: Desk, tmp_path: Path) -> None:
    model, path = desk.chosen.model.ref, corrected(tmp_path)
    assert await desk.in_force.last_source(model, "targets.csv") is None
    ended = await sent(desk, path)
    assert await desk.in_force.last_source(model, "targets.csv") == path
    assert await desk.in_force.last_source(model, ended.file.file_id) == path
    assert await desk.in_force.last_source(model, "others.csv") is None
    assert await desk.in_force.last_source(replace(model, model_id="F" * 32), "targets.csv") is None
    path.unlink()
    assert await desk.in_force.last_source(model, "targets.csv") is None


async def test_of_two_files_of_one_name_the_source_is_the_one_sent_last(desk: Desk, tmp_path: Path) -> None:
    model = desk.chosen.model.ref
    (tmp_path / "early.csv").write_bytes(b"a")
    (tmp_path / "late.csv").write_bytes(b"b")
    owner = Owner(desk.profile.api_url, desk.user)
    for file_id, name, hours in (("113000000001", "late", 1), ("113000000002", "early", 2)):
        sent_at = datetime.now(UTC) - timedelta(hours=hours)
        one = replace(upload(file_id, at=sent_at), source=tmp_path / f"{name}.csv")
        one = replace(one, name="targets.csv", file=replace(one.file, model=model))
        await asyncio.to_thread(desk.journal.uploads.put, owner, one)
    assert await desk.in_force.last_source(model, "targets.csv") == tmp_path / "late.csv"
