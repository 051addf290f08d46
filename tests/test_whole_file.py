"""A file appears under its name complete, or not at all."""

from pathlib import Path

import pytest

from anaplan_tui.whole_file import binary_part, text_part


def test_a_name_that_is_free_is_claimed_and_only_the_owner_reads_the_file(tmp_path: Path) -> None:
    with text_part(tmp_path / "rows.csv") as part:
        part.file.write("Zürich\n")
        assert part.claim(tmp_path / "rows.csv")
    assert list(tmp_path.iterdir()) == [tmp_path / "rows.csv"]
    assert (tmp_path / "rows.csv").read_bytes() == "Zürich\n".encode()
    assert (tmp_path / "rows.csv").stat().st_mode & 0o777 == 0o600


def test_a_name_that_is_taken_stays_whose_it_is(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").symlink_to("nowhere")
    with text_part(tmp_path / "rows.csv") as part:
        assert not part.claim(tmp_path / "rows.csv")
    assert list(tmp_path.iterdir()) == [tmp_path / "rows.csv"]
    assert (tmp_path / "rows.csv").readlink() == Path("nowhere")


def test_a_file_takes_the_place_of_another_at_once(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text("old")
    with binary_part(path) as part:
        part.file.write(b"new")
        assert path.read_text() == "old"
        part.replace(path)
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [tmp_path / "run.json"]


def test_nothing_is_left_of_a_file_that_failed(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError), text_part(tmp_path / "token", encoding="ascii") as part:
        part.file.write("ü")
    with pytest.raises(LookupError), text_part(tmp_path / "token", encoding="none-such") as part:
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("sign", ["a", "é", "ш", "😀"])
def test_the_longest_name_that_a_file_system_takes_has_room_for_its_hidden_one(
    tmp_path: Path, sign: str
) -> None:
    path = tmp_path / (sign * (255 // len(sign.encode())))
    with text_part(path) as part:
        assert part.claim(path)
    assert path.exists()
