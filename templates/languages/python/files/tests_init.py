"""Puts the deployed folder on the path, where its modules are top-level."""

import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))


def sample(name):
    """The event in events/."""
    return json.loads((ROOT / "events" / f"{name}.json").read_text())
