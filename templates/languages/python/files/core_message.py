"""What the function does. It knows no cloud: the adapters beside it call it."""

from dataclasses import dataclass
from typing import Any


class InvalidMessage(ValueError):
    """A message that no retry can mend."""


@dataclass(frozen=True)
class Message:
    """One unit of work, whatever brought it."""

    id: str  # the same each time it is delivered: what to key idempotency by
    source: str
    data: Any


def handle(message):
    """Does the work of one message and says what was done; raises to have it delivered again."""
    if not isinstance(message.data, dict):
        raise InvalidMessage(f"data of {message.id} is not an object")
    return {"id": message.id, "source": message.source, "fields": sorted(message.data)}
