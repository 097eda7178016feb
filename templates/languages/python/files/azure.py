"""Adapter for Azure Functions."""

<%if trigger == "http" or trigger == "queue"%>
import json
<%end%>
import logging

import azure.functions as func

<%if trigger == "http"%>
from core import respond
<%else%>
from core import Message, handle
<%end%>

app = func.FunctionApp()


@app.function_name("<%name%>")
<%if trigger == "http"%>
@app.route(route="<%name%>", methods=["GET", "POST"], auth_level=func.AuthLevel.FUNCTION)
def <%name|snake%>(req: func.HttpRequest) -> func.HttpResponse:
    status, answer = respond(req.params, req.get_body().decode("utf-8", "replace"))
    logging.info("answered %d", status)
    return func.HttpResponse(
        json.dumps(answer), status_code=status, mimetype="application/json"
    )
<%elif trigger == "schedule"%>
@app.timer_trigger(schedule="0 */5 * * * *", arg_name="timer")
def <%name|snake%>(timer: func.TimerRequest) -> None:
    message = Message("timer", "timer", {"pastDue": timer.past_due})
    logging.info("handled %s", handle(message))
<%elif trigger == "queue"%>
@app.queue_trigger(arg_name="message", queue_name="<%name%>", connection="AzureWebJobsStorage")
def <%name|snake%>(message: func.QueueMessage) -> None:
    # An exception leaves the message in the queue; after five it goes to <%name%>-poison.
    data = json.loads(message.get_body())
    logging.info("handled %s", handle(Message(message.id, "<%name%>", data)))
<%elif trigger == "storage"%>
@app.blob_trigger(
    arg_name="blob", path="<%name%>/{name}", source="EventGrid", connection="AzureWebJobsStorage"
)
def <%name|snake%>(blob: func.InputStream) -> None:
    data = {"name": blob.name, "uri": blob.uri, "size": blob.length}
    logging.info("handled %s", handle(Message(blob.uri or blob.name, "<%name%>", data)))
<%elif trigger == "event"%>
@app.event_grid_trigger(arg_name="event")
def <%name|snake%>(event: func.EventGridEvent) -> None:
    message = Message(event.id, event.topic or event.event_type, event.get_json())
    logging.info("handled %s", handle(message))
<%else%>
@app.cosmos_db_trigger(
    arg_name="documents",
    database_name="<%name%>",
    container_name="items",
    connection="CosmosConnection",
    create_lease_container_if_not_exists=True,
)
def <%name|snake%>(documents: func.DocumentList) -> None:
    for document in documents:
        # The etag differs for each version of a document.
        message = Message(f"{document['id']}@{document.get('_etag')}", "<%name%>", dict(document))
        logging.info("handled %s", handle(message))
<%end%>
