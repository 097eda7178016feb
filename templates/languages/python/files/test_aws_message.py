<%if trigger == "event"%>
import logging
<%end%>
import unittest

from tests import sample
from app import handler
<%if trigger == "event"%>
from core import InvalidMessage
<%end%>


class HandlerTest(unittest.TestCase):
    def test_handles_the_event(self):
        with self.assertLogs(level="INFO") as logs:
            answer = handler(sample("aws-<%trigger%>"), None)
<%if trigger == "queue" or trigger == "stream"%>
        self.assertEqual(answer, {"batchItemFailures": []})
        self.assertEqual(len(logs.output), 2)
<%else%>
        self.assertIsNone(answer)
        self.assertEqual(len(logs.output), 1)
<%end%>
<%if trigger == "storage"%>

    def test_decodes_the_key(self):
        with self.assertLogs(level="INFO") as logs:
            handler(sample("aws-storage"), None)
        self.assertIn("happy face.jpg", logs.output[0])
<%elif trigger == "queue"%>

    def test_names_only_the_message_that_failed(self):
        event = sample("aws-queue-poison")
        with self.assertLogs(level="ERROR"):
            answer = handler(event, None)
        failed = event["Records"][1]["messageId"]
        self.assertEqual(answer, {"batchItemFailures": [{"itemIdentifier": failed}]})
<%elif trigger == "event"%>

    def test_fails_for_an_event_it_cannot_use(self):
        with self.assertRaises(InvalidMessage):
            handler(sample("aws-event-poison"), None)
<%end%>
