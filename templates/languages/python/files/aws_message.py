<%if trigger == "queue"%>
"""Adapter for AWS Lambda: a batch of an SQS queue."""
<%elif trigger == "stream"%>
"""Adapter for AWS Lambda: a batch of a DynamoDB stream."""
<%elif trigger == "storage"%>
"""Adapter for AWS Lambda: notifications of an S3 bucket."""
<%elif trigger == "schedule"%>
"""Adapter for AWS Lambda: a rule on a schedule."""
<%else%>
"""Adapter for AWS Lambda: an event of an EventBridge bus."""
<%end%>

<%if trigger == "queue"%>
import json
import logging
<%elif trigger == "storage"%>
import logging
from urllib.parse import unquote_plus
<%else%>
import logging
<%end%>

from core import Message, handle

logging.getLogger().setLevel(logging.INFO)

<%if trigger == "queue"%>

def handler(event, context):
    """Names the messages that failed; Lambda delivers only those again."""
    failed = []
    for record in event["Records"]:
        try:
            logging.info("handled %s", handle(_message(record)))
        except Exception:
            logging.exception("message %s failed", record["messageId"])
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def _message(record):
    return Message(record["messageId"], record["eventSourceARN"], json.loads(record["body"]))
<%elif trigger == "stream"%>

def handler(event, context):
    """Stops at the first change that fails: Lambda goes on from there, so the order holds."""
    for record in event["Records"]:
        try:
            logging.info("handled %s", handle(_message(record)))
        except Exception:
            number = record["dynamodb"]["SequenceNumber"]
            logging.exception("change %s failed", number)
            return {"batchItemFailures": [{"itemIdentifier": number}]}
    return {"batchItemFailures": []}


def _message(record):
    change = record["dynamodb"]
    data = {
        "operation": record["eventName"],
        "keys": change["Keys"],
        "new": change.get("NewImage"),
        "old": change.get("OldImage"),
    }
    return Message(record["eventID"], record["eventSourceARN"], data)
<%elif trigger == "storage"%>

def handler(event, context):
    for record in event["Records"]:
        logging.info("handled %s", handle(_message(record)))


def _message(record):
    bucket, stored = record["s3"]["bucket"], record["s3"]["object"]
    key = unquote_plus(stored["key"])
    data = {"bucket": bucket["name"], "key": key, "size": stored.get("size")}
    # The sequencer differs for each version of a key, and is the same when delivered again.
    return Message(f"{key}@{stored['sequencer']}", bucket["arn"], data)
<%elif trigger == "schedule"%>

def handler(event, context):
    message = Message(event["id"], event["resources"][0], {"time": event["time"]})
    logging.info("handled %s", handle(message))
<%else%>

def handler(event, context):
    message = Message(event["id"], event["source"], event["detail"])
    logging.info("handled %s", handle(message))
<%end%>
