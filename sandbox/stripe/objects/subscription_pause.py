"""Pausing and resuming: a subscription that stands still, or whose invoices nobody is asked to pay."""

from sandbox.stripe import events, params
from sandbox.stripe.errors import Json, invalid
from sandbox.stripe.objects import (
    invoice,
    invoice_attempt,
    invoice_bill,
    proration,
    subscription_agenda,
    time_of,
    trial,
)
from sandbox.stripe.objects.renewal import restart
from sandbox.stripe.params import anything
from sandbox.stripe.routes import Call, route
from sandbox.stripe.timekeeper import verb
from sandbox.stripe.world import World


@route(
    "POST",
    "/v1/subscriptions/<id>/pause",
    bill_for=anything,
    invoicing_behavior=params.choice("invoice", "pending_invoice_item"),
    type=params.choice("subscription"),
)
def pause(call: Call) -> Json:
    """The subscription stands still; unused time is given back unless the caller says otherwise."""
    world = call.world
    subscription = time_of.follow(world, call.find("subscription"))
    before = subscription["status"]
    if before not in ("active", "past_due", "trialing"):
        raise invalid(f"Only active subscriptions can be paused; this one is {before}.")
    unused = ((call.params.get("bill_for") or {}).get("unused_time_from") or {}).get("type") or "now"
    if unused != "none" and before == "active":
        for item in subscription["items"]["data"]:
            start = item["current_period_start"]
            at = start if unused == "item_current_period_start" else world.now()
            proration.give_back(world, subscription, item, at)
    if call.params.get("invoicing_behavior") == "invoice":
        invoice_bill.bill_waiting(world, subscription)
    trial.pause(world, subscription, "pause_requested")
    trial.told(world, subscription, before)
    return subscription


@route(
    "POST",
    "/v1/subscriptions/<id>/resume",
    billing_cycle_anchor=anything,
    payment_behavior=params.choice("resume_on_payment_attempt", "resume_on_payment_success"),
    proration_behavior=params.choice("always_invoice", "create_prorations", "none"),
    proration_date=params.integer,
)
def resume(call: Call) -> Json:
    """A new period from now on, or the old one taken up again; it is paid before it counts as resumed."""
    subscription = time_of.follow(call.world, call.find("subscription"))
    if subscription["status"] != "paused":
        raise invalid("Only paused subscriptions can be resumed.")
    anchor = call.params.get("billing_cycle_anchor")
    wish = anchor.get("type") if isinstance(anchor, dict) else anchor
    paid_first = call.params.get("payment_behavior") == "resume_on_payment_success"
    return go_on(call.world, subscription, anew=wish != "unchanged", paid_first=paid_first)


def go_on(world: World, subscription: Json, *, anew: bool, paid_first: bool) -> Json:
    """With a new period its invoice comes at once; without one nothing is owed until the old one ends."""
    now, changes = world.now(), ("billing_cycle_anchor", "items", "latest_invoice", "status")
    previous = {name: subscription[name] for name in (*changes, "status_details")}
    owed = False
    if anew or subscription_agenda.period_end(subscription) <= now:
        subscription.update(billing_cycle_anchor=now, items=restart(subscription, now))
        made = invoice_bill.bill(world, subscription, "subscription_update")
        method = invoice_attempt.method_for(world, made)
        if made["status"] == "open" and method:
            invoice.collect(world, made, method)
        owed = made["status"] == "open"
        if owed and paid_first:
            world.store.save(subscription)
            world.store.hide(subscription["id"], resumes_with=made["id"])
            return subscription
    subscription.update(status="past_due" if owed else "active", status_details=None)
    world.store.save(subscription)
    events.emit(world, "customer.subscription.resumed", subscription)
    told = {name: value for name, value in previous.items() if subscription[name] != value}
    events.emit(world, "customer.subscription.updated", subscription, told)
    subscription_agenda.plan(world, subscription)
    return subscription


@verb(subscription_agenda.RESUME)
def resume_by_itself(world: World, subscription_id: str) -> None:
    """A pause that was to last so long is over."""
    subscription = world.store.get(subscription_id)
    if subscription is not None and subscription["status"] == "paused":
        go_on(world, subscription, anew=True, paid_first=False)


@verb(subscription_agenda.UNPAUSE)
def collect_again(world: World, subscription_id: str) -> None:
    """The pause of collection is over; drafts that were kept meanwhile stay drafts."""
    subscription = world.store.get(subscription_id)
    if subscription is not None and subscription["pause_collection"]:
        events.change(world, subscription, "customer.subscription.updated", pause_collection=None)
        subscription_agenda.plan(world, subscription)
