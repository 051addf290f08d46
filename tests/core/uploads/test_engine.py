"""An upload to the demo tenant over HTTP: the exact bytes, or a failure with a reason."""

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from pydantic import SecretStr

from anaplan_tui.api.auth import TokenAuth
from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.errors import NotFound
from anaplan_tui.api.hosts import Hosts
from anaplan_tui.api.options import RetryPolicy
from anaplan_tui.api.refs import FileRef
from anaplan_tui.core.snapshots import Send
from anaplan_tui.core.uploads import (
    SourceChanged,
    SourceFile,
    Tally,
    UploadFailed,
    UploadTerms,
    inspect,
    upload,
)
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from tests.support.raw_server import MODEL, fast
from tests.support.uploads import CHUNK, FILE, broken_off, held, puts, rewrite, terms_of

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
    options = fast(read_timeout_s=3.0, retry=RetryPolicy(tries=1))
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
