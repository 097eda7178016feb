import os
import tempfile
import threading
import time
import unittest
import uuid

import tests  # noqa: F401 (sets the path)
from database import Conflict, Database


class DatabaseTest(unittest.TestCase):
    """With DATABASE_URL set, all of it runs against that server; with files otherwise."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        os.environ["DATA_FOLDER"] = folder.name
        self.database = self.connect()
        self.key = str(uuid.uuid4())

    def connect(self):
        database = Database()
        self.addCleanup(database.close)
        return database

    def test_does_the_work_of_a_message_once(self):
        calls = []
        self.assertTrue(self.database.once(self.key, lambda: calls.append(1)))
        self.assertFalse(self.connect().once(self.key, lambda: calls.append(2)))
        self.assertEqual(calls, [1])

    def test_does_it_again_when_it_failed(self):
        def fail():
            self.database.put(self.key, "half done", 0)
            raise RuntimeError("no")

        with self.assertRaises(RuntimeError):
            self.database.once(self.key, fail)
        if os.environ.get("DATABASE_URL"):
            self.assertEqual(self.database.get(self.key), (None, 0))
        self.assertTrue(self.database.once(self.key, lambda: None))

    def test_undoes_nothing_that_was_done_meanwhile(self):
        begun = threading.Event()

        def fail():
            begun.set()
            time.sleep(0.05)
            raise RuntimeError("no")

        def failing():
            with self.assertRaises(RuntimeError):
                self.database.once(f"{self.key}-failing", fail)

        thread = threading.Thread(target=failing)
        thread.start()
        begun.wait(5)
        self.database.once(self.key, lambda: self.database.put(self.key, 1, 0))
        thread.join()
        self.assertEqual(self.connect().get(self.key), (1, 1))

    def test_refuses_to_overwrite_what_somebody_else_changed(self):
        self.database.put(self.key, {"stock": 2}, 0)
        value, version = self.database.get(self.key)
        self.connect().put(self.key, {"stock": 1}, version)
        with self.assertRaises(Conflict):
            self.database.put(self.key, {"stock": value["stock"] - 1}, version)
        self.assertEqual(self.database.get(self.key), ({"stock": 1}, version + 1))
