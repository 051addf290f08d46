"""An interrupted upload continues where it stopped, or starts again where it must."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest

from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.refs import FileRef
from anaplan_tui.core.transfers.locks import TransferLock
from anaplan_tui.core.uploads import (
    SourceFile,
    UploadBusy,
    UploadFailed,
    UploadTerms,
    discard,
    inspect,
    upload,
)
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from tests.support.raw_server import MODEL, USER
from tests.support.uploads import CHUNK, FILE, broken_off, held, puts, rewrite, terms_of


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
    lock = TransferLock(terms.state_dir, terms.identity(FILE).key)
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
