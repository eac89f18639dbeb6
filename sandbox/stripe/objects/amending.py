"""The usual update: what was given replaces what was there, metadata key by key."""

from typing import Any

from sandbox.stripe import events, params
from sandbox.stripe.errors import Json
from sandbox.stripe.routes import Call


def update(call: Call, document: Json, kind: str, **more: Any) -> Json:
    """The usual update: what was given replaces what was there, metadata key by key."""
    news = dict(call.params)
    if "metadata" in news:
        given = news["metadata"]
        news["metadata"] = params.merged(document["metadata"], given) if given else {}
    if any(document.get(name) != value for name, value in news.items()):
        news |= more
    return events.change(call.world, document, kind, **news)
