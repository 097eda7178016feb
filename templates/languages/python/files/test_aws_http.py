import base64
import json
import unittest

from tests import sample
from app import handler


class HandlerTest(unittest.TestCase):
    def test_answers_a_request(self):
        answer = handler(sample("aws-http"), None)
        self.assertEqual(answer["statusCode"], 200)
        self.assertEqual(json.loads(answer["body"]), {"message": "Hello, Ada!"})

    def test_reads_the_body(self):
        event = sample("aws-http-post")
        self.assertEqual(json.loads(handler(event, None)["body"]), {"message": "Hello, Grace!"})

    def test_reads_an_encoded_body(self):
        event = sample("aws-http-post")
        event["body"] = base64.b64encode(event["body"].encode()).decode()
        event["isBase64Encoded"] = True
        self.assertEqual(json.loads(handler(event, None)["body"]), {"message": "Hello, Grace!"})

    def test_refuses_a_request_it_cannot_use(self):
        self.assertEqual(handler(sample("aws-http-invalid"), None)["statusCode"], 400)
