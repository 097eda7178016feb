"""Data that the platforms share for a while.

REDIS_URL=redis://HOST:6379/0 (rediss:// for TLS) names the server; without it the data is in files of
this machine (DATA_FOLDER), which is for trying things out: other machines do not see them.
"""

import hashlib
import json
import os
import pathlib
import tempfile
import time
import uuid

LEASE = 60  # seconds one delivery may work; longer than the function's timeout
KEPT = 14 * 24 * 3600  # seconds a finished id is remembered: as long as a queue may deliver it again

# Only who holds the lease may end it: after a pause it may be somebody else's.
FINISH = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('set', KEYS[1], 'done', 'EX', ARGV[2]) end"
RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end"


class Busy(Exception):
    """Another delivery of the same message is being worked on: fail, to have it delivered later."""


def connect(url=None):
    """The cache; keep it beside the handler, so that warm invocations use its connection again."""
    url = os.environ.get("REDIS_URL") if url is None else url
    if not url:
        return Cache(_Files(pathlib.Path(os.environ.get("DATA_FOLDER") or tempfile.gettempdir())))
    import redis  # only where it is used: it costs a cold start

    return Cache(_Server(redis.Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5)))


class Cache:
    def __init__(self, store):
        self._store = store

    def close(self):
        self._store.close()

    def once(self, id, work):
        """Calls `work()` unless it was done for this id; says whether it called it."""
        key, token = f"<%name%>:done:{id}", str(uuid.uuid4())
        held = self._store.claim(key, token, LEASE)
        if held is not None:
            if held == "done":
                return False
            raise Busy(id)
        try:
            work()
        except BaseException:
            self._store.release(key, token)
            raise
        self._store.finish(key, token, KEPT)
        return True

    def get(self, key):
        """The value of `key`; None when there is none (any more)."""
        text = self._store.get(f"<%name%>:{key}")
        return None if text is None else json.loads(text)

    def put(self, key, value, seconds):
        """Keeps the value for so many seconds."""
        self._store.put(f"<%name%>:{key}", json.dumps(value), seconds)


class _Server:
    def __init__(self, client):
        self._client = client
        self._finish = client.register_script(FINISH)
        self._release = client.register_script(RELEASE)

    def close(self):
        self._client.close()

    def claim(self, key, token, seconds):
        """None when the key is now this token's; else what holds it."""
        while not self._client.set(key, token, nx=True, ex=seconds):
            held = self._client.get(key)
            if held is not None:  # it may have run out between the two commands
                return held.decode()
        return None

    def finish(self, key, token, seconds):
        self._finish(keys=[key], args=[token, seconds])

    def release(self, key, token):
        self._release(keys=[key], args=[token])

    def get(self, key):
        return self._client.get(key)

    def put(self, key, text, seconds):
        self._client.set(key, text, ex=seconds)


class _Files:
    def __init__(self, folder):
        self._folder = folder / "<%name%>-cache"
        self._folder.mkdir(parents=True, exist_ok=True)

    def close(self):
        pass

    def claim(self, key, token, seconds):
        held = self.get(key)
        if held is not None:
            return held
        self._path(key).unlink(missing_ok=True)
        try:
            with open(self._path(key), "x") as file:
                file.write(_entry(token, seconds))
        except FileExistsError:
            return "somebody"
        return None

    def finish(self, key, token, seconds):
        if self.get(key) == token:
            self.put(key, "done", seconds)

    def release(self, key, token):
        if self.get(key) == token:
            self._path(key).unlink()

    def get(self, key):
        try:
            kept = json.loads(self._path(key).read_text())
        except (FileNotFoundError, ValueError):
            return None
        return kept["text"] if kept["until"] > time.time() * 1000 else None

    def put(self, key, text, seconds):
        fresh = self._path(f"{key} {uuid.uuid4()}")
        fresh.write_text(_entry(text, seconds))
        fresh.replace(self._path(key))

    def _path(self, key):
        return self._folder / hashlib.sha256(key.encode()).hexdigest()


def _entry(text, seconds):
    return json.dumps({"text": text, "until": int((time.time() + seconds) * 1000)})
