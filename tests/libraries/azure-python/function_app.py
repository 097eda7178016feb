import json

import azure.functions as func

app = func.FunctionApp()


@app.route(route="items/{id:int}", methods=["GET", "POST"])
@app.queue_output(arg_name="orders", queue_name="orders", connection="C")
def hello(req: func.HttpRequest, orders: func.Out[str], context: func.Context) -> func.HttpResponse:
    print("method", req.method, context.function_name)
    orders.set(json.dumps({"order": req.route_params["id"]}))
    body = req.get_json() if req.method == "POST" else None
    answer = {"id": req.route_params["id"], "name": req.params.get("name"), "body": body}
    return func.HttpResponse(json.dumps(answer), status_code=201, mimetype="application/json")


@app.route(route="{*rest}", auth_level=func.AuthLevel.ANONYMOUS)
async def any(req: func.HttpRequest) -> str:
    return f"rest {req.route_params['rest']}"


@app.timer_trigger(schedule="0 */5 * * * *", arg_name="timer")
def tick(timer: func.TimerRequest) -> None:
    print("past due", timer.past_due)


@app.queue_trigger(arg_name="message", queue_name="in", connection="C")
@app.queue_output(arg_name="out", queue_name="out", connection="C")
def work(message: func.QueueMessage, out: func.Out[str]) -> None:
    body = message.get_json()
    print("message", body, "dequeue", message.dequeue_count)
    if "fail" in body:
        raise ValueError(f"cannot {body['fail']}")
    out.set(json.dumps(body))


@app.service_bus_queue_trigger(arg_name="message", queue_name="b", connection="C")
def bus(message: func.ServiceBusMessage) -> None:
    print("messages", 1 if message.get_body() else 0, message.message_id)


@app.blob_trigger(arg_name="blob", path="uploads/{name}", connection="C")
def blob(blob: func.InputStream) -> None:
    print("bytes", len(blob.read()), blob.name.split("/")[-1])


@app.event_grid_trigger(arg_name="event")
async def grid(event: func.EventGridEvent) -> None:
    print("subject", event.subject)


@app.event_hub_message_trigger(arg_name="events", event_hub_name="h", connection="C", cardinality=func.Cardinality.MANY)
def hub(events: list[func.EventHubEvent]) -> None:
    print("events", len(events))


@app.cosmos_db_trigger(arg_name="documents", database_name="d", container_name="c", connection="C")
def cosmos(documents: func.DocumentList) -> None:
    print("documents", len(documents), documents[0]["id"])
