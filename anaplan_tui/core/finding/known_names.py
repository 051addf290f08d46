"""Known names for shell completion: targets, tasks, workspaces, models and profiles seen on this host.

It runs at every press of Tab, so it sends nothing, writes nothing and imports nothing slow. Names come from
the journal, and those of profiles from the configuration. Unreadable sources give no names.
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
"""How long to wait for a writer of the journal: a key press cannot wait for more."""


class KnownNames:
    """Names in the journal at ``path``, of one ``profile`` or of all (``None``), newest first."""

    def __init__(self, path: Path, profile: str | None = None) -> None:
        self._path = path
        self._condition = "" if profile is None else " AND profile = :profile"
        self._values = {"profile": profile}

    def targets(self, kind: str, model: str | None = None) -> list[str]:
        """Names of targets of a kind with runs in the journal; only of ``model``, a name or id, if given."""
        of_model = "" if model is None else " AND :model IN (model_id, model_name)"
        return self._names("name", f"kind = :kind{of_model}", kind=kind, model=model)

    def tasks(self, kind: str, target: str) -> list[str]:
        """Task ids of a target, which is given by name or id."""
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
    """The default profile, else the only one; ``None`` if there is neither."""
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
