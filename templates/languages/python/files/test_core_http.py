import unittest

import tests  # noqa: F401 (sets the path)
from core import LONGEST_NAME, respond


class RespondTest(unittest.TestCase):
    def test_greets_the_name_of_the_query(self):
        self.assertEqual(respond({"name": "Ada"}), (200, {"message": "Hello, Ada!"}))

    def test_greets_the_name_of_the_body(self):
        self.assertEqual(respond({}, '{"name": "Ada"}'), (200, {"message": "Hello, Ada!"}))

    def test_greets_the_world_without_a_name(self):
        self.assertEqual(respond({}), (200, {"message": "Hello, world!"}))

    def test_refuses_what_is_no_name(self):
        for query, body in (
            ({"name": " "}, None),
            ({"name": "x" * (LONGEST_NAME + 1)}, None),
            ({}, "{"),
            ({}, "[]"),
            ({}, '{"name": 1}'),
        ):
            with self.subTest(query=query, body=body):
                status, answer = respond(query, body)
                self.assertEqual(status, 400)
                self.assertIn("error", answer)
