import os
import tempfile
import unittest
import uuid

import tests  # noqa: F401 (sets the path)
from objects import Conflict, connect


class ObjectsTest(unittest.TestCase):
    """With OBJECT_STORE_BUCKET set, all of it runs against that store; with files otherwise."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        os.environ["DATA_FOLDER"] = folder.name
        self.objects = connect()
        self.key = f"tests/{uuid.uuid4()}"
        self.addCleanup(self.objects.delete, self.key)

    def test_keeps_bytes(self):
        self.assertEqual(self.objects.get(self.key), (None, None))
        self.objects.put(self.key, b"\x00\xff", None)
        self.assertEqual(connect().get(self.key)[0], b"\x00\xff")

    def test_makes_an_object_only_once(self):
        self.objects.put(self.key, b"1", None)
        with self.assertRaises(Conflict):
            self.objects.put(self.key, b"2", None)

    def test_refuses_to_overwrite_what_somebody_else_changed(self):
        self.objects.put(self.key, b"1", None)
        _, version = self.objects.get(self.key)
        connect().put(self.key, b"2", version)
        with self.assertRaises(Conflict):
            self.objects.put(self.key, b"3", version)
        self.assertEqual(self.objects.get(self.key)[0], b"2")
