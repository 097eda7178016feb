def handler(event, context):
    if event["name"] == "fail":
        raise ValueError("asked to fail")
    return f"hello {event['name']}"
