"""The items of a subscription by themselves: seen, added, changed and taken away one at a time."""

from sandbox.stripe import params
from sandbox.stripe.errors import Json, no_such
from sandbox.stripe.objects import pricing, subscription_change, time_of
from sandbox.stripe.paging import PAGES, pages_of
from sandbox.stripe.params import Needed, text
from sandbox.stripe.routes import Call, route

PATH = "/v1/subscription_items"
HOLDER = (
    "SELECT id FROM objects WHERE kind = 'subscription' AND EXISTS "
    "(SELECT 1 FROM json_each(body, '$.items.data') WHERE json_extract(value, '$.id') = ?)"
)
HOW: dict[str, params.Reader | params.Needed] = {
    "payment_behavior": params.choice("allow_incomplete", "default_incomplete", "error_if_incomplete"),
    "proration_behavior": params.choice("always_invoice", "create_prorations", "none"),
    "proration_date": params.integer,
}
FIELDS: dict[str, params.Reader | params.Needed] = {
    "metadata": params.metadata,
    "price": text(),
    "price_data": pricing.price_data,
    "quantity": params.count,
}


@route("GET", PATH, **PAGES, subscription=Needed(text()))
def list_items(call: Call) -> Json:
    found = call.given("subscription", "subscription")
    return pages_of(call, found["items"]["data"], f"{PATH}?subscription={found['id']}")


@route("GET", f"{PATH}/<id>")
def retrieve(call: Call) -> Json:
    return item_of(holder(call), call.id)


@route("POST", PATH, **FIELDS, **HOW, subscription=Needed(text()))
def create(call: Call) -> Json:
    subscription = time_of.follow(call.world, call.given("subscription", "subscription"))
    after: Json = changed(call, subscription, {})["items"]["data"][-1]
    return after


@route("POST", f"{PATH}/<id>", **FIELDS, **HOW)
def update(call: Call) -> Json:
    subscription = time_of.follow(call.world, holder(call))
    return item_of(changed(call, subscription, {"id": call.id}), call.id)


@route("DELETE", f"{PATH}/<id>", **HOW)
def delete(call: Call) -> Json:
    subscription = time_of.follow(call.world, holder(call))
    changed(call, subscription, {"id": call.id, "deleted": True})
    return {"id": call.id, "object": "subscription_item", "deleted": True}


def changed(call: Call, subscription: Json, entry: Json) -> Json:
    """As if the whole subscription had been changed with this one item."""
    item = {name: value for name, value in call.params.items() if name in FIELDS}
    how = {name: value for name, value in call.params.items() if name in HOW}
    return subscription_change.change(call.world, subscription, {**how, "items": [{**item, **entry}]})


def holder(call: Call) -> Json:
    rows = call.world.store.rows(HOLDER, (call.id,))
    found = call.world.store.get(rows[0][0]) if rows else None
    if found is None:
        raise no_such("subscription_item", call.id)
    return found


def item_of(subscription: Json, item_id: str) -> Json:
    found: Json = next(item for item in subscription["items"]["data"] if item["id"] == item_id)
    return found
