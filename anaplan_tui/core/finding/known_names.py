"""Names that this host has seen: for a shell that completes them, before every key press.

Nothing is asked of the service, nothing is written, and nothing slow is imported: the journal is read as it
is, the configuration for the names of its profiles only. What cannot be read gives no names.
"""

import os
import sqlite3
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from anaplan_tui.config.paths import ENCODING
from anaplan_tui.core.journal.connection import read_only

_MOST = 1000
_PATIENCE_MS = 200
"""A writer may hold the journal for a moment; a key press does not wait for more."""


class KnownNames:
    """What the journal at ``path`` has seen, as ``profile`` (or everybody, with ``None``), newest first."""

    def __init__(self, path: Path, profile: str | None = None) -> None:
        self._path = path
        self._condition = "" if profile is None else " AND profile = :profile"
        self._values = {"profile": profile}

    def targets(self, kind: str, model: str | None = None) -> list[str]:
        """Names of the targets of a kind that were run, or looked at; of one model, by its name or id."""
        of_model = "" if model is None else " AND :model IN (model_id, model_name)"
        return self._names("name", f"kind = :kind{of_model}", kind=kind, model=model)

    def tasks(self, kind: str, target: str) -> list[str]:
        """Ids of the tasks of a target, by its name or id."""
        which = "kind = :kind AND (target_id = :target OR name = :target COLLATE NOCASE)"
        return self._names("task_id", f"{which} AND task_id IS NOT NULL", kind=kind, target=target)

    def workspaces(self) -> list[str]:
        """Names of workspaces."""
        return self._names("workspace_name", "1")

    def models(self) -> list[str]:
        """Names of models."""
        return self._names("model_name", "1")

    def _names(self, column: str, which: str, **values: str | None) -> list[str]:
        query = (
            f"SELECT {column} FROM runs WHERE {which}{self._condition} "  # noqa: S608  # our own words only
            f"GROUP BY {column} ORDER BY MAX(created_at) DESC LIMIT {_MOST}"
        )
        try:
            connection = read_only(self._path)
            try:
                connection.execute(f"PRAGMA busy_timeout = {_PATIENCE_MS}")
                rows = connection.execute(query, self._values | values).fetchall()
            finally:
                connection.close()
        except (sqlite3.Error, OSError):
            return []
        return [row[0] for row in rows if isinstance(row[0], str) and row[0] and row[0].isprintable()]


def profiles(config: Path, environment: Iterable[str] = os.environ) -> list[str]:
    """Names of the profiles in a config file and the environment."""
    named = _table(_read(config).get("profiles"))
    prefix = "ANAPLAN_TUI_PROFILES__"
    variables = {
        name[len(prefix) :].lower().split("__")[0] for name in environment if name.startswith(prefix)
    }
    return [*named, *sorted(variables - {name.lower() for name in named})]


def profile_in_use(config: Path) -> str | None:
    """The default profile; ``None`` where that cannot be told at a glance."""
    named: Sequence[Any] = profiles(config)
    wanted = os.environ.get("ANAPLAN_TUI_DEFAULT_PROFILE") or _read(config).get("default_profile")
    return wanted if wanted in named else (named[0] if len(named) == 1 else None)


def _read(config: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(config.read_text(ENCODING))
    except (OSError, ValueError, RecursionError):
        return {}


def _table(value: object) -> dict[str, Any]:
    return {k: v for k, v in value.items() if k.isprintable()} if isinstance(value, dict) else {}
