"""Completion of paths while they are typed."""

from pathlib import Path

import pytest

from anaplan_tui.ui.path_completion import (
    Completion,
    complete,
    free_name,
    resolve,
    why_not_new,
    why_not_there,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("sales.csv", "sales_2.csv", "stores", ".hidden", "evil\x1b[2J"):
        path = tmp_path / name
        if "." in name or "evil" in name:
            path.write_text("x")
        else:
            path.mkdir()
    (tmp_path / "stores" / "north.csv").write_text("x")
    return tmp_path


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("sal", Completion("sales", ("sales.csv", "sales_2.csv"))),
        ("sales.", Completion("sales.csv", ("sales.csv",))),
        ("st", Completion("stores/", ("stores/",))),
        ("stores/", Completion("stores/north.csv", ("north.csv",))),
        ("./stores/n", Completion("./stores/north.csv", ("north.csv",))),
        (".h", Completion(".hidden", (".hidden",))),
        ("nothing", Completion("nothing")),
        ("nowhere/x", Completion("nowhere/x")),
        ("ev", Completion("ev")),
        ("~", Completion("~/")),
    ],
)
def test_tab_completes_as_far_as_names_agree(folder: Path, typed: str, completed: Completion) -> None:
    assert complete(typed, folder) == completed


def test_hidden_names_and_those_that_cannot_be_typed_are_not_offered(folder: Path) -> None:
    assert complete("", folder).names == ("sales.csv", "sales_2.csv", "stores/")


def test_paths_are_taken_from_the_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder / "home"))
    assert resolve("x.csv", folder) == folder / "x.csv"
    assert resolve("/x.csv", folder) == Path("/x.csv")
    assert resolve("~/x.csv", folder) == folder / "home" / "x.csv"
    assert resolve("~nobody-of-that-name/x", folder) == folder / "~nobody-of-that-name/x"


def test_a_new_file_has_a_free_name_in_a_folder_that_is_there(folder: Path) -> None:
    assert why_not_new(folder / "new.csv") == ""
    assert "already" in why_not_new(folder / "sales.csv")
    assert "directory" in why_not_new(folder / "stores")
    assert "no such directory" in why_not_new(folder / "none" / "new.csv")
    assert "cannot be a path" in why_not_new(folder / ("n" * 300))
    assert "cannot be a path" in why_not_new(Path("nul\0byte"))
    (folder / "dangling").symlink_to(folder / "nothing")
    assert "already" in why_not_new(folder / "dangling")


def test_a_file_to_take_is_there_and_no_directory(folder: Path) -> None:
    assert why_not_there(folder / "sales.csv") == ""
    assert "no such file" in why_not_there(folder / "none.csv")
    assert "directory" in why_not_there(folder / "stores")


def test_a_taken_name_gets_the_next_free_number(folder: Path) -> None:
    assert free_name(folder / "new.csv") == folder / "new.csv"
    assert free_name(folder / "sales.csv") == folder / "sales (2).csv"
    (folder / "sales (2).csv").write_text("x")
    assert free_name(folder / "sales.csv") == folder / "sales (3).csv"
