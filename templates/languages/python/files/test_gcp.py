import unittest

<%if trigger == "http"%>
from tests import ROOT
<%else%>
from tests import ROOT, sample
<%end%>

try:
    import functions_framework
except ModuleNotFoundError as missing:
    raise unittest.SkipTest(f"{missing}: python3 -m pip install -r src/requirements.txt")


class FunctionTest(unittest.TestCase):
    def setUp(self):
        source = str(ROOT / "src" / "main.py")
        self.client = functions_framework.create_app("<%name|snake%>", source).test_client()

<%if trigger == "http"%>
    def test_answers_a_request(self):
        answer = self.client.get("/<%name%>?name=Ada")
        self.assertEqual((answer.status_code, answer.json), (200, {"message": "Hello, Ada!"}))

    def test_refuses_a_request_it_cannot_use(self):
        self.assertEqual(self.client.post("/<%name%>", data="{").status_code, 400)
<%else%>
    def send(self, event):
        return self.client.post(
            "/", json=event, headers={"content-type": "application/cloudevents+json"}
        )

    def test_handles_the_event(self):
        self.assertLess(self.send(sample("gcp-<%trigger%>")).status_code, 300)
<%if trigger == "queue"%>

    def test_fails_for_a_message_it_cannot_read(self):
        self.client.application.testing = False
        self.client.application.config["PROPAGATE_EXCEPTIONS"] = False
        self.assertEqual(self.send(sample("gcp-queue-poison")).status_code, 500)
<%end%>
<%end%>
