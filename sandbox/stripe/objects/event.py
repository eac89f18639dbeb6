"""Events as they can be asked for: what was told, and what did not get through."""

from typing import Any

from sandbox.stripe import params
from sandbox.stripe.errors import Json, invalid
from sandbox.stripe.paging import PAGES, listed
from sandbox.stripe.params import text
from sandbox.stripe.routes import Call, route

UNDELIVERED = (
    "EXISTS (SELECT 1 FROM deliveries WHERE deliveries.event = objects.id AND copy = 0 "
    "AND state != 'delivered')"
)


@route("GET", "/v1/events/<id>")
def retrieve(call: Call) -> Json:
    return call.find("event")


@route(
    "GET",
    "/v1/events",
    **PAGES,
    delivery_success=params.boolean,
    type=text(),
    types=params.listing(text()),
)
def list_events(call: Call) -> Json:
    given = call.params
    if given.get("type") and given.get("types"):
        raise invalid("You may only specify one of these parameters: type, types.", "type")
    tests: list[tuple[str, tuple[Any, ...]]] = []
    wanted = given.get("types") or ([given["type"]] if given.get("type") else [])
    if len(wanted) > 20:
        raise invalid("You can pass at most 20 types.", "types")
    if wanted:
        kinds = [
            ("json_extract(body, '$.type') GLOB ?", kind)
            if kind.endswith("*")
            else ("json_extract(body, '$.type') = ?", kind)
            for kind in wanted
        ]
        condition = " OR ".join(test for test, _ in kinds)
        tests.append((f"({condition})", tuple(kind for _, kind in kinds)))
    if given.get("delivery_success") is not None:
        tests.append((f"{'NOT ' if given['delivery_success'] else ''}{UNDELIVERED}", ()))
    return listed(call, "event", tests)
