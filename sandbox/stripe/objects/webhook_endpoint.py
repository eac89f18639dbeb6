"""Webhook endpoints: who is told of what, in which version, and signed with which secret."""

import time

from sandbox.stripe import events, params
from sandbox.stripe.errors import Json
from sandbox.stripe.paging import list_route
from sandbox.stripe.params import Needed, boolean, text
from sandbox.stripe.routes import Call, route
from sandbox.stripe.world import API_VERSION, World


@route(
    "POST",
    "/v1/webhook_endpoints",
    url=Needed(params.url),
    enabled_events=Needed(params.listing(text())),
    api_version=text(),
    connect=boolean,
    description=text(),
    metadata=params.metadata,
)
def create(call: Call) -> Json:
    given = call.params
    secret = f"whsec_{call.world.store.new_id('x', 32)[2:]}"
    endpoint = new_endpoint(call.world, given["url"], secret, given)
    return {**endpoint, "secret": secret}


@route("GET", "/v1/webhook_endpoints/<id>")
def retrieve(call: Call) -> Json:
    return call.find("webhook_endpoint")


@route(
    "POST",
    "/v1/webhook_endpoints/<id>",
    url=params.url,
    enabled_events=params.listing(text()),
    disabled=boolean,
    description=text(),
    metadata=params.metadata,
)
def update(call: Call) -> Json:
    endpoint = call.find("webhook_endpoint")
    news = dict(call.params)
    if "disabled" in news:
        news["status"] = "disabled" if news.pop("disabled") else "enabled"
    if "metadata" in news:
        given = news["metadata"]
        news["metadata"] = params.merged(endpoint["metadata"], given) if given else {}
    return events.change(call.world, endpoint, None, **news)


@route("DELETE", "/v1/webhook_endpoints/<id>")
def delete(call: Call) -> Json:
    endpoint = call.find("webhook_endpoint")
    call.world.store.drop(endpoint["id"])
    return {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True}


list_route("/v1/webhook_endpoints", "webhook_endpoint")


def new_endpoint(world: World, url: str, secret: str, given: Json) -> Json:
    return world.store.add(
        {
            "id": world.store.new_id("we"),
            "object": "webhook_endpoint",
            "api_version": given.get("api_version"),
            "application": None,
            "created": world.now(),
            "description": given.get("description"),
            "enabled_events": given.get("enabled_events") or ["*"],
            "livemode": False,
            "metadata": params.present(given.get("metadata") or {}),
            "status": "enabled",
            "url": url,
        },
        hidden={"secrets": [{"secret": secret, "until": None}]},
    )


def ensure(world: World, url: str, secret: str) -> Json:
    """The endpoint of the command line: there once, however often the sandbox starts."""
    for row in world.store.rows("SELECT id FROM objects WHERE kind = 'webhook_endpoint'"):
        endpoint = world.store.get(row[0])
        if endpoint and endpoint["url"] == url:
            world.store.hide(endpoint["id"], secrets=[{"secret": secret, "until": None}])
            return endpoint
    return new_endpoint(world, url, secret, {"api_version": API_VERSION})


def roll(world: World, endpoint_id: str, keep_seconds: int) -> str:
    """A new secret; the old ones sign along for a while (in real time)."""
    until = time.time() + keep_seconds
    known = world.store.hidden(endpoint_id)["secrets"]
    old = [{"secret": entry["secret"], "until": min(entry["until"] or until, until)} for entry in known]
    secret = f"whsec_{world.store.new_id('x', 32)[2:]}"
    world.store.hide(endpoint_id, secrets=[{"secret": secret, "until": None}, *old])
    return secret
