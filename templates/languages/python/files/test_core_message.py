import unittest

import tests  # noqa: F401 (sets the path)
from core import InvalidMessage, Message, handle


class HandleTest(unittest.TestCase):
    def test_says_what_was_done(self):
        done = handle(Message("1", "here", {"b": 1, "a": 2}))
        self.assertEqual(done, {"id": "1", "source": "here", "fields": ["a", "b"]})

    def test_does_the_same_when_delivered_again(self):
        message = Message("1", "here", {"a": 1})
        self.assertEqual(handle(message), handle(message))

    def test_refuses_data_that_is_no_object(self):
        for data in (None, "text", [1], 7):
            with self.subTest(data=data), self.assertRaises(InvalidMessage):
                handle(Message("1", "here", data))
