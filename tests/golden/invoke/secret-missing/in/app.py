import os


def handler(event, context):
    return {"hello": event["name"], "token": "abc", "text": "key " + os.environ["KEY"]}
