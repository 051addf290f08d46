"""Plays in the journal."""

import sqlite3
from contextlib import closing
from pathlib import Path

from anaplan_tui.core.journal.journal import Journal


def test_plays_are_read_while_another_writes(tmp_path: Path) -> None:
    """A list of runbooks waits for nobody; a journal that is waited for in vain is taken for a broken one."""
    path = tmp_path / "journal.db"
    with (
        Journal.open(path) as journal,
        closing(sqlite3.connect(path, isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        assert journal.plays.recent("prod", "https://api.anaplan.com") == []
        assert journal.plays.last("prod", "https://api.anaplan.com", "/night.toml") is None
        assert not journal.notice
