"""Adapter for AWS Lambda: HTTP APIs and function URLs (payload format 2.0)."""

import base64
import json
import logging

from core import respond

logging.getLogger().setLevel(logging.INFO)


def handler(event, context):
    body = event.get("body")
    if body and event.get("isBase64Encoded"):
        body = base64.b64decode(body).decode("utf-8", "replace")
    status, answer = respond(event.get("queryStringParameters") or {}, body)
    logging.info("answered %d", status)
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(answer),
    }
