"""A dump's encoding that only the import knows: shown and saved text follow it, whenever it becomes known."""

from dataclasses import replace
from pathlib import Path

import pytest

from anaplan_tui.core.dumps.files import DumpFile
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from anaplan_tui.ui.screens.triage.rows import TriageRowsScreen
from anaplan_tui.ui.screens.triage.screen import TriageScreen
from tests.support.apps import Open, Opened, until
from tests.support.dump_files import found, is_reading

HEADER = '"_Status_","地域","金額","_Line_","_Error_1_"\r\n'
ROW = '"E","東京ソ","n/a","2","地域が見つかりません: 東京ソ"\r\n'
DUMP = HEADER + ROW * 3 + ROW.replace("東京ソ", "大阪")
IMPORT = "112000000102"


def reads(tenant: DemoServer, encoding: str) -> None:
    """Set the encoding of the import's file."""
    for model in tenant.tenant.company.models:
        if IMPORT in model.imports:
            source = model.imports[IMPORT].source
            assert source is not None
            model.files[source] = replace(model.files[source], columns=("地域", "金額"), encoding=encoding)


async def opened_dump(opened: Opened, path: Path, earlier: Path | None = None) -> TriageScreen:
    """Open the triage over a file as the dump of a run that the app knows."""
    await opened.run_process("nightly load")
    await opened.shows("on disk, exact.")
    assert opened.desk is not None
    run = opened.desk.store.runs[-1]
    name = "Sales from sales.csv"

    def dump(of: Path) -> DumpFile:
        return DumpFile(of, name, run.run_id, IMPORT, run.started_at)

    await opened.app.open_triage(dump(path), dump(earlier) if earlier is not None else None)
    screen = opened.app.screen
    assert isinstance(screen, TriageScreen)
    await until(opened.pilot, lambda: not is_reading(screen), "the end of reading")
    return screen


def written(folder: Path, text: str, encoding: str, name: str = "dump.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("says", "codec"),
    [
        ("Shift_JIS", "shift_jis"),
        ("EUC-JP", "euc_jp"),
        ("ISO-2022-JP", "iso2022_jp"),
        ("UTF-16LE", "utf-16-le"),
        ("UTF-16", "utf-16-be"),
        ("GB18030", "gb18030"),
    ],
)
async def test_a_dump_is_shown_and_saved_as_its_import_reads_it(
    open_app: Open, tenant: DemoServer, tmp_path: Path, says: str, codec: str
) -> None:
    reads(tenant, says)
    async with open_app() as opened:
        screen = await opened_dump(opened, written(tmp_path, DUMP, codec))
        assert screen.reader.columns == ("地域", "金額")
        assert screen.summary is not None
        assert [(group.error, group.rows) for group in screen.summary.groups] == [
            ("地域が見つかりません: …", 4)
        ]
        await opened.shows("東京ソ")
        await opened.press("e", "enter")
        await opened.shows("4 rejected rows to correct and upload")
    saved = (tmp_path / "dump_rejected.csv").read_bytes()
    assert (
        saved.removeprefix(b"\xff\xfe")
        .decode("utf-16-le" if says == "UTF-16" else codec)
        .startswith('"地域","金額"\r\n"東京ソ","n/a"\r\n')
    )


async def test_the_earlier_dump_is_read_alike(open_app: Open, tenant: DemoServer, tmp_path: Path) -> None:
    reads(tenant, "Shift_JIS")
    earlier = written(tmp_path, HEADER + ROW, "shift_jis", "earlier.csv")
    async with open_app() as opened:
        screen = await opened_dump(opened, written(tmp_path, DUMP, "shift_jis"), earlier)
        assert [(line.was, line.gone) for line in screen.table.items] == [(1, False)]


async def test_what_becomes_known_when_rows_are_saved_is_followed_as_well(
    open_app: Open, tenant: DemoServer, tmp_path: Path
) -> None:
    reads(tenant, "Shift_JIS")
    tenant.faults.add(Fault("GET */imports/*", status=404, count=None))
    async with open_app() as opened:
        screen = await opened_dump(opened, written(tmp_path, DUMP, "shift_jis"))
        assert screen.reader.columns != ("地域", "金額")
        tenant.faults.clear()
        await opened.press("enter")
        await opened.shows("4 rows")
        await opened.press("e")
        await opened.shows("The dump is read as Shift_JIS now")
        await opened.shows("東京ソ")
        assert isinstance(opened.app.screen, TriageRowsScreen)
        assert not found(tmp_path, "dump_*"), "rows are looked at before they are saved"
        await opened.press("e", "enter")
        await opened.shows("4 rejected rows to correct and upload")
        [saved] = found(tmp_path, "dump_rejected*.csv")
        assert saved.read_bytes().decode("shift_jis").startswith('"地域","金額"\r\n"東京ソ"')
        await opened.press("escape")
        await opened.shows("地域が見つかりません")


async def test_a_dump_that_leaves_nothing_open_costs_no_request(
    open_app: Open, tenant: DemoServer, tmp_path: Path
) -> None:
    reads(tenant, "Shift_JIS")
    async with open_app() as opened:
        await opened_dump(opened, written(tmp_path, DUMP, "utf-8"))
        await opened.shows("東京ソ")
        assert not tenant.log.matching("GET", f"*/imports/{IMPORT}")


async def test_an_import_whose_encoding_does_not_fit_changes_nothing(
    open_app: Open, tenant: DemoServer, tmp_path: Path
) -> None:
    reads(tenant, "UTF-16LE")
    text = '"_Status_","Region","_Line_","_Error_1_"\n' + '"E","Zürich","2","Invalid parent"\n' * 9
    async with open_app() as opened:
        screen = await opened_dump(opened, written(tmp_path, text, "cp1252"))
        assert tenant.log.matching("GET", f"*/imports/{IMPORT}")
        assert screen.summary is not None
        assert (screen.summary.rows, screen.reader.columns) == (9, ("Region",))
        await opened.press("enter")
        await opened.shows("Zürich")
