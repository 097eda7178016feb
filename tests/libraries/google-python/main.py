import functions_framework


@functions_framework.http
def hello(request):
    print("method", request.method)
    return {"query": dict(request.args), "body": request.get_json(silent=True)}, 201, {"X-Test": "yes"}


@functions_framework.cloud_event
def on_event(event):
    print("type", event["type"], "subject", event["subject"], "bucket", event.data["bucket"])
    if event.data["bucket"] == "broken":
        raise ValueError("broken bucket")
