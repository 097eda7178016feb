def handler(event, context):
    print("got", sorted(event))
    if "Records" in event:
        return {"count": len(event["Records"])}
    return {"greeting": "Hello " + event["name"]}
