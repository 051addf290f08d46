"""Plays in the journal."""

import sqlite3
from contextlib import closing
from pathlib import Path

from anaplan_tui.core.journal.journal import Journal


def test_plays_are_read_while_another_writes(tmp_path: Path) -> None:
    """A list of runbooks must not wait; a journal that does not answer in time counts as broken."""
    path = tmp_path / "journal.db"
    with (
        Journal.open(path) as journal,
        closing(sqlite3.connect(path, isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        assert journal.plays.recent("prod", "https://api.anaplan.com") == []
        assert journal.plays.last("prod", "https://api.anaplan.com", "/night.toml") is None
        assert not journal.notice
