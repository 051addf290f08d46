"""Uploads against the demo tenant over HTTP, and what is said of a file before one begins."""

import asyncio
import codecs
import contextlib
import json
import os
import random
import signal
import sys
import zlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from anaplan_tui.api.auth import TokenAuth
from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.errors import AnaplanError, NotFound
from anaplan_tui.api.hosts import Hosts
from anaplan_tui.api.options import RetryPolicy
from anaplan_tui.api.refs import FileRef, Kind, TargetRef
from anaplan_tui.api.schemas import FileInfo, ImportDetail
from anaplan_tui.core.downloads.locks import DumpLock
from anaplan_tui.core.snapshots import Send, UploadSnapshot
from anaplan_tui.core.store import Store
from anaplan_tui.core.transfers.pace import Patience
from anaplan_tui.core.uploads import (
    Differs,
    RowCount,
    SourceChanged,
    SourceFile,
    SourceForm,
    Tally,
    UploadBusy,
    UploadFailed,
    UploadRefused,
    UploadRequest,
    Uploads,
    UploadTerms,
    differences,
    discard,
    expectation,
    inspect,
    upload,
)
from anaplan_tui.core.uploads.cutting import MOST_CHUNKS, cut, payload
from anaplan_tui.core.uploads.record import GOOD_FOR_S, Content, Record
from anaplan_tui.core.uploads.service import UploadClient
from anaplan_tui.core.uploads.source import HEAD_BYTES, Stamp
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from tests.support.raw_server import MODEL, USER, Pauses, fast

FILE = FileRef(MODEL, "113000000006")
CHUNK = 1_000


def noise(count: int, seed: int = 1) -> bytes:
    """Text that gzip cannot halve, with multi-byte characters where chunks are cut."""
    letters = "abcdefghijklmnopqrstuvwxyzäöü€,0123456789\n"
    return ("Region,Month,Target\n" + "".join(random.Random(seed).choices(letters, k=count))).encode()


@pytest.fixture
def tenant() -> Iterator[DemoServer]:
    with DemoServer(speed=50) as server:
        yield server


@contextlib.asynccontextmanager
async def connected(tenant: DemoServer) -> AsyncIterator[AnaplanClient]:
    auth = TokenAuth(SecretStr(tenant.token()))
    async with AnaplanClient(Hosts(tenant.url, tenant.url), auth, options=fast()) as client:
        yield client


@pytest.fixture
async def client(tenant: DemoServer) -> AsyncIterator[AnaplanClient]:
    async with connected(tenant) as client:
        yield client


@pytest.fixture
def source(tmp_path: Path) -> SourceFile:
    path = tmp_path / "targets.csv"
    path.write_bytes(noise(5_000))
    return inspect(path)


def terms_of(tenant: DemoServer, tmp_path: Path, *, window: int = 4, gzip: bool = True) -> UploadTerms:
    patience = Patience(tries=3, sleep=Pauses())
    state = tmp_path / "state"
    return UploadTerms(
        state, tenant.url, USER, window=window, chunk_bytes=CHUNK, gzip=gzip, patience=patience
    )


@pytest.fixture
def terms(tenant: DemoServer, tmp_path: Path) -> UploadTerms:
    return terms_of(tenant, tmp_path)


def held(tenant: DemoServer) -> bytes | None:
    """What the import would read now."""
    model = tenant.tenant.model(MODEL.model_id)
    assert model is not None
    content = tenant.tenant.file(tenant.tenant.user(USER), model, FILE.file_id)
    if content is None:
        return None
    return b"".join(bytes(piece) for piece in content.pieces(0, content.size))


def puts(tenant: DemoServer, number: int | str = "*") -> int:
    return tenant.log.count("PUT", f"*/files/{FILE.file_id}/chunks/{number}")


# --- sending


@pytest.mark.parametrize("gzip", [True, False])
@pytest.mark.parametrize("window", [1, 4])
async def test_the_tenant_holds_the_very_bytes(
    tenant: DemoServer, client: AnaplanClient, source: SourceFile, tmp_path: Path, window: int, gzip: bool
) -> None:
    uploaded = await upload(client, FILE, source, terms_of(tenant, tmp_path, window=window, gzip=gzip))
    assert held(tenant) == source.path.read_bytes()
    assert (uploaded.bytes, uploaded.verified, uploaded.resumed) == (source.bytes, True, 0)
    assert uploaded.chunks == -(-source.bytes // CHUNK)
    first = tenant.log.matching("PUT", "*/chunks/0")[0].headers["content-type"]
    assert first == ("application/x-gzip" if gzip else "application/octet-stream")
    assert list((tmp_path / "state").iterdir()) == []


async def test_what_broken_off_uploads_left_long_ago_goes(
    tenant: DemoServer, client: AnaplanClient, source: SourceFile, terms: UploadTerms
) -> None:
    terms.state_dir.mkdir()
    fresh, old = terms.state_dir / "a.upload", terms.state_dir / "b.upload"
    for path in (fresh, old, old.with_suffix(".lock")):
        path.touch()
    for path in (old, old.with_suffix(".lock")):
        os.utime(path, (0, 0))
    await upload(client, FILE, source, terms)
    assert list(terms.state_dir.iterdir()) == [fresh]


async def test_a_chunk_that_gzip_makes_larger_goes_as_it_is(
    tenant: DemoServer, client: AnaplanClient, tmp_path: Path, terms: UploadTerms
) -> None:
    path = tmp_path / "tiny.csv"
    path.write_bytes(b"a,b\n1,2\n")
    await upload(client, FILE, inspect(path), terms)
    assert held(tenant) == b"a,b\n1,2\n"
    assert tenant.log.matching("PUT")[0].headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize(
    "fault",
    [
        Fault("PUT *", "status", status=500, count=7),
        Fault("PUT *", "status", status=500, count=7, work=True),
        Fault("PUT *", "status", status=429, retry_after=2, count=6),
        Fault("PUT *", "status", status=429, count=1),
        Fault("PUT */chunks/2", "reset", count=6),
        Fault("PUT */chunks/2", "lost", count=6),
        Fault("PUT */chunks/2", "html", status=502, count=6),
        Fault("POST */complete", "lost"),
        Fault("POST */complete", "status", status=500, count=None, work=True),
        Fault("POST */files/*", "status", status=503, retry_after=1),
        Fault("GET */files", "reset"),
    ],
    ids=lambda fault: f"{fault.match} {fault.kind} {fault.status} x{fault.count}",
)
async def test_faults_that_pass_do_no_harm(
    tenant: DemoServer, client: AnaplanClient, source: SourceFile, terms: UploadTerms, fault: Fault
) -> None:
    tenant.faults.add(fault)
    uploaded = await upload(client, FILE, source, terms)
    assert uploaded.verified
    assert held(tenant) == source.path.read_bytes()


async def test_a_chunk_that_never_gets_through_ends_it_and_the_rest_is_not_sent_twice(
    tenant: DemoServer, client: AnaplanClient, source: SourceFile, tmp_path: Path
) -> None:
    terms = terms_of(tenant, tmp_path, window=1)
    before = held(tenant)
    tenant.faults.add(Fault("PUT */chunks/3", "status", status=500, count=None))
    with pytest.raises(UploadFailed, match=r"chunk 3 failed 3 times.*only the rest is sent"):
        await upload(client, FILE, source, terms)
    assert held(tenant) == before
    tenant.faults.clear()
    uploaded = await upload(client, FILE, source, terms)
    assert (uploaded.resumed, puts(tenant, 0), puts(tenant, 2)) == (3, 1, 1)
    assert held(tenant) == source.path.read_bytes()


async def test_a_refusal_that_lasts_is_not_repeated(
    tenant: DemoServer, client: AnaplanClient, source: SourceFile, terms: UploadTerms
) -> None:
    with pytest.raises(NotFound):
        await upload(client, FileRef(MODEL, "113000009999"), source, terms)
    assert tenant.log.count("PUT") == 0


async def test_a_wait_is_shown_with_its_reason(
    tenant: DemoServer, client: AnaplanClient, source: SourceFile, tmp_path: Path
) -> None:
    tenant.faults.add(Fault("PUT */chunks/2", "status", status=500, count=6))
    seen: list[tuple[Send, str, float | None]] = []
    tally = Tally(lambda now: seen.append((now.state, now.problem, now.retry_in_s)))
    await upload(client, FILE, source, terms_of(tenant, tmp_path, window=1), tally)
    assert [state for state, _, _ in seen] == [
        Send.CHECKING,
        Send.SENDING,
        Send.WAITING,
        Send.SENDING,
        Send.COMPLETING,
    ]
    waiting = next(entry for entry in seen if entry[0] is Send.WAITING)
    assert waiting[1]
    assert waiting[2] is not None
    assert (tally.bytes_done, tally.chunks_done) == (source.bytes, tally.chunks_total)


async def test_a_chunk_that_is_not_answered_in_time_is_sent_again(
    tenant: DemoServer, source: SourceFile, terms: UploadTerms
) -> None:
    tenant.faults.add(Fault("PUT */chunks/0", "delay", seconds=60))
    auth = TokenAuth(SecretStr(tenant.token()))
    options = fast(read_timeout_s=0.5, retry=RetryPolicy(tries=1))
    async with AnaplanClient(Hosts(tenant.url, tenant.url), auth, options=options) as client:
        assert (await upload(client, FILE, source, terms)).verified
    assert puts(tenant, 0) == 2
    assert held(tenant) == source.path.read_bytes()


async def test_a_count_that_disagrees_is_a_failure(
    tenant: DemoServer, client: AnaplanClient, source: SourceFile, terms: UploadTerms
) -> None:
    body = json.dumps({"files": [{"id": FILE.file_id, "chunkCount": 2}]})
    tenant.faults.add(Fault("GET */files", "status", status=200, body=body))
    with pytest.raises(UploadFailed, match="holds 2 chunks of it where 6 were sent"):
        await upload(client, FILE, source, terms)


async def test_a_count_that_is_not_told_is_said(
    tenant: DemoServer, client: AnaplanClient, source: SourceFile, terms: UploadTerms
) -> None:
    body = json.dumps({"files": [{"id": FILE.file_id}]})
    tenant.faults.add(Fault("GET */files", "status", status=200, body=body))
    uploaded = await upload(client, FILE, source, terms)
    assert (uploaded.verified, uploaded.note) == (False, "The service does not say how many chunks it has.")
    tenant.faults.add(Fault("GET */files", "status", status=403))
    again = await upload(client, FILE, source, terms)
    assert again.note.startswith("The count of chunks could not be verified: ")


NO_COUNT = json.dumps({"files": [{"id": FILE.file_id}]})


@pytest.mark.parametrize("status", [400, 404, 500, 503])
async def test_completing_decides_nothing_when_every_chunk_was_taken(
    tenant: DemoServer, client: AnaplanClient, source: SourceFile, terms: UploadTerms, status: int
) -> None:
    tenant.faults.add(Fault("POST */complete", "status", status=status, count=None))
    assert (await upload(client, FILE, source, terms)).verified
    tenant.faults.add(Fault("GET */files", "status", status=200, body=NO_COUNT))
    uploaded = await upload(client, FILE, source, terms)
    assert not uploaded.verified
    assert uploaded.note.startswith("The service does not say how many chunks it has. Completing it failed: ")
    assert held(tenant) == source.path.read_bytes()
    body = json.dumps({"files": [{"id": FILE.file_id, "chunkCount": 2}]})
    tenant.faults.add(Fault("GET */files", "status", status=200, body=body))
    with pytest.raises(UploadFailed, match="holds 2 chunks of it where 6 were sent"):
        await upload(client, FILE, source, terms)


async def test_one_that_went_on_and_is_refused_at_the_end_begins_anew(
    tenant: DemoServer, client: AnaplanClient, source: SourceFile, tmp_path: Path
) -> None:
    await broken_off(tenant, client, source, tmp_path)
    tenant.faults.add(Fault("POST */complete", "status", status=400))
    tenant.faults.add(Fault("GET */files", "status", status=200, body=NO_COUNT))
    uploaded = await upload(client, FILE, source, terms_of(tenant, tmp_path))
    assert (uploaded.resumed, uploaded.verified, puts(tenant, 0)) == (0, True, 2)


# --- a file that changes


def rewrite(path: Path) -> None:
    path.write_bytes(path.read_bytes().swapcase())


def replaced(path: Path) -> None:
    fresh = path.with_name("fresh")
    fresh.write_bytes(path.read_bytes())
    fresh.replace(path)


def grown(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"one,more,row\n")


CHANGES: Sequence[Callable[[Path], None]] = (rewrite, replaced, grown, Path.unlink)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
async def test_a_file_that_changes_midway_is_never_completed(
    tenant: DemoServer,
    client: AnaplanClient,
    source: SourceFile,
    tmp_path: Path,
    change: Callable[[Path], None],
) -> None:
    terms = terms_of(tenant, tmp_path, window=1)
    before = held(tenant)
    tenant.faults.add(Fault("PUT */chunks/2", "status", status=500, count=5))
    tally = Tally(lambda now: change(source.path) if now.state is Send.WAITING else None)
    with pytest.raises(SourceChanged, match="was not completed"):
        await upload(client, FILE, source, terms, tally)
    assert held(tenant) == before
    assert tenant.log.count("POST", "*/complete") == 0
    assert puts(tenant, 3) == 0


async def test_a_file_that_changed_since_it_was_looked_at_is_not_sent(
    tenant: DemoServer, client: AnaplanClient, source: SourceFile, terms: UploadTerms
) -> None:
    grown(source.path)
    with pytest.raises(SourceChanged):
        await upload(client, FILE, source, terms)
    assert puts(tenant) == 0


# --- going on after an end


async def broken_off(tenant: DemoServer, client: AnaplanClient, source: SourceFile, tmp_path: Path) -> None:
    """An upload that ends after the first three chunks of six."""
    tenant.faults.add(Fault("PUT */chunks/3", "status", status=400))
    with pytest.raises(AnaplanError):
        await upload(client, FILE, source, terms_of(tenant, tmp_path, window=1))
    assert puts(tenant) == 4


async def test_killed_in_the_middle_it_goes_on_from_there(
    tenant: DemoServer, client: AnaplanClient, source: SourceFile, tmp_path: Path
) -> None:
    tenant.faults.add(Fault("PUT */chunks/3", "delay", seconds=60))
    order = {
        "workspace": MODEL.workspace_id,
        "model": MODEL.model_id,
        "file": FILE.file_id,
        "state": str(tmp_path / "state"),
        "url": tenant.url,
        "user": USER,
        "token": tenant.token(),
        "source": str(source.path),
    }
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.uploads_child", json.dumps(order)
    )
    try:
        await tenant.wait_for_async("PUT", "*/chunks/3", timeout=60)
    finally:
        child.send_signal(signal.SIGKILL)
        await child.wait()
    tenant.faults.clear()
    tenant.log.clear()
    uploaded = await upload(client, FILE, source, terms_of(tenant, tmp_path))
    assert uploaded.resumed == 3
    assert sorted(e.path.rpartition("/")[2] for e in tenant.log.matching("PUT")) == ["3", "4", "5"]
    assert tenant.log.count("POST", f"*/files/{FILE.file_id}") == 0
    assert held(tenant) == source.path.read_bytes()


async def test_cancelled_it_goes_on_and_discarded_it_begins_anew(
    tenant: DemoServer, client: AnaplanClient, source: SourceFile, tmp_path: Path
) -> None:
    terms = terms_of(tenant, tmp_path, window=1)
    for expected in (3, 0):
        tenant.faults.add(Fault("PUT */chunks/3", "delay", seconds=60))
        tenant.log.clear()
        work = asyncio.create_task(upload(client, FILE, source, terms))
        await tenant.wait_for_async("PUT", "*/chunks/3")
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        tenant.faults.clear()
        if not expected:
            assert await discard(FILE, terms)
        uploaded = await upload(client, FILE, source, terms)
        assert uploaded.resumed == expected
        assert held(tenant) == source.path.read_bytes()


async def test_a_changed_file_begins_anew(
    tenant: DemoServer, client: AnaplanClient, source: SourceFile, tmp_path: Path
) -> None:
    await broken_off(tenant, client, source, tmp_path)
    rewrite(source.path)
    fresh = inspect(source.path)
    uploaded = await upload(client, FILE, fresh, terms_of(tenant, tmp_path))
    assert uploaded.resumed == 0
    assert held(tenant) == source.path.read_bytes()


async def test_other_bytes_under_the_old_time_begin_anew(
    tenant: DemoServer, client: AnaplanClient, source: SourceFile, tmp_path: Path
) -> None:
    await broken_off(tenant, client, source, tmp_path)
    rewrite(source.path)
    os.utime(source.path, ns=(source.stamp.mtime_ns, source.stamp.mtime_ns))
    uploaded = await upload(client, FILE, inspect(source.path), terms_of(tenant, tmp_path))
    assert uploaded.resumed == 0
    assert held(tenant) == source.path.read_bytes()


async def test_another_user_or_file_or_chunk_size_begins_anew(
    tenant: DemoServer, client: AnaplanClient, source: SourceFile, tmp_path: Path
) -> None:
    await broken_off(tenant, client, source, tmp_path)
    state, url = tmp_path / "state", tenant.url
    for terms, file in (
        (UploadTerms(state, url, "other@example.com", chunk_bytes=CHUNK), FILE),
        (UploadTerms(state, url, USER, chunk_bytes=CHUNK), FileRef(MODEL, "113000000007")),
        (UploadTerms(state, url, USER, chunk_bytes=CHUNK + 1), FILE),
    ):
        assert (await upload(client, file, source, terms)).resumed == 0


async def test_when_the_tenant_has_forgotten_the_first_half_it_begins_anew(
    tenant: DemoServer, client: AnaplanClient, source: SourceFile, tmp_path: Path
) -> None:
    await broken_off(tenant, client, source, tmp_path)
    await client.announce_upload(FILE, 1)  # as another tool of the same user would
    uploaded = await upload(client, FILE, source, terms_of(tenant, tmp_path))
    assert (uploaded.resumed, uploaded.verified) == (0, True)
    assert held(tenant) == source.path.read_bytes()


async def test_an_older_version_of_as_many_chunks_does_not_vouch_for_one_that_was_forgotten(
    tenant: DemoServer, client: AnaplanClient, source: SourceFile, tmp_path: Path
) -> None:
    yesterday = tmp_path / "yesterday.csv"
    yesterday.write_bytes(source.path.read_bytes().swapcase())
    await upload(client, FILE, inspect(yesterday), terms_of(tenant, tmp_path))
    tenant.log.clear()
    await broken_off(tenant, client, source, tmp_path)
    await client.announce_upload(FILE, 6)  # as another tool of the same user would
    uploaded = await upload(client, FILE, source, terms_of(tenant, tmp_path))
    assert (uploaded.resumed, uploaded.verified) == (0, True)
    assert held(tenant) == source.path.read_bytes()


async def test_when_the_count_disagrees_after_going_on_it_begins_anew(
    tenant: DemoServer, client: AnaplanClient, source: SourceFile, tmp_path: Path
) -> None:
    await broken_off(tenant, client, source, tmp_path)
    body = json.dumps({"files": [{"id": FILE.file_id, "chunkCount": 3}]})
    tenant.faults.add(Fault("GET */files", "status", status=200, body=body))
    uploaded = await upload(client, FILE, source, terms_of(tenant, tmp_path))
    assert (uploaded.resumed, uploaded.verified, puts(tenant, 0)) == (0, True, 2)


async def test_two_uploads_to_one_file_exclude_each_other(
    tenant: DemoServer, client: AnaplanClient, source: SourceFile, terms: UploadTerms
) -> None:
    lock = DumpLock(terms.state_dir, terms.identity(FILE).key)
    assert lock.acquire()
    with pytest.raises(UploadBusy, match=f"process {os.getpid()} uploads"):
        await upload(client, FILE, source, terms)
    assert not await discard(FILE, terms)
    lock.release()
    assert len(tenant.log) == 0
    assert (await upload(client, FILE, source, terms)).verified


async def test_a_state_directory_that_cannot_be_written_is_named(
    client: AnaplanClient, tenant: DemoServer, source: SourceFile, tmp_path: Path
) -> None:
    (tmp_path / "state").write_text("in the way")
    with pytest.raises(UploadFailed, match="state directory cannot be written"):
        await upload(client, FILE, source, terms_of(tenant, tmp_path))
    assert len(tenant.log) == 0


def test_a_record_survives_cut_lines_and_grows_old(tmp_path: Path) -> None:
    path, content = tmp_path / "r", Content(10, 1, 5)
    Record.begin(path, content).add(0, "aa")
    with path.open("ab") as file:
        file.write(b'\n{"chunk": 1, "sh')
    again = Record.resume(path, content)
    assert again is not None
    again.add(2, "cc")
    resumed = Record.resume(path, content)
    assert resumed is not None
    assert resumed.sent == {0: "aa", 2: "cc"}
    began = json.loads(path.read_bytes().split(b"\n")[0])["began"]
    assert Record.resume(path, content, now=began + GOOD_FOR_S + 1) is None
    assert Record.resume(path, Content(11, 1, 5)) is None
    path.write_bytes(b"\xff\xfe nonsense\n[]\n3")
    assert Record.resume(path, content) is None
    assert path.stat().st_mode & 0o777 == 0o600


# --- many in the background


async def test_the_queue_sends_them_and_shows_each(
    tenant: DemoServer, client: AnaplanClient, source: SourceFile, terms: UploadTerms
) -> None:
    seen: list[UploadSnapshot] = []
    store = Store()  # through which they are shown; it passes on what changed
    store.subscribe(lambda shown: seen.append(shown) if isinstance(shown, UploadSnapshot) else None)
    uploads = Uploads(client, terms, store.put_upload)
    request = UploadRequest(FILE, "targets.csv", source, run_id="r1")
    first = uploads.enqueue(request)
    assert uploads.enqueue(request) == first
    second = uploads.enqueue(UploadRequest(FileRef(MODEL, "113000000007"), "budget.csv", source))
    ended = await uploads.wait([first, second])
    await uploads.aclose()
    assert [snapshot.state for snapshot in ended] == [Send.DONE, Send.DONE]
    assert all((s.bytes_done, s.chunks_done) == (s.bytes_total, s.chunks_total) for s in ended)
    assert ended[0].run_id == "r1"
    assert all(a != b for a, b in pairwise(seen))
    own = [snapshot.state for snapshot in seen if snapshot.upload_id == first]
    assert own[0] is Send.QUEUED
    assert own[-1] is Send.DONE


async def test_one_that_failed_says_why_and_can_be_retried(
    tenant: DemoServer, client: AnaplanClient, source: SourceFile, terms: UploadTerms
) -> None:
    uploads = Uploads(client, terms, lambda _: None)
    tenant.faults.add(Fault("POST */files/*", "status", status=403))
    upload_id = uploads.enqueue(UploadRequest(FILE, "targets.csv", source))
    (failed,) = await uploads.wait([upload_id])
    assert failed.state is Send.FAILED
    assert failed.problem.startswith("Cannot announce the upload")
    uploads.retry(upload_id)
    (done,) = await uploads.wait([upload_id])
    assert done.state is Send.DONE
    assert done.problem == ""
    uploads.retry(upload_id)
    await uploads.cancel(upload_id)
    assert (await uploads.wait([upload_id]))[0].state is Send.DONE
    await uploads.aclose()


async def test_a_cancelled_one_completes_nothing_and_forgets(
    tenant: DemoServer, client: AnaplanClient, source: SourceFile, terms: UploadTerms
) -> None:
    before = held(tenant)
    tenant.faults.add(Fault("PUT */chunks/3", "delay", seconds=60))
    uploads = Uploads(client, terms, lambda _: None)
    upload_id = uploads.enqueue(UploadRequest(FILE, "targets.csv", source))
    await tenant.wait_for_async("PUT", "*/chunks/3")
    await uploads.cancel(upload_id)
    assert (await uploads.wait([upload_id]))[0].state is Send.CANCELLED
    assert held(tenant) == before
    assert list(terms.state_dir.glob("*.upload")) == []
    await uploads.aclose()


async def test_one_that_is_being_completed_cannot_be_taken_back(
    tenant: DemoServer, client: AnaplanClient, source: SourceFile, terms: UploadTerms
) -> None:
    tenant.faults.add(Fault("POST */complete", "delay", seconds=0.2))
    uploads = Uploads(client, terms, lambda _: None)
    upload_id = uploads.enqueue(UploadRequest(FILE, "targets.csv", source))
    await tenant.wait_for_async("POST", "*/complete")
    await uploads.cancel(upload_id)
    assert (await uploads.wait([upload_id]))[0].state is Send.DONE
    assert held(tenant) == source.path.read_bytes()
    await uploads.aclose()


async def test_closing_keeps_what_was_sent(
    tenant: DemoServer, client: AnaplanClient, source: SourceFile, tmp_path: Path
) -> None:
    terms = terms_of(tenant, tmp_path, window=1)
    tenant.faults.add(Fault("PUT */chunks/3", "delay", seconds=60))
    uploads = Uploads(client, terms, lambda _: None)
    upload_id = uploads.enqueue(UploadRequest(FILE, "targets.csv", source))
    await tenant.wait_for_async("PUT", "*/chunks/3")
    await uploads.aclose()
    (ended,) = await uploads.wait([upload_id])
    assert (ended.state, ended.live) == (Send.FAILED, False)
    with pytest.raises(RuntimeError, match="closed"):
        uploads.enqueue(UploadRequest(FILE, "targets.csv", source))
    tenant.faults.clear()
    assert (await upload(client, FILE, source, terms)).resumed == 3


async def test_a_defect_ends_the_upload_and_the_next_one_has_its_turn(
    tenant: DemoServer, client: AnaplanClient, source: SourceFile, terms: UploadTerms
) -> None:
    errors: list[BaseException] = [ZeroDivisionError(), asyncio.CancelledError()]

    class Defective:
        def __getattr__(self, name: str) -> object:
            if errors and name == "announce_upload":
                raise errors.pop(0)
            return getattr(client, name)

    seen: dict[str, UploadSnapshot] = {}
    uploads = Uploads(cast("UploadClient", Defective()), terms, lambda now: seen.update({now.upload_id: now}))
    request = UploadRequest(FILE, "targets.csv", source)
    ids = [uploads.enqueue(replace(request, name=name)) for name in ("first", "second", "third")]
    assert (await uploads.wait(ids[2:]))[0].state is Send.DONE
    assert [seen[upload_id].state for upload_id in ids[:2]] == [Send.FAILED, Send.FAILED]
    assert ["internal error" in seen[ids[0]].problem, "broken off" in seen[ids[1]].problem] == [True, True]
    with pytest.raises(ZeroDivisionError):
        await uploads.wait(ids)
    await uploads.aclose()


async def test_the_meter_counts_only_what_this_try_sent(
    tenant: DemoServer, client: AnaplanClient, source: SourceFile, terms: UploadTerms
) -> None:
    now = 0.0

    def clock() -> float:
        nonlocal now
        now += 1.0
        return now

    moved: asyncio.Future[UploadSnapshot] = asyncio.get_running_loop().create_future()

    def look(snapshot: UploadSnapshot) -> None:
        if snapshot.rate is not None and snapshot.chunks_done == 5 and not moved.done():
            moved.set_result(snapshot)

    tenant.faults.add(Fault("PUT */chunks/5", "delay", seconds=60))
    uploads = Uploads(client, terms, look, clock=clock)
    upload_id = uploads.enqueue(UploadRequest(FILE, "targets.csv", source))
    moving = await moved
    assert moving.rate is not None
    assert 0 <= moving.rate <= source.bytes
    await uploads.cancel(upload_id)
    await uploads.aclose()


# --- cutting


@given(data=st.binary(min_size=1, max_size=4_000), size=st.integers(1, 5_000), gzip=st.booleans())
@settings(max_examples=60)
def test_joined_chunks_are_the_file(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, size: int, gzip: bool
) -> None:
    path = tmp_path_factory.mktemp("cut") / "f.csv"
    path.write_bytes(b"h\n" + data)
    whole = inspect_as_text(path)
    pieces = [payload(whole, piece, gzip=gzip) for piece in cut(whole, size)]
    joined = b"".join(zlib.decompress(p.data, 31) if p.gzipped else p.data for p in pieces)
    assert joined == path.read_bytes()
    assert len(pieces) <= MOST_CHUNKS
    assert all(len(p.data) <= max(size, -(-len(joined) // MOST_CHUNKS)) for p in pieces)


def inspect_as_text(path: Path) -> SourceFile:
    """A source of any bytes, as cutting does not care what they mean."""
    found = path.stat()
    return SourceFile(path, path.name, found.st_size, "ascii", None, (), 1, None, (), (), Stamp.of(found))


def test_a_file_beyond_the_limits_is_refused(source: SourceFile) -> None:
    assert len(cut(replace(source, bytes=9_999_999_999), 8_000_000)) == 1000
    with pytest.raises(UploadRefused, match="larger than 10 GB"):
        cut(replace(source, bytes=10_000_000_001), 8_000_000)


def test_chunks_of_more_than_ten_megabytes_are_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a chunk has"):
        UploadTerms(tmp_path, "https://x", USER, chunk_bytes=10_000_001)


# --- what a file is


def file_of(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "source.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "encoding", "separator", "header"),
    [
        (b"Region,Month\r\nN,Jan\r\n", "ascii", ",", ("Region", "Month")),
        (b"Region;Month,Year\nN;J\n", "ascii", ";", ("Region", "Month,Year")),
        (b"Region\tMonth\nN\tJ\n", "ascii", "\t", ("Region", "Month")),
        (b"Region|Month|Menge\nN|J|1\n", "ascii", "|", ("Region", "Month", "Menge")),
        (b'"a;b;c;d",x\n1,2\n', "ascii", ",", ("a;b;c;d", "x")),
        (b'"two\nlines",x\n1,2\n', "ascii", ",", ("two␊lines", "x")),
        (b"a,b\rc,d\r", "ascii", ",", ("a", "b")),
        ("Größe,Łódź\n1,2\n".encode(), "utf-8", ",", ("Größe", "Łódź")),
        (codecs.BOM_UTF8 + b"a,b\n1,2\n", "utf-8-sig", ",", ("a", "b")),
        ("Größe;x\n1;2\n".encode("utf-16"), "utf-16", ";", ("Größe", "x")),
        ("a,b\n1,2\n".encode("utf-16-le"), "utf-16-le", ",", ("a", "b")),
        ("a,b\n1,2\n".encode("utf-16-be"), "utf-16-be", ",", ("a", "b")),
        ("a,b\n1,2\n".encode("utf-32"), "utf-32", ",", ("a", "b")),
        ("Größe,x\n1,2\n".encode("latin-1"), "latin-1", ",", ("Größe", "x")),
        ("12€,x\n1,2\n".encode("cp1252"), "cp1252", ",", ("12€", "x")),
        (b"Only one\n1\n", "ascii", None, ("Only one",)),
        (b"a\x1b]0;t\x07,b\n1,2\n" + b"x,y\n" * 40, "ascii", ",", ("a␛]0;t␇", "b")),
    ],
)
def test_what_a_file_is(
    tmp_path: Path, content: bytes, encoding: str, separator: str | None, header: tuple[str, ...]
) -> None:
    found = inspect(file_of(tmp_path, content))
    assert (found.encoding, found.separator, found.header) == (encoding, separator, header)
    assert found.bytes == len(content)


def test_a_header_line_further_down_is_read_where_it_stands(tmp_path: Path) -> None:
    path = file_of(tmp_path, b"Made by the warehouse\n\nRegion,Month\nN,Jan\n")
    assert inspect(path, header_row=3).header == ("Region", "Month")
    beyond = inspect(path, header_row=9)
    assert beyond.header == ()
    assert beyond.obstacles == (
        "The header line is missing: the file ends, or is blank, where it should stand.",
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is empty"),
        (b"\xef\xbb\xbf\r\n \n", "nothing but blank lines"),
        (b"PK\x03\x04rest", "an Office workbook, not text.*Save the sheet as CSV"),
        (b"\x1f\x8b\x08rest", "compressed with gzip, not text"),
        (bytes(range(256)) * 4, "it is not text"),
        (b"\0" * 100, "it is not text"),
        (b"\x01\x02\x03\x04\x05\x06", "it is not text"),
        (b"\xff\xfe\x00\xd8", "it is not text"),
    ],
)
def test_what_cannot_be_a_source_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(UploadRefused, match=f"Cannot upload source.csv: .*{said}") as caught:
        inspect(file_of(tmp_path, content))
    assert "Nothing was sent." in str(caught.value)


def test_what_is_no_plain_file_is_refused(tmp_path: Path) -> None:
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(link)
    for path, said in (
        (tmp_path, "it is a directory"),
        (tmp_path / "gone.csv", "there is no such file"),
        (pipe, "it is not a plain file"),
        (link, "lead in a circle"),
        (tmp_path / ("x" * 300), "too long"),
    ):
        with pytest.raises(UploadRefused, match=said):
            inspect(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_rights_is_refused(tmp_path: Path) -> None:
    path = file_of(tmp_path, b"a,b\n")
    path.chmod(0)
    with pytest.raises(UploadRefused, match="this user may not read it"):
        inspect(path)


def test_odd_headers_are_said(tmp_path: Path) -> None:
    assert inspect(file_of(tmp_path, b"a,,a,b\n1,2,3,4\n")).problems == (
        "1 column in the header line has no name.",
        "Column names stand more than once: a.",
    )
    assert (
        inspect(file_of(tmp_path, b"one\n1\n")).problems[0].startswith("The header line has one column only")
    )
    endless = inspect(file_of(tmp_path, b"a,b" * HEAD_BYTES))
    assert (endless.rows, endless.obstacles) == (None, ("The header line does not end.",))
    bare = inspect(file_of(tmp_path, b"a,b\n\n,\n"))
    assert (bare.rows, bare.obstacles) == (
        RowCount(0, exact=True),
        ("There are no rows below the header line.",),
    )
    (guessed,) = differences(inspect(file_of(tmp_path, "ä,b\n1,2\n".encode("latin-1"))), SourceForm())
    assert (guessed.sentence, guessed.grave) == (
        "The text is not UTF-8; it is taken for ISO-8859-1.",
        False,
    )


@pytest.mark.parametrize(
    ("content", "header_row", "rows"),
    [
        (b"a,b\n1,2\n", 1, "1 row"),
        (b'a,b\r\n"two\nlines",2\r\n\r\n3,4', 1, "2 rows"),
        (b"1,2\n3,4\n", 0, "2 rows"),
        (b"made by\na,b\n1,2\n", 2, "1 row"),
        (b"a,b\n" + b"1,2345\n" * 300_000, 1, "about 300,000 rows"),
        (b"a,b\n" + b"1,2345\n" * 1_234_567, 1, "about 1,200,000 rows"),
    ],
)
def test_rows_are_counted_or_judged_by_the_beginning(
    tmp_path: Path, content: bytes, header_row: int, rows: str
) -> None:
    assert str(inspect(file_of(tmp_path, content), header_row=header_row).rows) == rows


def test_a_file_without_a_header_line_has_none_to_look_at(tmp_path: Path) -> None:
    found = inspect(file_of(tmp_path, b"1,2\n"), header_row=0)
    assert (found.header, found.columns, found.obstacles, found.problems) == ((), 2, (), ())


def test_a_character_cut_by_the_end_of_the_head_is_no_error(tmp_path: Path) -> None:
    for shift in range(3):
        content = b"a,b\n" + b"x" * (HEAD_BYTES - 4 - shift) + "€".encode() * 10
        assert inspect(file_of(tmp_path, content)).encoding in ("utf-8", "ascii")


# --- what an import expects


async def test_the_demo_tenants_own_import_is_matched_by_its_file(
    client: AnaplanClient, tmp_path: Path
) -> None:
    detail = await client.import_detail(TargetRef(MODEL, Kind.IMPORT, "112000000108"))
    info = next(file for file in await client.files(MODEL) if file.id == FILE.file_id)
    expected = expectation(detail, info)
    assert expected == SourceForm(("Region", "Month", "Target"), ",", "UTF-8", 1, '"')
    good = inspect(file_of(tmp_path, b"Region,Month,Target\nNorth,Jan 26,1\n"))
    assert differences(good, expected) == ()
    bad = inspect(file_of(tmp_path, b"month;Region;Remark\nJan 26;North;x\n"))
    assert [d.sentence for d in differences(bad, expected)] == [
        "The file separates columns with semicolons, the import with commas.",
        "Missing in the file: Target.",
        "Written differently in the file: month for Month.",
        "The columns stand in another order than expected, from month on.",
        "Not expected by the import: Remark.",
    ]


def test_where_the_import_is_silent_the_file_speaks() -> None:
    info = FileInfo.model_validate(
        {"id": "113", "separator": "\\t", "encoding": "ISO-8859-1", "headerRow": 2, "name": "f"}
    )
    assert expectation(None, info) == SourceForm((), "\t", "ISO-8859-1", 2)
    detail = ImportDetail.of({"name": "i", "source": {"columnSeparator": ";", "headerNames": [" a ", "b"]}})
    assert expectation(detail, info) == SourceForm(("a", "b"), ";", "ISO-8859-1", 2)
    assert expectation(None) == SourceForm()


@pytest.mark.parametrize(
    ("content", "expected", "harm"),
    [
        (b"a,b\n1,2\n", "ISO-8859-1", None),
        ("ä,b\n1,2\n".encode(), "ISO-8859-1", "no character outside ASCII would be read right."),
        ("ä,b\n1,2\n".encode(), "UTF-8", None),
        ("\ufeffä,b\n1,2\n".encode(), "UTF-8", None),
        ("ä,b\n1,2\n".encode("latin-1"), "windows-1252", None),
        ("€,b\n1,2\n".encode("cp1252"), "ISO-8859-1", "no character outside ASCII would be read right."),
        ("ä,b\n1,2\n".encode("utf-16"), "UTF-16LE", None),
        ("a,b\n1,2\n".encode("utf-16"), "UTF-8", "nothing of it would be read right."),
        (b"a,b\n1,2\n", "UTF-16LE", "nothing of it would be read right."),
        ("ä,b\n1,2\n".encode(), "KLINGON-8", None),
    ],
)
def test_encodings_that_fit(tmp_path: Path, content: bytes, expected: str, harm: str | None) -> None:
    found = differences(inspect(file_of(tmp_path, content)), SourceForm(encoding=expected))
    assert [d.sentence.partition(": ")[2] for d in found] == ([harm] if harm else [])
    assert [d.grave for d in found] == ([harm.startswith("nothing")] if harm else [])


def test_a_file_of_one_column_needs_no_separator(tmp_path: Path) -> None:
    found = inspect(file_of(tmp_path, b"Code\nX\n"))
    assert differences(found, SourceForm(("Code",), ",")) == ()
    (first, second) = differences(found, SourceForm(("Code", "Name"), ","))
    assert first.sentence == "The header line has no separator; the import expects commas."
    assert second.columns == ("Name",)


def test_without_a_header_line_names_are_not_compared(tmp_path: Path) -> None:
    found = inspect(file_of(tmp_path, b"1,2\n3,4\n"))
    assert differences(found, SourceForm(("a", "b"), ",", header_row=0)) == ()


NAMES = st.lists(
    st.sampled_from(["Region", "region", "Month", "Menge ", "Größe", "Grösse", "", "x"]), max_size=8
)


def source_with(header: Sequence[str]) -> SourceFile:
    rows = RowCount(1, exact=True)
    return SourceFile(
        Path("f"), "f", 1, "ascii", ",", tuple(header), len(header), rows, (), (), Stamp(0, 0, 1, 0)
    )


@given(ours=NAMES, theirs=NAMES)
def test_differences_account_for_every_column(ours: list[str], theirs: list[str]) -> None:
    found = {d.kind: d for d in differences(source_with(ours), SourceForm(tuple(theirs)))}
    if not theirs or ours == theirs:
        assert found == {}
        return
    missing, extra = found.get(Differs.MISSING), found.get(Differs.EXTRA)
    lost = len(missing.columns) if missing else 0
    surplus = len(extra.columns) if extra else 0
    assert len(ours) - surplus == len(theirs) - lost
    assert not {a.casefold() for a in (missing.columns if missing else ())} & {
        b.casefold() for b in (extra.columns if extra else ())
    }
    assert all(d.sentence.endswith(".") and "\n" not in d.sentence for d in found.values())
    assert found != {}


@given(header=st.lists(st.text("abc", min_size=1), min_size=1, unique=True), data=st.data())
def test_a_shuffled_header_differs_in_order_only(header: list[str], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(header))
    found = [d.kind for d in differences(source_with(shuffled), SourceForm(tuple(header)))]
    assert found == ([] if shuffled == header else [Differs.ORDER])
