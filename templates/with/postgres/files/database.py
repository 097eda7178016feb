"""Data that the platforms share.

DATABASE_URL=postgresql://USER:PASSWORD@HOST/NAME names the server; without it the data is in a file
of this machine (DATA_FOLDER), which is for trying things out: other machines do not see it.
"""

import json
import os
import pathlib
import sqlite3
import tempfile

TABLES = (
    "CREATE TABLE IF NOT EXISTS done (id TEXT PRIMARY KEY)",
    "CREATE TABLE IF NOT EXISTS items (key TEXT PRIMARY KEY, version BIGINT NOT NULL, value TEXT NOT NULL)",
)


class Conflict(Exception):
    """Somebody else changed the item since it was read: read it again and decide anew."""


class Database:
    """One connection; keep it beside the handler, so that warm invocations use it again."""

    def __init__(self, url=None):
        url = os.environ.get("DATABASE_URL") if url is None else url
        self._server = bool(url)
        if self._server:
            import psycopg  # only where it is used: it costs a cold start

            self._connection = psycopg.connect(url, autocommit=True, connect_timeout=5)
            # Two first calls at once would both create the tables, and one of them would fail.
            self._run("SELECT pg_advisory_lock(7238)")
        else:
            folder = pathlib.Path(os.environ.get("DATA_FOLDER") or tempfile.gettempdir())
            folder.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(folder / "<%name%>.db", isolation_level=None, timeout=5)
        try:
            for table in TABLES:
                self._run(table)
        finally:
            if self._server:
                self._run("SELECT pg_advisory_unlock(7238)")

    def close(self):
        self._connection.close()

    def once(self, id, work):
        """Calls `work()` unless it was done for this id; says whether it called it.

        The mark and what `work` puts here are one transaction: both are kept or, when `work` raises,
        neither, and the message may be delivered again. A second delivery that comes meanwhile waits.
        """
        self._run("BEGIN" if self._server else "BEGIN IMMEDIATE")
        try:
            first = self._run("INSERT INTO done VALUES (?) ON CONFLICT DO NOTHING", id).rowcount == 1
            if first:
                work()
        except BaseException:
            self._run("ROLLBACK")
            raise
        self._run("COMMIT")
        return first

    def get(self, key):
        """The value of `key` and its version: (None, 0) when there is none."""
        row = self._run("SELECT value, version FROM items WHERE key = ?", key).fetchone()
        return (json.loads(row[0]), row[1]) if row else (None, 0)

    def put(self, key, value, version):
        """Replaces what `get` gave with `version`; raises Conflict when it is no longer that."""
        text = json.dumps(value)
        if version == 0:
            changed = self._run("INSERT INTO items VALUES (?, 1, ?) ON CONFLICT DO NOTHING", key, text)
        else:
            changed = self._run(
                "UPDATE items SET value = ?, version = version + 1 WHERE key = ? AND version = ?",
                text, key, version,
            )
        if changed.rowcount != 1:
            raise Conflict(f"`{key}` is no longer at version {version}")

    def _run(self, sql, *values):
        return self._connection.execute(sql.replace("?", "%s") if self._server else sql, values)
