"""How a subscription ends: later, as somebody asked; at once; and what ends with it."""

from sandbox.stripe import events
from sandbox.stripe.errors import Json
from sandbox.stripe.expanding import includes
from sandbox.stripe.objects import invoice_final, subscription_agenda
from sandbox.stripe.objects.subscription_agenda import OVER, period_end
from sandbox.stripe.paging import matching, whole
from sandbox.stripe.world import World

ENDS_WITH_A_PERIOD = ("min_period_end", "max_period_end")


@includes("customer", "subscriptions")
def of_customer(world: World, customer: Json) -> Json:
    found = matching(world, "subscription", "$.customer", customer["id"])
    running = [subscription for subscription in found if subscription["status"] not in OVER]
    return whole(running, f"/v1/customers/{customer['id']}/subscriptions")


def ending(world: World, subscription: Json, given: Json) -> Json:
    """What changes when somebody asks to stop later, or changes their mind."""
    if "cancel_at_period_end" not in given and "cancel_at" not in given:
        return {}
    details = subscription["cancellation_details"]
    at = given.get("cancel_at")
    if at in ENDS_WITH_A_PERIOD or given.get("cancel_at_period_end"):
        at = period_end(subscription)
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
    subscription_agenda.plan(world, subscription)
    place = "$.parent.subscription_details.subscription"
    for made in matching(world, "invoice", place, subscription["id"]):
        if made["status"] in ("draft", "open"):
            invoice_final.stop_trying(world, made)
    events.emit(world, "customer.subscription.deleted", subscription)
    return subscription
