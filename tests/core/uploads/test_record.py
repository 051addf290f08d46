"""The record of an upload until it is complete."""

import json
from pathlib import Path

from anaplan_tui.core.uploads.record import GOOD_FOR_S, Content, UploadRecord


def test_a_record_survives_cut_lines_and_grows_old(tmp_path: Path) -> None:
    path, content = tmp_path / "r", Content(10, 1, 5)
    UploadRecord.begin(path, content).add(0, "aa")
    with path.open("ab") as file:
        file.write(b'\n{"chunk": 1, "sh')
    again = UploadRecord.resume(path, content)
    assert again is not None
    again.add(2, "cc")
    resumed = UploadRecord.resume(path, content)
    assert resumed is not None
    assert resumed.sent == {0: "aa", 2: "cc"}
    began = json.loads(path.read_bytes().split(b"\n")[0])["began"]
    assert UploadRecord.resume(path, content, now=began + GOOD_FOR_S + 1) is None
    assert UploadRecord.resume(path, Content(11, 1, 5)) is None
    path.write_bytes(b"\xff\xfe nonsense\n[]\n3")
    assert UploadRecord.resume(path, content) is None
    assert path.stat().st_mode & 0o777 == 0o600
