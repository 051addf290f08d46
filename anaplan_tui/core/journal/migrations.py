"""The journal's schema: its tables, and the steps that migrate a file of an earlier version.

A new file is made the way an old one is migrated: the tables of version 1, then every step. So both have the
same tables, and one place defines them.

To change the tables:

1. Before anything else is changed, keep a file of the version as it is:
   ``python -m tests.support.journal_sample tests/core/journal/journals/version-N.db``. The tests open every
   file in there.
2. Write a function ``_to_M(sql)`` below, M being N + 1, and append it to ``STEPS``. ``version()`` follows.
3. Let ``tests.support.journal_sample`` fill the new tables and columns.

All steps that a file lacks run in one transaction. A step uses ``sql.execute`` only (``executescript`` would
commit), and foreign keys are not enforced while it runs. It only adds: it renames and drops nothing, and a
new column has a default or may be null. An app of the previous version may have the file open at that moment,
and keeps reading and writing what it knows.

Data that is only read back as a whole goes into one JSON column (such as ``runs.actions``); data that queries
select or sort by gets its own columns. A row that belongs to a run refers to it with ``ON DELETE CASCADE``,
so that pruning removes it too.
"""

import sqlite3
from collections.abc import Callable

_FIRST = (
    """
    CREATE TABLE runs (
        run_id TEXT PRIMARY KEY,
        profile TEXT NOT NULL,
        host TEXT NOT NULL,
        workspace_id TEXT NOT NULL,
        model_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        target_id TEXT NOT NULL,
        name TEXT NOT NULL,
        workspace_name TEXT NOT NULL,
        model_name TEXT NOT NULL,
        parameters TEXT NOT NULL,
        known_tasks TEXT NOT NULL,
        server_time TEXT,
        user TEXT NOT NULL,
        machine TEXT NOT NULL,
        pid INTEGER NOT NULL,
        process_started TEXT NOT NULL,
        owner_machine TEXT NOT NULL,
        owner_pid INTEGER NOT NULL,
        owner_started TEXT NOT NULL,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL,
        phase TEXT NOT NULL,
        task_id TEXT,
        adopted INTEGER NOT NULL DEFAULT 0,
        state TEXT,
        verdict TEXT,
        reason TEXT NOT NULL DEFAULT '',
        current_step TEXT,
        progress REAL,
        started_at TEXT,
        ended_at TEXT,
        duration_s REAL,
        cancel_requested INTEGER NOT NULL DEFAULT 0,
        cancelled_by TEXT,
        note TEXT NOT NULL DEFAULT '',
        candidates TEXT NOT NULL DEFAULT '[]',
        actions TEXT,
        raw TEXT
    )
    """,
    "CREATE INDEX runs_by_target ON runs (target_id, model_id, created_at)",
    "CREATE INDEX runs_by_task ON runs (task_id)",
    """
    CREATE TABLE states (
        run_id TEXT NOT NULL REFERENCES runs ON DELETE CASCADE,
        at TEXT NOT NULL,
        phase TEXT NOT NULL,
        state TEXT,
        progress REAL,
        current_step TEXT
    )
    """,
    "CREATE INDEX states_by_run ON states (run_id)",
    """
    CREATE TABLE files (
        run_id TEXT REFERENCES runs ON DELETE CASCADE,
        workspace_id TEXT NOT NULL,
        model_id TEXT NOT NULL,
        task_id TEXT,
        object_id TEXT NOT NULL,
        name TEXT NOT NULL,
        path TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        sha256 TEXT,
        chunks INTEGER,
        saved_at TEXT NOT NULL
    )
    """,
    "CREATE INDEX files_by_run ON files (run_id)",
    "CREATE INDEX files_by_task ON files (task_id)",
    """
    CREATE TABLE choices (
        profile TEXT NOT NULL,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (profile, key)
    )
    """,
)
"""Version 1, as the first app made it. Never change it: every later change is a step."""
FIRST_TABLES = frozenset({"runs", "states", "files", "choices"})
"""A file that lacks any of these is not a journal of any version."""


def _to_2(sql: sqlite3.Connection) -> None:
    """Add ``origin``; also wanted downloads and the index by start, which some version 1 files already have.

    ``origin`` is ``here`` or ``elsewhere``. Version 1 called a run adopted both when its task was found after
    a lost answer and when somebody else had started it; only for the former did it record the state before
    the start.
    """
    sql.execute(
        "CREATE INDEX IF NOT EXISTS runs_by_start ON runs "
        "(COALESCE(started_at, server_time, created_at), created_at)"
    )
    sql.execute(
        """
        CREATE TABLE IF NOT EXISTS wanted (
            run_id TEXT NOT NULL REFERENCES runs ON DELETE CASCADE,
            asked TEXT NOT NULL,
            object_id TEXT NOT NULL,
            target TEXT NOT NULL,
            base TEXT,
            name TEXT NOT NULL,
            paused INTEGER NOT NULL DEFAULT 0,
            owner_machine TEXT NOT NULL,
            owner_pid INTEGER NOT NULL,
            owner_started TEXT NOT NULL,
            wanted_at TEXT NOT NULL,
            PRIMARY KEY (run_id, asked, object_id, target)
        )
        """
    )
    sql.execute("ALTER TABLE runs ADD COLUMN origin TEXT NOT NULL DEFAULT 'here'")
    sql.execute(
        "UPDATE runs SET origin = 'elsewhere' "
        "WHERE adopted AND server_time IS NULL AND known_tasks = '[]' AND parameters = '{}'"
    )


def _to_3(sql: sqlite3.Connection) -> None:
    """Add the mtime of a fetched file when it was whole, and the uploads that are in force."""
    sql.execute("ALTER TABLE files ADD COLUMN mtime_ns INTEGER")
    sql.execute(
        """
        CREATE TABLE uploads (
            service TEXT NOT NULL,
            user TEXT NOT NULL,
            workspace_id TEXT NOT NULL,
            model_id TEXT NOT NULL,
            file_id TEXT NOT NULL,
            name TEXT NOT NULL,
            model_name TEXT NOT NULL,
            source TEXT NOT NULL,
            bytes INTEGER NOT NULL,
            rows INTEGER,
            rows_exact INTEGER NOT NULL,
            sent_at TEXT NOT NULL,
            used_at TEXT,
            PRIMARY KEY (service, user, model_id, file_id)
        )
        """
    )


def _to_4(sql: sqlite3.Connection) -> None:
    """Add who started a run elsewhere, if the service names anybody."""
    sql.execute("ALTER TABLE runs ADD COLUMN started_by TEXT")


def _to_5(sql: sqlite3.Connection) -> None:
    """Add the runs of others, and plays of runbooks."""
    _history(sql)
    _plays(sql)


def _history(sql: sqlite3.Connection) -> None:
    """Add which runs were opened, which dumps cannot be fetched, and who reads the task lists of a model.

    Runs that ended before this step were started or opened by the operator, so they count as seen.
    """
    sql.execute("ALTER TABLE runs ADD COLUMN seen_at TEXT")
    sql.execute("UPDATE runs SET seen_at = updated_at WHERE phase NOT IN ('waiting', 'starting', 'running')")
    sql.execute("ALTER TABLE runs ADD COLUMN no_dumps TEXT NOT NULL DEFAULT ''")
    sql.execute(
        "CREATE INDEX IF NOT EXISTS runs_by_model ON runs "
        "(model_id, COALESCE(started_at, server_time, created_at))"
    )
    sql.execute(
        """
        CREATE TABLE sweeps (
            service TEXT NOT NULL,
            model_id TEXT NOT NULL,
            holder TEXT NOT NULL,
            who TEXT NOT NULL,
            owner_machine TEXT NOT NULL,
            owner_pid INTEGER NOT NULL,
            owner_started TEXT NOT NULL,
            beat_at TEXT NOT NULL,
            looked_at TEXT,
            lists_read INTEGER NOT NULL DEFAULT 0,
            lists INTEGER NOT NULL DEFAULT 0,
            going_on TEXT NOT NULL DEFAULT '[]',
            tokens REAL NOT NULL,
            tokens_at TEXT NOT NULL,
            PRIMARY KEY (service, model_id)
        )
        """
    )


def _plays(sql: sqlite3.Connection) -> None:
    """Add plays of runbooks, and their steps."""
    sql.execute(
        """
        CREATE TABLE plays (
            play_id TEXT PRIMARY KEY,
            profile TEXT NOT NULL,
            service TEXT NOT NULL,
            runbook TEXT NOT NULL,
            name TEXT NOT NULL,
            given TEXT NOT NULL,
            at TEXT NOT NULL,
            course TEXT NOT NULL,
            began TEXT NOT NULL,
            ended TEXT,
            updated_at TEXT NOT NULL,
            owner_machine TEXT NOT NULL,
            owner_pid INTEGER NOT NULL,
            owner_started TEXT NOT NULL
        )
        """
    )
    sql.execute("CREATE INDEX plays_by_runbook ON plays (runbook, began)")
    sql.execute(
        """
        CREATE TABLE play_steps (
            play_id TEXT NOT NULL REFERENCES plays ON DELETE CASCADE,
            number INTEGER NOT NULL,
            does TEXT NOT NULL,
            target TEXT NOT NULL,
            name TEXT,
            stage TEXT NOT NULL,
            verdict TEXT,
            reason TEXT NOT NULL,
            code INTEGER NOT NULL,
            stops INTEGER NOT NULL,
            run_id TEXT,
            file TEXT,
            began TEXT,
            ended TEXT,
            fingerprint TEXT NOT NULL,
            PRIMARY KEY (play_id, number)
        )
        """
    )


STEPS: tuple[Callable[[sqlite3.Connection], None], ...] = (_to_2, _to_3, _to_4, _to_5)
"""The first brings version 1 to 2, and so on."""


def version() -> int:
    """The schema version of this app."""
    return 1 + len(STEPS)


def version_of(sql: sqlite3.Connection) -> int:
    """The schema version of a file; 0 if it is empty or not a journal."""
    return int(sql.execute("PRAGMA user_version").fetchone()[0])


def make(sql: sqlite3.Connection) -> None:
    """Make all tables in an empty file, inside the caller's transaction."""
    for statement in _FIRST:
        sql.execute(statement)
    _go_on(sql, 1)


def bring_up(sql: sqlite3.Connection) -> None:
    """Run the steps that the file lacks, inside the caller's transaction."""
    _go_on(sql, version_of(sql))


def _go_on(sql: sqlite3.Connection, at: int) -> None:
    for step in STEPS[at - 1 :]:
        step(sql)
    sql.execute(f"PRAGMA user_version = {version()}")
