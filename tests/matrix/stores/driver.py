import sys

sys.path.insert(0, "src")
import cache  # noqa: E402
import objects  # noqa: E402
import outbox  # noqa: E402
from database import Database  # noqa: E402

DATABASE, CACHE, OUTBOX, OBJECTS = Database(), cache.connect(), outbox.connect(), objects.connect()


def check(holds, what):
    if not holds:
        raise AssertionError(what)


def write(key):
    check(DATABASE.once(f"w{key}", lambda: DATABASE.put(key, {"from": key}, 0)), "database: done before")
    check(CACHE.once(f"w{key}", lambda: None), "cache: done before")
    CACHE.put(key, {"from": key}, 60)
    OUTBOX.send({"from": key})
    OBJECTS.put(key, key.encode(), None)


def read(key):
    check(DATABASE.get(key) == ({"from": key}, 1), f"database: {DATABASE.get(key)}")
    check(not DATABASE.once(f"w{key}", lambda: None), "database: not done")
    check(CACHE.get(key) == {"from": key}, f"cache: {CACHE.get(key)}")
    check(not CACHE.once(f"w{key}", lambda: None), "cache: not done")
    taken = OUTBOX.take()
    check(taken and taken.data == {"from": key}, f"outbox: {taken}")
    OUTBOX.done(taken)
    check(OBJECTS.get(key)[0] == key.encode(), f"objects: {OBJECTS.get(key)}")


for line in sys.stdin:
    step, key = line.split()
    try:
        {"write": write, "read": read}[step](key)
        print("ok", flush=True)
    except Exception as problem:
        print(f"{type(problem).__name__}: {problem}".replace("\n", " "), flush=True)
