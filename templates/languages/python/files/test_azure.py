<%if trigger == "queue"%>
import json
<%end%>
import unittest

<%if trigger == "http"%>
import tests  # noqa: F401 (sets the path)
<%else%>
from tests import sample
<%end%>

try:
    import azure.functions as func
    from function_app import app
except ModuleNotFoundError as missing:
    raise unittest.SkipTest(f"{missing}: python3 -m pip install -r src/requirements.txt")

(FUNCTION,) = app.get_functions()
handler = FUNCTION.get_user_function()


class FunctionTest(unittest.TestCase):
    def test_is_registered_under_its_name(self):
        self.assertEqual(FUNCTION.get_function_name(), "<%name%>")

<%if trigger == "http"%>
    def request(self, **params):
        return func.HttpRequest("GET", "/<%name%>", params=params, body=b"")

    def test_answers_a_request(self):
        answer = handler(self.request(name="Ada"))
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.get_body(), b'{"message": "Hello, Ada!"}')

    def test_refuses_a_request_it_cannot_use(self):
        self.assertEqual(handler(self.request(name=" ")).status_code, 400)
<%elif trigger == "schedule"%>
    def test_handles_a_tick(self):
        timer = sample("azure-schedule")["Data"]["timer"]

        class Timer(func.TimerRequest):
            past_due = timer["IsPastDue"]

        with self.assertLogs(level="INFO"):
            handler(Timer())
<%elif trigger == "queue"%>
    def test_handles_a_message(self):
        event = sample("azure-queue")
        message = func.QueueMessage(id=event["Metadata"]["Id"], body=event["Data"]["message"])
        with self.assertLogs(level="INFO"):
            handler(message)

    def test_fails_for_a_message_it_cannot_read(self):
        event = sample("azure-queue-poison")
        with self.assertRaises(json.JSONDecodeError):
            handler(func.QueueMessage(id="1", body=event["Data"]["message"]))
<%elif trigger == "storage"%>
    def test_handles_a_blob(self):
        event = sample("azure-storage")

        class Blob:
            name = event["Metadata"]["BlobTrigger"]
            uri = event["Metadata"]["Uri"]
            length = len(event["Data"]["blob"])

        with self.assertLogs(level="INFO"):
            handler(Blob())
<%elif trigger == "event"%>
    def test_handles_an_event(self):
        event = sample("azure-event")["Data"]["event"]
        with self.assertLogs(level="INFO"):
            handler(
                func.EventGridEvent(
                    id=event["id"],
                    topic=event["topic"],
                    subject=event["subject"],
                    event_type=event["eventType"],
                    event_time=None,
                    data=event["data"],
                    data_version=event["dataVersion"],
                )
            )
<%else%>
    def test_handles_each_document(self):
        documents = sample("azure-stream")["Data"]["documents"]
        with self.assertLogs(level="INFO") as logs:
            handler(func.DocumentList(map(func.Document.from_dict, documents)))
        self.assertEqual(len(logs.output), len(documents))
<%end%>
