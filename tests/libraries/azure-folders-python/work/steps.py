import azure.functions as func


def run(item: func.QueueMessage) -> str:
    message = item.get_json()
    if message.get("fail"):
        raise ValueError("asked to fail")
    return f"{message['n']} at attempt {item.dequeue_count}"
