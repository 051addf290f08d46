"""Uploads in the background, each shown in progress."""

import asyncio
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import cast

import pytest

from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.refs import FileRef
from anaplan_tui.core.snapshots import Send, UploadSnapshot
from anaplan_tui.core.store import Store
from anaplan_tui.core.uploads import (
    SourceFile,
    UploadRequest,
    Uploads,
    UploadTerms,
    upload,
)
from anaplan_tui.core.uploads.service import UploadClient
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from tests.support.raw_server import MODEL
from tests.support.uploads import FILE, held, terms_of


async def test_the_queue_sends_them_and_shows_each(
    tenant: DemoServer, client: AnaplanClient, source: SourceFile, terms: UploadTerms
) -> None:
    seen: list[UploadSnapshot] = []
    store = Store()  # it shows them and passes on changes
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
