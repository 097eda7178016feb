import os
import tempfile
import time
import unittest
import uuid

import tests  # noqa: F401 (sets the path)
from cache import Busy, connect


class CacheTest(unittest.TestCase):
    """With REDIS_URL set, all of it runs against that server; with files otherwise."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        os.environ["DATA_FOLDER"] = folder.name
        self.cache = self.connect()
        self.key = str(uuid.uuid4())

    def connect(self):
        cache = connect()
        self.addCleanup(cache.close)
        return cache

    def test_does_the_work_of_a_message_once(self):
        calls = []
        self.assertTrue(self.cache.once(self.key, lambda: calls.append(1)))
        self.assertFalse(self.connect().once(self.key, lambda: calls.append(2)))
        self.assertEqual(calls, [1])

    def test_does_it_again_when_it_failed(self):
        with self.assertRaises(ZeroDivisionError):
            self.cache.once(self.key, lambda: 1 / 0)
        self.assertTrue(self.cache.once(self.key, lambda: None))

    def test_puts_off_a_delivery_that_comes_meanwhile(self):
        other = self.connect()

        def meanwhile():
            with self.assertRaises(Busy):
                other.once(self.key, lambda: self.fail("done twice at once"))

        self.assertTrue(self.cache.once(self.key, meanwhile))

    def test_forgets_a_value_in_time(self):
        self.cache.put(self.key, {"a": 1}, 1)
        self.assertEqual(self.connect().get(self.key), {"a": 1})
        time.sleep(1.1)
        self.assertIsNone(self.cache.get(self.key))
