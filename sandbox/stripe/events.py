"""Events: what an object looked like at the moment it changed, told to every endpoint."""

from typing import Any

from sandbox.stripe.errors import Json
from sandbox.stripe.world import API_VERSION, World


def emit(world: World, kind: str, document: Json, previous: Json | None = None) -> Json:
    """Write down that something happened to an object, and promise the deliveries."""
    endpoints = [endpoint for endpoint in listening(world) if wants(endpoint, kind)]
    data: Json = {"object": document}
    if previous is not None:
        data["previous_attributes"] = previous
    event = world.store.add(
        {
            "id": world.store.new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": world.now(),
            "data": data,
            "livemode": False,
            "pending_webhooks": len(endpoints),
            "request": {
                "id": world.cause.request_id,
                "idempotency_key": world.cause.idempotency_key,
            },
            "type": kind,
        }
    )
    for endpoint in endpoints:
        world.deliveries.plan(event, endpoint)
    return event


def change(world: World, document: Json, kind: str | None, /, **news: Any) -> Json:
    """Change an object and tell of it with what it was before; no news, no event."""
    previous = {name: document.get(name) for name in news if document.get(name) != news[name]}
    document.update(news)
    world.store.save(document)
    if kind and previous:
        emit(world, kind, document, previous)
    return document


def listening(world: World) -> list[Json]:
    rows = world.store.rows("SELECT id FROM objects WHERE kind = 'webhook_endpoint' ORDER BY seq")
    found = (world.store.get(row[0]) for row in rows)
    return [endpoint for endpoint in found if endpoint and endpoint["status"] == "enabled"]


def wants(endpoint: Json, kind: str) -> bool:
    return any(name in ("*", kind) for name in endpoint["enabled_events"])
