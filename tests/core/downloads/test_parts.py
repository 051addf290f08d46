"""The pure pieces: where chunks belong, what the list says, how fast it goes, and what is already on disk."""

import errno
import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from anaplan_tui.api.errors import AnaplanError, Broken, RateLimited, Refused, ServerFailed, Unreachable
from anaplan_tui.api.refs import FileRef
from anaplan_tui.api.schemas import Chunk
from anaplan_tui.core.downloads import DownloadFailed, Meter, PartIdentity, Patience, sweep
from anaplan_tui.core.downloads.chunk_places import ChunkPlaces, DumpChanged
from anaplan_tui.core.downloads.chunklist import in_order
from anaplan_tui.core.downloads.doubts import is_error_page
from anaplan_tui.core.downloads.locks import DumpLock
from anaplan_tui.core.downloads.parts import ChunkRecord, Parts
from anaplan_tui.core.downloads.receipts import Receipt
from anaplan_tui.core.transfers.locks import STALE_AFTER_S
from anaplan_tui.core.transfers.pace import Window, passes, strains
from tests.support.downloads_server import DUMP, MODEL

DUMP_PARTS = PartIdentity("https://api.example.com/2/0", DUMP)


def chunks_of(*ids: str) -> list[Chunk]:
    return [Chunk.model_validate({"id": chunk_id, "name": f"Chunk {chunk_id}"}) for chunk_id in ids]


@given(st.permutations([str(n) for n in range(12)]))
def test_a_list_is_put_in_numeric_order(ids: list[str]) -> None:
    assert in_order("download", chunks_of(*ids)) == [str(n) for n in range(12)]


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        ((), "lists no chunks"),
        (("0", "2"), "chunk 1 is missing from the list of 2"),
        (("1", "2"), "chunk 0 is missing"),
        (("0", "0"), "chunk 0 is listed twice"),
        (("0", "00"), "chunk 0 is listed twice"),
    ],
)
def test_a_list_that_cannot_make_a_whole_file_is_refused(ids: tuple[str, ...], said: str) -> None:
    with pytest.raises(DownloadFailed, match=said):
        in_order("download", chunks_of(*ids))


@pytest.mark.parametrize("chunk_id", ["x", "-1", "1.0", "", "٣", "../0", "9" * 30])
def test_an_id_that_is_no_number_is_refused(chunk_id: str) -> None:
    class Odd:
        id = chunk_id

    with pytest.raises(DownloadFailed, match="is no number"):
        in_order("download", [Odd()])


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=30).flatmap(
    lambda sizes: st.tuples(st.just(sizes), st.permutations(range(len(sizes))))
))  # fmt: skip
def test_places_follow_from_sizes_in_whatever_order_they_come(case: tuple[list[int], list[int]]) -> None:
    sizes, order = case
    places = ChunkPlaces(len(sizes))
    for chunk in order:
        places.learn(chunk, sizes[chunk])
        places.learn(chunk, sizes[chunk])
    assert [places.offset(chunk) for chunk in range(len(sizes))] == [
        sum(sizes[:n]) for n in range(len(sizes))
    ]
    assert places.total == places.estimate() == sum(sizes)


def test_a_place_is_unknown_while_a_size_before_it_is() -> None:
    places = ChunkPlaces(3)
    places.learn(1, 7)
    assert [places.offset(0), places.offset(1), places.offset(2)] == [0, None, None]
    places.learn(0, 5)
    assert places.offset(2) == 12


def test_sizes_that_contradict_each_other_are_noticed() -> None:
    places = ChunkPlaces(3)
    places.learn(0, 5)
    with pytest.raises(DumpChanged, match="was 5 bytes and is now 6"):
        places.learn(0, 6)
    places.pin(2, 9)
    assert places.size(1) == 4
    with pytest.raises(DumpChanged):
        places.learn(1, 5)
    with pytest.raises(DumpChanged):
        places.pin(1, 6)


def test_the_estimate_counts_unknown_chunks_as_their_siblings_and_the_last_as_half() -> None:
    places = ChunkPlaces(4)
    assert places.estimate() is None
    places.learn(3, 4)
    assert places.estimate() is None
    places = ChunkPlaces(4)
    places.learn(0, 10)
    assert places.estimate() == 35
    places.learn(3, 4)
    assert places.estimate() == 34


def test_the_meter_finds_a_steady_rate_and_the_time_left() -> None:
    meter = Meter()
    assert meter.rate is None
    for tick in range(20):
        meter.sample(tick * 0.5, 5_000 + tick * 1_000)
    assert meter.rate == pytest.approx(2_000)
    assert meter.left_s(24_000, 30_000) == pytest.approx(3.0)
    assert meter.left_s(24_000, None) is None


def test_the_meter_does_not_count_what_was_there_nor_what_was_thrown_away() -> None:
    meter = Meter()
    meter.sample(0, 1_000_000)
    meter.sample(1, 1_000_000)
    assert meter.rate == 0
    assert meter.left_s(1_000_000, 2_000_000) is None
    meter.sample(2, 500_000)
    assert meter.rate == 0


@example([(0.0, 0), (2.2e-309, 1), (1.0, 0)])
@given(st.lists(st.tuples(st.floats(0, 100), st.integers(0, 10**9)), max_size=20))
def test_the_meter_never_shows_a_negative_rate(samples: list[tuple[float, int]]) -> None:
    meter = Meter()
    for now, count in samples:
        meter.sample(now, count)
    assert meter.rate is None or meter.rate >= 0


def test_the_window_shuts_on_strain_and_opens_slowly() -> None:
    window = Window(4)
    window.squeeze()
    sizes = []
    for _ in range(12):
        window.ease()
        sizes.append(window.size)
    assert sizes == [1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 4]


def test_which_errors_pass_and_which_show_strain() -> None:
    cut = Unreachable("x", "cut", broken=Broken.CUT, sent=True)
    tls = Unreachable("x", "tls", broken=Broken.TLS, sent=False)
    busy, refused = Refused("x", status=409), Refused("x", status=400)
    errors: list[AnaplanError] = [cut, tls, busy, refused, RateLimited("x"), ServerFailed("x", status=500)]
    assert [passes(error) for error in errors] == [True, False, True, False, True, True]
    assert [strains(error) for error in errors] == [False, False, True, False, True, True]


def test_the_wait_is_what_the_service_asks_else_jitter_below_a_cap() -> None:
    patience = Patience()
    assert patience.delay(1, RateLimited("x", retry_after_s=7)) == 7
    assert patience.delay(1, RateLimited("x")) == patience.unsaid_rate_pause_s
    assert patience.delay(1, ServerFailed("x", retry_after_s=3)) == 3
    assert all(0 <= patience.delay(n, ServerFailed("x")) <= patience.cap_s for n in range(20))


@pytest.mark.parametrize(
    ("block", "page"),
    [
        (b"<!DOCTYPE html><html>", True),
        (b"\xef\xbb\xbf \n<HTML lang=en>", True),
        (b'{"status":{"code":200}}', True),
        (b'"_Status_","Code"\r\n', False),
        (b"<html5 is a name>", False),
        (b'{"status": "a cell that begins so"', False),
    ],
)
def test_a_page_in_place_of_a_chunk_is_recognised(block: bytes, page: bool) -> None:
    assert is_error_page(block) is page


def filled(parts_dir: Path, identity: PartIdentity, chunks: list[bytes]) -> Parts:
    parts = Parts.open(parts_dir, identity, [str(n) for n in range(len(chunks))])
    for number, data in enumerate(chunks):
        place = sum(map(len, chunks[:number])) if number % 2 == 0 else None
        sink = parts.sink(number, place)
        sink.write(data, 0)
        sink.close()
        parts.record(ChunkRecord(number, len(data), _crc(data), place))
    return parts


def _crc(data: bytes) -> int:
    import zlib

    return zlib.crc32(data)


def test_parts_are_taken_up_again_and_chunks_in_own_files_find_their_place(tmp_path: Path) -> None:
    chunks = [b"zero", b"one!", b"two"]
    filled(tmp_path, DUMP_PARTS, chunks).close()
    parts = Parts.open(tmp_path, DUMP_PARTS, ["0", "1", "2"])
    parts.verify()
    assert sorted(parts.records) == [0, 1, 2]
    sha256 = hashlib.sha256()
    parts.absorb(range(3), {0: 0, 1: 4, 2: 8}, sha256)
    whole = parts.finish(11)
    assert whole.read_bytes() == b"zeroone!two"
    assert sha256.digest() == hashlib.sha256(b"zeroone!two").digest()
    assert sorted(path.name for path in parts.folder.iterdir()) == ["ledger", "whole"]
    parts.close()


def test_damaged_bytes_are_fetched_again_and_a_cut_ledger_line_costs_one_chunk(tmp_path: Path) -> None:
    filled(tmp_path, DUMP_PARTS, [b"zero", b"one!", b"two"]).close()
    folder = tmp_path / DUMP_PARTS.key
    with (folder / "whole").open("r+b") as whole:
        whole.write(b"Zero")
    ledger = folder / "ledger"
    os.truncate(ledger, ledger.stat().st_size - 5)
    parts = Parts.open(tmp_path, DUMP_PARTS, ["0", "1", "2"])
    parts.verify()
    assert sorted(parts.records) == [1]
    parts.record(ChunkRecord(2, 3, _crc(b"two"), 8))
    parts.close()
    parts = Parts.open(tmp_path, DUMP_PARTS, ["0", "1", "2"])
    assert sorted(parts.records) == [0, 1, 2]
    parts.close()


def test_a_changed_list_sets_parts_aside(tmp_path: Path) -> None:
    filled(tmp_path, DUMP_PARTS, [b"zero", b"one!"]).close()
    parts = Parts.open(tmp_path, DUMP_PARTS, ["0", "1", "2"])
    assert parts.records == {}
    parts.close()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [DUMP_PARTS.key, f"{DUMP_PARTS.key}.stale-1"]


@pytest.mark.parametrize("ledger", [None, b"", b'{"format": 1, "ho'], ids=["none", "empty", "cut"])
def test_what_was_left_before_the_ledger_had_begun_is_kept_nowhere(
    tmp_path: Path, ledger: bytes | None
) -> None:
    folder = tmp_path / DUMP_PARTS.key
    folder.mkdir()
    (folder / "whole").touch()
    if ledger is not None:
        (folder / "ledger").write_bytes(ledger)
    parts = Parts.open(tmp_path, DUMP_PARTS, ["0"])
    parts.record(ChunkRecord(0, 4, _crc(b"zero"), 0))
    parts.close()
    assert [path.name for path in tmp_path.iterdir()] == [DUMP_PARTS.key]
    parts = Parts.open(tmp_path, DUMP_PARTS, ["0"])
    assert sorted(parts.records) == [0]
    parts.close()


def test_parts_of_a_file_without_an_edition_are_never_taken_up(tmp_path: Path) -> None:
    unnamed = PartIdentity("https://api.example.com/2/0", FileRef(MODEL, "116000000001"))
    filled(tmp_path, unnamed, [b"old"]).close()
    parts = Parts.open(tmp_path, unnamed, ["0"])
    assert parts.records == {}
    parts.close()
    named = PartIdentity("https://api.example.com/2/0", FileRef(MODEL, "116000000001"), edition="TASK")
    filled(tmp_path, named, [b"new"]).close()
    parts = Parts.open(tmp_path, named, ["0"])
    assert sorted(parts.records) == [0]
    parts.close()


@pytest.mark.parametrize("junk", [b"", b"\x00\xff", b"[]\n", b'{"format": 99}\n{"chunk":0}\n', b"{" * 99])
def test_a_ledger_of_something_else_is_no_ledger(tmp_path: Path, junk: bytes) -> None:
    filled(tmp_path, DUMP_PARTS, [b"zero"]).close()
    (tmp_path / DUMP_PARTS.key / "ledger").write_bytes(junk)
    parts = Parts.open(tmp_path, DUMP_PARTS, ["0"])
    assert parts.records == {}
    parts.close()


def test_only_one_holds_a_lock_and_its_receipt_is_believed_only_with_its_file(tmp_path: Path) -> None:
    first, second = DumpLock(tmp_path, "key"), DumpLock(tmp_path, "key")
    assert first.acquire()
    assert not second.acquire()
    assert second.holder() == str(os.getpid())
    target = tmp_path / "dump.csv"
    target.write_bytes(b"rows")
    first.leave(Receipt(target, 4, "ab", 1))
    first.release()
    assert second.acquire()
    assert second.receipt() == Receipt(target, 4, "ab", 1)
    target.write_bytes(b"longer")
    assert second.receipt() is None
    second.release()


@pytest.mark.parametrize("content", ["[]", "null", "7", '"text"', "{}", '{"path": 7}', "", "{", "\u20ac"])
def test_a_receipt_that_cannot_be_read_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "key.done").write_text(content, encoding="utf-8")
    assert DumpLock(tmp_path, "key").receipt() is None


def test_old_parts_are_swept_and_those_in_use_are_not(tmp_path: Path) -> None:
    filled(tmp_path, DUMP_PARTS, [b"zero"]).close()
    other = PartIdentity("https://other.example.com/2/0", DUMP)
    filled(tmp_path, other, [b"zero"]).close()
    lock = DumpLock(tmp_path, other.key)
    assert lock.acquire()
    assert sweep(tmp_path, older_than_s=3600) == []
    far = (tmp_path / other.key).stat().st_mtime + 7200
    assert sweep(tmp_path, older_than_s=3600, now=far) == [tmp_path / DUMP_PARTS.key]
    lock.release()
    sweep(tmp_path, older_than_s=3600, now=far)
    assert list(tmp_path.iterdir()) == []


def test_locks_and_receipts_of_old_downloads_are_swept(tmp_path: Path) -> None:
    lock = DumpLock(tmp_path, "key")
    assert lock.acquire()
    lock.leave(Receipt(tmp_path / "dump.csv", 4, "ab", 1))
    lock.release()
    (tmp_path / "key.done-new").write_text("cut by a kill")
    names = ["key.done", "key.done-new", "key.lock"]
    made = max(path.stat().st_mtime for path in tmp_path.iterdir())
    assert sweep(tmp_path, now=made + STALE_AFTER_S - 1) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    gone = sweep(tmp_path, now=made + STALE_AFTER_S + 1)
    assert sorted(path.name for path in gone) == names
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_swept_keeps_nothing_else_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("a", "b"):
        (tmp_path / f"{key}.done").write_text("{}")
    unlink = Path.unlink

    def stubborn(path: Path, missing_ok: bool = False) -> None:
        if path.name == "a.done":
            raise OSError(errno.EIO, "no")
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", stubborn)
    far = (tmp_path / "b.done").stat().st_mtime + 2 * STALE_AFTER_S
    assert sweep(tmp_path, now=far) == [tmp_path / "b.done"]
