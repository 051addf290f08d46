"""``convert`` and ``schema`` as a script calls them."""

from pathlib import Path

import pytest

from anaplan_tui.core.runbooks import reading
from tests.support.command import Place

SAMPLES = Path(__file__).parents[1] / "core" / "runbooks" / "connect" / "samples"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("customers_import.sh",), 0),
        (("margin_export.bat",), 0),
        (("weekly_two_calls.bat", "--", "{Week}"), 0),
        (("by_argument.sh", "--", "load"), 3),
        (("by_argument.sh",), 3),
    ],
)
def test_the_exit_code_says_whether_all_was_translated(
    place: Place, arguments: tuple[str, ...], code: int
) -> None:
    ended = place("convert", str(SAMPLES / arguments[0]), *arguments[1:])
    assert ended.code == code
    assert ("Not translated" in ended.err) == (code == 3)
    if "[[step]]" in ended.out:
        reading.parse(ended.out, "stdout")


def test_it_goes_into_a_new_file(place: Place, tmp_path: Path) -> None:
    out = tmp_path / "made.toml"
    ended = place("convert", str(SAMPLES / "customers_import.sh"), "--out", str(out))
    assert ended.code == 0
    assert "2 steps" in ended.out
    assert len(reading.read(out).step) == 2
    again = place("convert", str(SAMPLES / "margin_export.bat"), "--out", str(out))
    assert again.code == 2
    assert "exists already" in again.err
    assert len(reading.read(out).step) == 2


def test_what_is_no_script_is_refused(place: Place, tmp_path: Path) -> None:
    (tmp_path / "x.sh").write_text("echo hello\n")
    for path in (tmp_path / "x.sh", tmp_path / "none.sh", tmp_path):
        ended = place("convert", str(path))
        assert (ended.code, ended.out) == (2, "")
        assert len(ended.err.splitlines()) == 1


def test_the_schema_is_json(place: Place) -> None:
    ended = place("schema", "runbook")
    assert ended.code == 0
    assert ended.document["properties"]["step"]
