"""How a subscription goes on: it begins, changes, and ends."""

from sandbox.stripe import events
from sandbox.stripe.errors import Json, invalid
from sandbox.stripe.expanding import includes
from sandbox.stripe.objects import invoice
from sandbox.stripe.objects.subscription_document import wish
from sandbox.stripe.paging import matching, whole
from sandbox.stripe.routes import Call
from sandbox.stripe.world import World

OVER = ("canceled", "incomplete_expired")


def begin(world: World, invoice: Json) -> None:
    """What is owed is paid, so the subscription runs."""
    subscription = world.store.get(invoice["parent"]["subscription_details"]["subscription"])
    if subscription is None or subscription["status"] in (*OVER, "active", "trialing"):
        return
    status = "trialing" if (subscription["trial_end"] or 0) > world.now() else "active"
    events.change(world, subscription, "customer.subscription.updated", status=status)


@includes("customer", "subscriptions")
def of_customer(world: World, customer: Json) -> Json:
    found = matching(world, "subscription", "$.customer", customer["id"])
    running = [subscription for subscription in found if subscription["status"] not in OVER]
    return whole(running, f"/v1/customers/{customer['id']}/subscriptions")


def changed_items(call: Call, subscription: Json) -> Json:
    """Other prices from the next period on; what has been paid already stays as it is."""
    if call.params.get("proration_behavior") != "none":
        raise invalid("This sandbox changes items with proration_behavior=none only.", "proration_behavior")
    items = [dict(entry) for entry in subscription["items"]["data"]]
    for at, entry in enumerate(call.params["items"]):
        found = next((known for known in items if known["id"] == entry.get("id")), None)
        if found is None:
            raise invalid(f"No such subscription_item: '{entry.get('id')}'", f"items[{at}][id]")
        if entry.get("price") or entry.get("price_data"):
            found["price"] = wish(call.world, entry, f"items[{at}]").price
        found["quantity"] = entry.get("quantity") or found["quantity"]
    return {**subscription["items"], "data": items}


def ending(world: World, subscription: Json, given: Json) -> Json:
    """What changes when somebody asks to stop later, or changes their mind."""
    if "cancel_at_period_end" not in given and "cancel_at" not in given:
        return {}
    details = subscription["cancellation_details"]
    at = given.get("cancel_at")
    if given.get("cancel_at_period_end"):
        at = subscription["items"]["data"][0]["current_period_end"]
    said = given.get("cancellation_details") or {}
    return {
        "cancel_at": at,
        "cancel_at_period_end": bool(given.get("cancel_at_period_end")),
        "canceled_at": world.now() if at else None,
        "cancellation_details": {
            **details,
            **said,
            "reason": "cancellation_requested" if at else None,
        },
    }


def end(world: World, subscription: Json, said: Json, reason: str | None = None) -> Json:
    """Over, at once; what was paid is not given back."""
    now = world.now()
    subscription.update(
        canceled_at=subscription["canceled_at"] or now,
        cancellation_details={
            **subscription["cancellation_details"],
            **said,
            "reason": reason or "cancellation_requested",
        },
        ended_at=now,
        status="canceled",
    )
    world.store.save(subscription)
    events.emit(world, "customer.subscription.deleted", subscription)
    return subscription


invoice.WHEN_PAID.append(begin)
