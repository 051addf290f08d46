"""The journal's tables, and the steps that bring a file of an earlier version to them.

A new file is made like an old one is brought up: the tables of version 1, then every step. So both have the
same tables, and there is one place that says what they are.

To change the tables:

1. Before anything else is changed, keep a file of the version as it is:
   ``python -m tests.support.journal_sample tests/core/journal/journals/version-N.db``. The tests open every
   file in there.
2. Write a function ``_to_M(sql)`` below, M being N + 1, and append it to ``STEPS``. ``VERSION`` follows.
3. Let ``tests.support.journal_sample`` put something into what is new.

A step runs inside one transaction together with all others that a file lacks: it uses ``sql.execute`` only
(``executescript`` would commit), and foreign keys are not enforced while it runs. It adds; it renames and
drops nothing, and a new column has a default or may be null. For the app of the version before may be open on
the file at that moment, and it goes on reading and writing what it knows.

What is read again as a whole only belongs into one column of JSON (as ``runs.actions``), what is asked for or
sorted by into columns of their own. A row that belongs to a run refers to it with ``ON DELETE CASCADE``; then
pruning takes it along.
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
"""Version 1, as the first app made it. It stays as it is: what came later is a step."""
FIRST_TABLES = frozenset({"runs", "states", "files", "choices"})
"""A file without all of these is no journal of any version."""


def _to_2(sql: sqlite3.Connection) -> None:
    """Wanted downloads and the order of runs, which files of version 1 have or lack; where a run was started.

    ``origin`` is ``here`` or ``elsewhere``. Version 1 called a run adopted both when its task was found after
    a lost answer and when the task was one of others; only the start of the first wrote down what was there
    before.
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
    """The time that a fetched file had when it was whole, and the uploads that are in force."""
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
    """Who started a run of elsewhere, when the service names anybody."""
    sql.execute("ALTER TABLE runs ADD COLUMN started_by TEXT")


def _to_5(sql: sqlite3.Connection) -> None:
    """What others ran, and plays of runbooks."""
    _history(sql)
    _plays(sql)


def _history(sql: sqlite3.Connection) -> None:
    """What was opened, which dumps cannot be had, and who reads the task lists of a model.

    What was known before was run or opened by the operator, so it counts as seen.
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
    """Plays of runbooks, and their steps."""
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
    """The version of the tables that this app works with."""
    return 1 + len(STEPS)


def version_of(sql: sqlite3.Connection) -> int:
    """The version of a file; 0 for one that no app has made its own."""
    return int(sql.execute("PRAGMA user_version").fetchone()[0])


def make(sql: sqlite3.Connection) -> None:
    """All tables, in an empty file and inside the caller's transaction."""
    for statement in _FIRST:
        sql.execute(statement)
    _go_on(sql, 1)


def bring_up(sql: sqlite3.Connection) -> None:
    """Play the steps that the file lacks, inside the caller's transaction."""
    _go_on(sql, version_of(sql))


def _go_on(sql: sqlite3.Connection, at: int) -> None:
    for step in STEPS[at - 1 :]:
        step(sql)
    sql.execute(f"PRAGMA user_version = {version()}")
