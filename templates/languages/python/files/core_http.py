"""What the function does. It knows no cloud: the adapters beside it call it."""

import json

LONGEST_NAME = 100


class InvalidRequest(ValueError):
    """The caller's mistake, told to the caller."""


def greet(name):
    """The answer to `name`."""
    name = name.strip()
    if not name:
        raise InvalidRequest("name is empty")
    if len(name) > LONGEST_NAME:
        raise InvalidRequest(f"name is longer than {LONGEST_NAME} characters")
    return {"message": f"Hello, {name}!"}


def respond(query, body=None):
    """Status and JSON object for a request with these query parameters and this body (text)."""
    try:
        return 200, greet(_name(query, body))
    except InvalidRequest as problem:
        return 400, {"error": str(problem)}


def _name(query, body):
    if "name" in query:
        return query["name"]
    if not body:
        return "world"
    try:
        fields = json.loads(body)
    except ValueError:
        raise InvalidRequest("body is not JSON") from None
    if not isinstance(fields, dict) or not isinstance(fields.get("name"), str):
        raise InvalidRequest("body has no text `name`")
    return fields["name"]
