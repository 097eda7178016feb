"""Data that the platforms share.

DATABASE_URL=postgresql://USER:PASSWORD@HOST/NAME names the server; without it the data is in files of
this machine (DATA_FOLDER), which is for trying things out: other machines do not see them, and what
`work` put before it failed stays there.
"""

import hashlib
import json
import os
import pathlib
import select
import tempfile
import threading
import uuid

TABLES = (
    "CREATE TABLE IF NOT EXISTS done (id TEXT PRIMARY KEY)",
    "CREATE TABLE IF NOT EXISTS items (key TEXT PRIMARY KEY, version BIGINT NOT NULL, value TEXT NOT NULL)",
)


class Conflict(Exception):
    """Somebody else changed the item since it was read: read it again and decide anew."""

    def __init__(self, key, version):
        super().__init__(f"`{key}` is no longer at version {version}")


class Database:
    """Values by key; keep it beside the handler, so that warm invocations use its connection again."""

    def __init__(self, url=None):
        url = os.environ.get("DATABASE_URL") if url is None else url
        folder = os.environ.get("DATA_FOLDER") or tempfile.gettempdir()
        self._store = _Server(url) if url else _Files(pathlib.Path(folder))

    def close(self):
        self._store.close()

    def once(self, id, work):
        """Calls `work()` unless it was done for this id; says whether it called it.

        The mark and what `work` puts here are one transaction: both are kept or, when `work` raises,
        neither, and the message may be delivered again. A second delivery that comes meanwhile waits.
        """
        return self._store.once(id, work)

    def get(self, key):
        """The value of `key` and its version: (None, 0) when there is none."""
        return self._store.get(key)

    def put(self, key, value, version):
        """Replaces what `get` gave with `version`; raises Conflict when it is no longer that."""
        self._store.put(key, value, version)


class _Server:
    def __init__(self, url):
        import psycopg  # only where it is used: it costs a cold start

        self._library, self._url, self._working = psycopg, url, False
        # Threads have one connection: what one does meanwhile would be part of the other's transaction.
        self._turns = threading.RLock()
        self._open()
        # Two first calls at once would both create the tables, and one of them would fail.
        self._run("SELECT pg_advisory_lock(7238)")
        try:
            for table in TABLES:
                self._run(table)
        finally:
            self._run("SELECT pg_advisory_unlock(7238)")

    def close(self):
        self._connection.close()

    def once(self, id, work):
        with self._turns:
            self._run("BEGIN")
            self._working = True
            try:
                first = self._run("INSERT INTO done VALUES (%s) ON CONFLICT DO NOTHING", id).rowcount == 1
                if first:
                    work()
                # COMMIT of a transaction in which a statement failed undoes it without an error.
                if self._run("COMMIT").statusmessage != "COMMIT":
                    raise RuntimeError("a statement failed")
            except BaseException:
                if not self._connection.closed:
                    self._run("ROLLBACK")
                raise
            finally:
                self._working = False
            return first

    def get(self, key):
        row = self._run("SELECT value, version FROM items WHERE key = %s", key).fetchone()
        return (json.loads(row[0]), row[1]) if row else (None, 0)

    def put(self, key, value, version):
        text = json.dumps(value)
        if version == 0:
            changed = self._run("INSERT INTO items VALUES (%s, 1, %s) ON CONFLICT DO NOTHING", key, text)
        else:
            changed = self._run(
                "UPDATE items SET value = %s, version = version + 1 WHERE key = %s AND version = %s",
                text, key, version,
            )
        if changed.rowcount != 1:
            raise Conflict(key, version)

    def _run(self, sql, *values):
        with self._turns:
            # A connection that broke is made anew, but never in the middle of a transaction.
            if not self._working and not self._is_open():
                self._open()
            return self._connection.execute(sql, values)

    def _open(self):
        self._connection = self._library.connect(self._url, autocommit=True, connect_timeout=5)

    def _is_open(self):
        """Whether the server is there still: when it went away meanwhile, that waits to be read."""
        try:
            while select.select([self._connection.fileno()], [], [], 0)[0]:
                self._connection.pgconn.consume_input()
        except self._library.OperationalError:
            return False
        return True


class _Files:
    """A file an item, or a message that is done."""

    def __init__(self, folder):
        self._folder = folder / "<%name%>"
        self._folder.mkdir(parents=True, exist_ok=True)

    def close(self):
        pass

    def once(self, id, work):
        mark = self._path(f"done-{id}")
        try:
            with open(mark, "x") as file:
                file.write(id)
        except FileExistsError:
            return False
        try:
            work()
        except BaseException:
            mark.unlink()
            raise
        return True

    def get(self, key):
        try:
            item = json.loads(self._path(key).read_text())
        except FileNotFoundError:
            return None, 0
        return item["value"], item["version"]

    def put(self, key, value, version):
        if self.get(key)[1] != version:
            raise Conflict(key, version)
        fresh = self._folder / f".{uuid.uuid4()}"
        fresh.write_text(json.dumps({"value": value, "version": version + 1}))
        try:
            if version == 0:
                os.link(fresh, self._path(key))  # fails when there is one, where a rename replaces it
            else:
                os.replace(fresh, self._path(key))
        except FileExistsError:
            raise Conflict(key, version) from None
        finally:
            fresh.unlink(missing_ok=True)

    def _path(self, key):
        return self._folder / hashlib.sha256(key.encode()).hexdigest()
