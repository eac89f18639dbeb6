"""The turn of a period: announced some days before, then a new period and a new invoice, or the end."""

from sandbox.stripe import events
from sandbox.stripe.errors import Json
from sandbox.stripe.objects import (
    invoice_bill,
    invoice_document,
    invoice_final,
    invoice_item_document,
    invoice_lines,
    subscription_agenda,
    trial,
)
from sandbox.stripe.objects.subscription_agenda import OVER, RENEWING, period_end
from sandbox.stripe.objects.subscription_course import end
from sandbox.stripe.objects.subscription_document import next_period
from sandbox.stripe.paging import matching
from sandbox.stripe.timekeeper import verb
from sandbox.stripe.world import World


@verb(subscription_agenda.RENEW)
def renew(world: World, subscription_id: str) -> None:
    """A new period begins where the old one ended, however late it is noticed."""
    subscription = world.store.get(subscription_id)
    if subscription is None or subscription["status"] not in RENEWING:
        return
    ends = period_end(subscription)
    if subscription["cancel_at"] and subscription["cancel_at"] <= ends:
        end(world, subscription, {})
    elif subscription["status"] == "trialing" and trial.over(world, subscription):
        return
    else:
        turn(world, subscription)


def turn(world: World, subscription: Json) -> None:
    """The next period, its invoice, and one event that tells both."""
    first = subscription["items"]["data"][0]
    period = (first["current_period_start"], first["current_period_end"])
    previous = {name: subscription[name] for name in ("items", "latest_invoice", "status")}
    anchor = subscription["billing_cycle_anchor"]
    subscription["items"] = {
        **subscription["items"],
        "data": [following(item, anchor) for item in subscription["items"]["data"]],
    }
    if subscription["status"] == "trialing":
        subscription["status"] = "active"
    made = invoice_bill.bill_later(world, subscription, period)
    subscription["latest_invoice"] = made["id"]
    world.store.save(subscription)
    told = {name: value for name, value in previous.items() if subscription[name] != value}
    events.emit(world, "customer.subscription.updated", subscription, told)
    subscription_agenda.plan(world, subscription)


def following(item: Json, anchor: int) -> Json:
    start = item["current_period_end"]
    finish = next_period(start, item["price"]["recurring"], anchor)
    return {**item, "current_period_start": start, "current_period_end": finish}


@verb(subscription_agenda.ANNOUNCE)
def announce(world: World, subscription_id: str) -> None:
    """What the next invoice will be, unless there will be none."""
    subscription = world.store.get(subscription_id)
    if subscription is None or subscription["status"] not in RENEWING:
        return
    if not subscription["cancel_at"] or subscription["cancel_at"] > period_end(subscription):
        events.emit(world, "invoice.upcoming", preview(world, subscription))


def preview(world: World, subscription: Json) -> Json:
    """The next invoice as it would be written if nothing changed; it is not kept."""
    customer = world.store.get(subscription["customer"])
    assert customer is not None
    first = subscription["items"]["data"][0]
    due = period_end(subscription)
    number = world.store.new_id("upcoming_in")
    made = invoice_document.blank(
        world, number, customer, "upcoming", subscription["currency"], subscription,
        (first["current_period_start"], due),
    )  # fmt: skip
    waiting = invoice_item_document.waiting(world, customer["id"], made["currency"], subscription["id"])
    rows = [invoice_lines.for_invoice_item(world, number, item) for item in waiting]
    for item in subscription["items"]["data"]:
        later = following(item, subscription["billing_cycle_anchor"])
        rows.append(invoice_lines.for_period(world, number, subscription, later))
    made["lines"]["data"] = rows
    invoice_lines.weigh(made, customer["balance"])
    made.update(created=due, next_payment_attempt=due + 3600)
    return made


@verb(subscription_agenda.CANCEL)
def cancel(world: World, subscription_id: str) -> None:
    subscription = world.store.get(subscription_id)
    if subscription is not None and subscription["status"] not in OVER and subscription["cancel_at"]:
        end(world, subscription, {})


@verb(subscription_agenda.GIVE_UP)
def give_up(world: World, subscription_id: str) -> None:
    """Nobody has paid the first invoice in time: it is void, and the subscription never was."""
    subscription = world.store.get(subscription_id)
    if subscription is None or subscription["status"] != "incomplete":
        return
    place = "$.parent.subscription_details.subscription"
    for made in matching(world, "invoice", place, subscription_id):
        if made["status"] in ("draft", "open"):
            invoice_final.void(world, made)


def restart(subscription: Json, now: int) -> Json:
    """The items with a period that begins now."""
    data = [following({**item, "current_period_end": now}, now) for item in subscription["items"]["data"]]
    return {**subscription["items"], "data": data}
