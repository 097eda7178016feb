"""A queue between platforms: what one puts in, another takes out.

QUEUE_URL=redis://HOST:6379/0 (rediss:// for TLS) names the server; without it the messages are files
of this machine (DATA_FOLDER), which is for trying things out: other machines do not see them.
"""

import itertools
import json
import os
import pathlib
import tempfile
import time
import uuid
from dataclasses import dataclass
from typing import Any

LEASE = 60  # seconds a taken message is hidden; then it is delivered again


@dataclass(frozen=True)
class Taken:
    id: str  # the same each time it is delivered: what to key idempotency by
    data: Any
    receipt: str


def connect(url=None):
    """The queue; keep it beside the handler, so that warm invocations use its connection again."""
    url = os.environ.get("QUEUE_URL") if url is None else url
    if not url:
        return _Files(pathlib.Path(os.environ.get("DATA_FOLDER") or tempfile.gettempdir()))
    import redis  # only where it is used: it costs a cold start

    return _Stream(redis.Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5))


class _Stream:
    """A Redis stream with one group of consumers: every message goes to one of them."""

    KEY, GROUP = "<%name%>:queue", "workers"

    def __init__(self, client):
        self._client = client
        self._consumer = str(uuid.uuid4())
        try:
            client.xgroup_create(self.KEY, self.GROUP, id="0", mkstream=True)
        except Exception as problem:
            if "BUSYGROUP" not in str(problem):  # somebody made it before
                raise

    def close(self):
        self._client.close()

    def send(self, data):
        """Puts one message in and returns its id."""
        id = str(uuid.uuid4())
        self._client.xadd(self.KEY, {"id": id, "data": json.dumps(data)})
        return id

    def take(self, lease=LEASE):
        """One message, hidden from others for `lease` seconds; None when there is none."""
        _, late, *_ = self._client.xautoclaim(
            self.KEY, self.GROUP, self._consumer, int(lease * 1000), "0", count=1
        )
        if not late:
            fresh = self._client.xreadgroup(self.GROUP, self._consumer, {self.KEY: ">"}, count=1)
            streams = list(fresh.values()) if isinstance(fresh, dict) else [s[1] for s in fresh or []]
            late = [entry for stream in streams for entry in _entries(stream)]
        if not late:
            return None
        receipt, fields = late[0]
        return Taken(fields[b"id"].decode(), json.loads(fields[b"data"]), receipt.decode())

    def done(self, taken):
        """Takes the message out for good."""
        self._client.xack(self.KEY, self.GROUP, taken.receipt)
        self._client.xdel(self.KEY, taken.receipt)


def _entries(stream):
    """The entries of a stream; newer versions of the client wrap them once more."""
    return stream[0] if stream and isinstance(stream[0], list) else stream


class _Files:
    """A file a message; its name says when it may be taken, so a rename takes it."""

    def __init__(self, folder):
        self._folder = folder / "<%name%>-queue"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._sent = itertools.count(1)

    def close(self):
        pass

    def send(self, data):
        id = str(uuid.uuid4())
        hidden = self._folder / f".{id}"
        hidden.write_text(json.dumps(data))
        hidden.rename(self._folder / _name(time.time(), next(self._sent), id))
        return id

    def take(self, lease=LEASE):
        for file in sorted(self._folder.glob("[0-9]*")):
            since, _, id = file.name.split("-", 2)
            if int(since) > time.time() * 1000:
                return None
            taken = self._folder / _name(time.time() + lease, 0, id)
            try:
                file.rename(taken)
            except FileNotFoundError:  # somebody was faster
                continue
            return Taken(id, json.loads(taken.read_text()), taken.name)
        return None

    def done(self, taken):
        (self._folder / taken.receipt).unlink(missing_ok=True)


def _name(since, count, id):
    """Sorts by time, and by the count what is sent within a millisecond."""
    return f"{int(since * 1000):016}-{count:08}-{id}"
