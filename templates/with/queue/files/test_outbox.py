import os
import tempfile
import time
import unittest

import tests  # noqa: F401 (sets the path)
from outbox import connect


class OutboxTest(unittest.TestCase):
    """With QUEUE_URL set, all of it runs against that server; with files otherwise."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        os.environ["DATA_FOLDER"] = folder.name
        self.queue = self.connect()
        self.other = self.connect()
        while (left := self.queue.take(0)) is not None:
            self.queue.done(left)

    def connect(self):
        queue = connect()
        self.addCleanup(queue.close)
        return queue

    def test_gives_each_message_to_one_in_the_order_they_came(self):
        ids = [self.queue.send({"n": n}) for n in range(3)]
        taken = [self.queue.take(), self.other.take(), self.queue.take()]
        self.assertEqual([message.id for message in taken], ids)
        self.assertEqual([message.data["n"] for message in taken], [0, 1, 2])
        self.assertIsNone(self.other.take())

    def test_forgets_what_is_done(self):
        self.queue.send({"n": 1})
        self.queue.done(self.queue.take(0.01))
        time.sleep(0.05)
        self.assertIsNone(self.other.take(0.01))

    def test_delivers_again_what_is_not_done_in_time(self):
        id = self.queue.send({"n": 1})
        self.assertEqual(self.queue.take(0.01).id, id)
        time.sleep(0.05)
        again = self.other.take(0.01)
        self.assertEqual((again.id, again.data), (id, {"n": 1}))
