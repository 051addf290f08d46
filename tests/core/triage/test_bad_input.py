"""The triage's errors for files that are not dumps, and how it stops."""

from __future__ import annotations

import csv
import os
import resource
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from anaplan_tui.core.triage import NotADump, Saved, Triage, TriageCancelled, TriageError, sniff
from anaplan_tui.core.triage.disk import read_at
from anaplan_tui.core.triage.errors import printable

HEADER = b'"_Status_","Code","_Line_","_Error_1_"\n'
ROW = b'"E","x","2","Invalid parent"\n'


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\n\n", "empty"),
        (b"PK\x03\x04\0\0\x1b[31m", "binary"),
        (b"Name,Code\nx,y\n", "no _Error_1_ column"),
        (b'{"status": {"code": 404}}', "no _Error_1_ column"),
        (b"just words", "no _Error_1_ column"),
        (b'"_Status_","Code","_Li', "middle of its first line"),
        (HEADER + b'"E","x', "middle of a quoted cell"),
        (HEADER + b'"E","x\n', "middle of a quoted cell"),
        (HEADER + b'"E","x"', "middle of a row"),
        (HEADER + b'"E","x","2"', "middle of a row"),
    ],
)
def test_what_is_not_a_dump_is_named_and_its_first_bytes_shown_safely(
    tmp_path: Path, content: bytes, what: str
) -> None:
    path = tmp_path / "dump.csv"
    path.write_bytes(content)
    with pytest.raises(NotADump, match=what) as refused:
        Triage.open(path, work_dir=tmp_path / "work")
    assert refused.value.advice
    assert refused.value.first_bytes.replace("…", "").isascii()
    assert refused.value.first_bytes.isprintable()
    assert refused.value.first_bytes == printable(content), "expected the beginning of the file"
    assert not list((tmp_path / "work").glob("*")), "temporary files were left behind"


def test_escapes_are_shown_as_text(tmp_path: Path) -> None:
    path = tmp_path / "dump.csv"
    path.write_bytes(b"\x1b[31mred\\ \xff")
    with pytest.raises(NotADump) as refused:
        sniff(path)
    assert refused.value.first_bytes == r"\x1b[31mred\x5c \xff"


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: None], ids=["a directory", "nothing"])
def test_what_cannot_be_read_is_said(tmp_path: Path, make: object) -> None:
    path = tmp_path / "dump.csv"
    assert callable(make)
    make(path)
    with pytest.raises(TriageError, match="cannot be read"):
        Triage.open(path, work_dir=tmp_path / "work")
    with pytest.raises(TriageError, match="cannot be read"):
        sniff(path)


def test_a_dump_that_changes_while_open_is_not_read_on(tmp_path: Path) -> None:
    path = tmp_path / "dump.csv"
    path.write_bytes(HEADER + ROW)
    with Triage.open(path, work_dir=tmp_path / "work") as triage:
        path.write_bytes(HEADER + ROW * 2)
        with pytest.raises(TriageError, match="changed"):
            triage.rows(None, offset=0, limit=1)


def test_a_dump_replaced_by_another_is_still_the_one_that_was_opened(tmp_path: Path) -> None:
    path = tmp_path / "dump.csv"
    path.write_bytes(HEADER + ROW)
    with Triage.open(path, work_dir=tmp_path / "work") as triage:
        other = tmp_path / "other.csv"
        other.write_bytes(HEADER + ROW * 2)
        other.replace(path)
        assert triage.rows(None, offset=0, limit=9).total == 1


def test_a_load_stops_from_another_thread_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "dump.csv"
    path.write_bytes(HEADER + ROW * 400_000)
    triage = Triage(path, work_dir=tmp_path / "work")
    under_way = threading.Event()
    outcome: list[BaseException] = []

    def load() -> None:
        def progress(done: int, total: int) -> None:
            under_way.set()
            released.wait(60)

        try:
            triage.load(progress)
        except TriageCancelled as error:
            outcome.append(error)

    released = threading.Event()
    thread = threading.Thread(target=load)
    thread.start()
    assert under_way.wait(60)
    triage.interrupt()
    released.set()
    thread.join(60)
    assert len(outcome) == 1
    triage.close()
    triage.close()
    assert not list((tmp_path / "work").glob("*"))


def test_progress_goes_from_the_first_slice_to_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "dump.csv"
    path.write_bytes(HEADER + ROW * 1000)
    seen: list[tuple[int, int]] = []
    with Triage(path, work_dir=tmp_path / "work", slice_bytes=5000) as triage:
        triage.load(lambda done, total: seen.append((done, total)))
    size = path.stat().st_size
    assert len(seen) > 4
    assert seen == sorted(seen)
    assert seen[-1] == (size, size)


def test_an_unknown_group_is_a_key_error_and_an_unread_dump_says_so(tmp_path: Path) -> None:
    path = tmp_path / "dump.csv"
    path.write_bytes(HEADER + ROW)
    with Triage(path, work_dir=tmp_path / "work") as triage:
        with pytest.raises(TriageError, match="not read yet"):
            triage.rows(None, offset=0, limit=1)
        triage.load()
        with pytest.raises(KeyError):
            triage.rows("E nothing", offset=0, limit=1)


def test_rejected_rows_are_saved_with_the_sources_columns_only(tmp_path: Path) -> None:
    path, saved = tmp_path / "dump.csv", tmp_path / "corrected.csv"
    path.write_bytes(
        HEADER + ROW + ROW.replace(b'"E"', b'"W"') + b'"E","a ""b"", c\n","3","Invalid parent"\n'
    )
    with Triage.open(path, work_dir=tmp_path / "work") as triage:
        assert triage.save_rejected(saved) == Saved(2)
        assert saved.read_bytes() == b'"Code"\n"x"\n"a ""b"", c\n"\n'
        assert stat.S_IMODE(saved.stat().st_mode) == 0o600
        for there in (path, saved):
            with pytest.raises(TriageError, match="exists already"):
                triage.save_rows(None, there)
    assert saved.read_bytes().startswith(b'"Code"')
    assert path.read_bytes().startswith(HEADER)


def test_a_group_is_saved_as_it_stands_in_the_dump(tmp_path: Path) -> None:
    path, saved = tmp_path / "dump.csv", tmp_path / "group.csv"
    ragged = b'"E","y","3","Invalid code","Invalid parent"\n'
    path.write_bytes(HEADER + ROW + ragged + b'"E","z","4","Invalid code"\n')
    with Triage.open(path, work_dir=tmp_path / "work") as triage:
        [parent] = [group for group in triage.summary.groups if group.error == "Invalid parent"]
        assert triage.save_rows(parent.key, saved) == 2
        assert saved.read_bytes() == HEADER + ROW + ragged
        filtered = tmp_path / "filtered.csv"
        assert triage.save_rows(parent.key, filtered, filter="Y") == 1
        assert list(csv.reader(filtered.read_text().splitlines()))[1][1] == "y"


def test_a_file_that_cannot_be_written_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "dump.csv"
    path.write_bytes(HEADER + ROW)
    with Triage.open(path, work_dir=tmp_path / "work") as triage:
        with pytest.raises(TriageError, match="cannot be written"):
            triage.save_rejected(tmp_path / "missing" / "out.csv")
        (tmp_path / "taken").mkdir()
        with pytest.raises(TriageError, match="exists already"):
            triage.save_rejected(tmp_path / "taken")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dump.csv", "taken", "work"]


@pytest.mark.parametrize(
    ("tail", "where"),
    [
        (b'"E","x', "in the middle of a quoted cell"),
        (b'"E","y","4","Invalid par', "in the middle of a quoted cell"),
        (b'"E","y","4"', "in the middle of a row"),
        (b'"E"', "in the middle of a row"),
    ],
)
@pytest.mark.parametrize("slice_bytes", [40, 1 << 20])
def test_of_a_dump_that_is_cut_off_the_whole_rows_are_read(
    tmp_path: Path, tail: bytes, where: str, slice_bytes: int
) -> None:
    path, saved = tmp_path / "dump.csv", tmp_path / "saved.csv"
    path.write_bytes(HEADER + ROW * 5 + tail)
    with Triage(path, work_dir=tmp_path / "work", slice_bytes=slice_bytes) as triage:
        summary = triage.load()
        assert where in summary.cut_off
        assert (summary.rows, [group.rows for group in summary.groups]) == (5, [5])
        assert summary.groups[0].top_values == ()
        assert triage.save_rejected(saved) == Saved(5)


def test_a_last_row_without_a_line_end_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "dump.csv"
    path.write_bytes(HEADER + ROW * 2 + ROW.rstrip())
    with Triage.open(path, work_dir=tmp_path / "work") as triage:
        assert (triage.summary.rows, triage.summary.cut_off) == (3, "")


def test_without_rejected_rows_no_file_is_made(tmp_path: Path) -> None:
    path, saved = tmp_path / "dump.csv", tmp_path / "corrected.csv"
    path.write_bytes(HEADER + ROW.replace(b'"E"', b'"W"'))
    with (
        Triage.open(path, work_dir=tmp_path / "work") as triage,
        pytest.raises(TriageError, match="no rejected rows"),
    ):
        triage.save_rejected(saved)
    assert not saved.exists()


def test_a_pipe_is_read_to_its_end_first(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def write() -> None:
        with pipe.open("wb") as file:
            file.write(HEADER + ROW * 5000)

    writer = threading.Thread(target=write)
    writer.start()
    with Triage.open(pipe, work_dir=tmp_path / "work") as triage:
        assert triage.summary.rows == 5000
        assert triage.save_rejected(tmp_path / "saved.csv").rows == 5000
    writer.join(60)
    assert not list((tmp_path / "work").glob("*"))


def test_a_pipe_that_nobody_writes_to_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("anaplan_tui.core.triage.opening.PATIENCE_S", 0.05)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(TriageError, match="nobody writes"):
        Triage(pipe, work_dir=tmp_path / "work")


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TriageError, match="no file"):
        Triage(Path("/dev/zero"), work_dir=tmp_path / "work")


def test_a_save_of_a_dump_that_changes_meanwhile_is_no_file(tmp_path: Path) -> None:
    path, saved = tmp_path / "dump.csv", tmp_path / "saved.csv"
    path.write_bytes(HEADER + ROW * 200)
    with Triage(path, work_dir=tmp_path / "work", slice_bytes=len(HEADER + ROW * 20)) as triage:
        triage.load()

        def shorten(done: int, _total: int) -> None:
            if path.stat().st_size > done:
                os.truncate(path, done)

        with pytest.raises(TriageError, match="changed while it was open"):
            triage.save_rejected(saved, progress=shorten)
    assert not saved.exists()


def test_a_dump_without_columns_of_the_source_has_nothing_to_correct(tmp_path: Path) -> None:
    path = tmp_path / "dump.csv"
    path.write_bytes(b'"_Status_","_Line_","_Error_1_"\n"E","2","Invalid parent"\n')
    with Triage.open(path, work_dir=tmp_path / "work") as triage:
        with pytest.raises(TriageError, match="no columns of the source"):
            triage.save_rejected(tmp_path / "saved.csv")
        assert triage.save_rows(None, tmp_path / "rows.csv") == 1


@pytest.fixture
def no_room() -> Iterator[None]:
    """Refuse files larger than a kilobyte."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def long_dump(tmp_path: Path) -> Path:
    path = tmp_path / "dump.csv"
    rows = "".join(f'"E","R{n}","{n}","Invalid"\n' for n in range(2, 2_000))
    path.write_text(f'"_Status_","Region","_Line_","_Error_1_"\n{rows}')
    return path


def test_a_work_disk_without_room_is_told_and_left_clean(
    tmp_path: Path, long_dump: Path, no_room: None
) -> None:
    work = tmp_path / "work"
    with (
        pytest.raises(TriageError, match="could not be put on disk: File too large"),
        Triage.open(long_dump, work_dir=work) as triage,
    ):
        triage.load()
    assert list(work.iterdir()) == []


def test_a_work_disk_that_takes_no_directory_is_told(tmp_path: Path, long_dump: Path) -> None:
    (tmp_path / "work").write_text("in the way")
    with pytest.raises(TriageError, match="could not be put on disk"):
        Triage.open(long_dump, work_dir=tmp_path / "work")


def test_a_disk_that_gives_no_more_of_a_dump_is_told() -> None:
    descriptor = os.open("/proc/self/mem", os.O_RDONLY)
    try:
        with pytest.raises(TriageError, match="cannot be read any further: Input/output error"):
            read_at(descriptor, 16, 0)
    finally:
        os.close(descriptor)
