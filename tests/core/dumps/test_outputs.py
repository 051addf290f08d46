"""The file name of an export."""

import pytest

from anaplan_tui.core.dumps.outputs import output_name
from anaplan_tui.core.snapshots import Action


@pytest.mark.parametrize(
    ("name", "media_type", "file_name"),
    [
        ("Margins v2.1", "text/csv", "Margins v2.1_116000000001.csv"),
        ("Margins v2.1", None, "Margins v2.1_116000000001.csv"),
        ("Margins v2.1", "text/plain; charset=UTF-8", "Margins v2.1_116000000001.txt"),
        ("Plan 2026.11", "application/vnd.ms-excel", "Plan 2026.11_116000000001.xls"),
        ("Dr. No", "application/pdf", "Dr. No_116000000001.pdf"),
        ("Regions.csv", "text/csv", "Regions_116000000001.csv"),
        ("Regions.TXT", "text/csv", "Regions_116000000001.TXT"),
        ("Regions.XLSX", "text/csv", "Regions.XLSX_116000000001.csv"),
        ("Regions.XLSX", None, "Regions_116000000001.XLSX"),
        ("stock.tar.gz", "text/csv", "stock.tar.gz_116000000001.csv"),
        ("..", "text/csv", "dump_116000000001.csv"),
        ("a/../b", "text/plain", "a_.._b_116000000001.txt"),
        ("Regions.txt", None, "Regions_116000000001.txt"),
        ("Regions", "application/x-unknown", "Regions_116000000001.csv"),
    ],
)
def test_the_extension_is_that_of_the_format(name: str, media_type: str | None, file_name: str) -> None:
    action = Action("116000000001", name, "export", export_format=media_type)
    assert output_name(action) == file_name
