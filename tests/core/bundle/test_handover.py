"""The desk writes a bundle in a thread, which asks Anaplan for an import's encoding via the event loop."""

import asyncio
import hashlib
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from anaplan_tui.core.desk import Desk
from anaplan_tui.core.snapshots import Dump, RunSnapshot
from anaplan_tui.core.store import UnknownRun
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from tests.support.desks import SHOWPIECE, demand_plan

SALES = "112000000102"
ERROR = "地域が見つかりません"
DUMP = f"_Status_,地域,_Line_,_Error_1_\r\nE,東京ソ,2,{ERROR}\r\n"


def reads(server: DemoServer, encoding: str) -> None:
    """Make the import of the sales read this encoding."""
    model = demand_plan(server)
    source = model.imports[SALES].source
    assert source is not None
    model.files[source] = replace(model.files[source], encoding=encoding)


async def run_with_dump(desk: Desk, path: Path, content: bytes, **changes: Any) -> RunSnapshot:
    """Return a run that ended, with the dump of its sales import on disk."""
    run = await desk.run(await desk.find(SHOWPIECE))
    await asyncio.to_thread(path.write_bytes, content)
    sha256 = hashlib.sha256(content).hexdigest()

    def on_disk(dump: Dump) -> Dump:
        return replace(dump, available=True, path=path, bytes=len(content), sha256=sha256)

    actions = tuple(replace(a, dump=on_disk(a.dump), **changes) if a.id == SALES else a for a in run.actions)
    run = replace(run, actions=actions)
    desk.store.put_run(run)
    return run


async def errors_in_bundle(desk: Desk, run: RunSnapshot, path: Path) -> list[str]:
    bundle = await desk.hand_over(run.run_id, path)

    def read() -> Any:
        with zipfile.ZipFile(bundle.path) as archive:
            return json.loads(archive.read("summary.json"))

    told = await asyncio.to_thread(read)
    [sales] = [action for action in told["actions"] if action["id"] == SALES]
    return [group["error"] for group in sales["groups"]]


async def test_a_dump_is_bundled_as_its_import_reads_it(
    desk: Desk, server: DemoServer, tmp_path: Path
) -> None:
    reads(server, "Shift_JIS")
    run = await run_with_dump(desk, tmp_path / "dump.csv", DUMP.encode("cp932"))
    assert await errors_in_bundle(desk, run, tmp_path / "out.zip") == [ERROR]


@pytest.mark.parametrize("why", ["Anaplan does not say", "it is no import", "it says nothing of use"])
async def test_a_bundle_is_written_where_nobody_can_say_how_its_dump_is_read(
    desk: Desk, server: DemoServer, tmp_path: Path, why: str
) -> None:
    kind = "export" if why == "it is no import" else "import"
    reads(server, "no encoding" if why == "it says nothing of use" else "Shift_JIS")
    run = await run_with_dump(desk, tmp_path / "dump.csv", DUMP.encode("cp932"), kind=kind)
    if why == "Anaplan does not say":
        server.faults.add(Fault(f"GET */imports/{SALES}", "status", status=404, count=None))
    [error] = await errors_in_bundle(desk, run, tmp_path / "out.zip")
    assert error != ERROR


async def test_a_run_that_is_not_known_has_no_bundle(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(UnknownRun, match="the run is not known"):
        await desk.hand_over("nothing", tmp_path / "out.zip")
    assert not (tmp_path / "out.zip").exists()
