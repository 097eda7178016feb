"""Adapter for Google Cloud Functions."""

<%if trigger == "queue"%>
import base64
import json
<%end%>
import logging

import functions_framework

<%if trigger == "http"%>
from core import respond
<%else%>
from core import Message, handle
<%end%>

logging.getLogger().setLevel(logging.INFO)

<%if trigger == "http"%>

@functions_framework.http
def <%name|snake%>(request):
    status, answer = respond(request.args, request.get_data(as_text=True))
    logging.info("answered %d", status)
    return answer, status
<%else%>

@functions_framework.cloud_event
def <%name|snake%>(event):
<%if trigger == "queue"%>
    # An exception is answered with 500, and Pub/Sub delivers the message again.
    message = event.data["message"]
    data = json.loads(base64.b64decode(message["data"]))
    logging.info("handled %s", handle(Message(message["messageId"], event["source"], data)))
<%elif trigger == "schedule"%>
    logging.info("handled %s", handle(Message(event["id"], event["source"], {"time": event["time"]})))
<%elif trigger == "storage"%>
    stored = event.data
    data = {"bucket": stored["bucket"], "key": stored["name"], "size": int(stored["size"])}
    logging.info("handled %s", handle(Message(stored["id"], event["source"], data)))
<%elif trigger == "event"%>
    logging.info("handled %s", handle(Message(event["id"], event["source"], event.data)))
<%else%>
    change = event.data
    data = {"new": change.get("value"), "old": change.get("oldValue")}
    logging.info("handled %s", handle(Message(event["id"], event["source"], data)))
<%end%>
<%end%>
