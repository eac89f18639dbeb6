"""Changing a subscription: its amount, its rhythm, its trial, its end, and what that costs at once."""

import copy
from typing import Any

from sandbox.stripe import events, params
from sandbox.stripe.errors import Json, invalid
from sandbox.stripe.objects import (
    invoice,
    invoice_attempt,
    invoice_bill,
    payment_try,
    proration,
    standing,
    subscription_agenda,
    trial,
)
from sandbox.stripe.objects.payment_of import chosen_method
from sandbox.stripe.objects.renewal import restart
from sandbox.stripe.objects.subscription_course import ending
from sandbox.stripe.objects.subscription_items import Changed, changed
from sandbox.stripe.world import World

PLAIN = ("default_payment_method", "description", "metadata", "pause_collection", "payment_settings")


def change(world: World, subscription: Json, given: Json) -> Json:
    """One event for all that is different; an invoice at once where the change asks for one."""
    if given.get("payment_behavior") == "pending_if_incomplete":
        raise invalid("This sandbox has no pending updates.", "payment_behavior")
    before = copy.deepcopy(subscription)
    at = given.get("proration_date") or world.now()
    news = plain(world, subscription, given)
    items = changed(world, subscription, given.get("items") or [])
    subscription.update(news)
    again = begins_again(world, subscription, items, given)
    prorate(world, subscription, items, given, again, at)
    subscription["items"] = {**subscription["items"], "data": items.items}
    lengthen_trial(world, subscription, given)
    if again:
        now = world.now()
        subscription.update(billing_cycle_anchor=now, items=restart(subscription, now))
    subscription.update(ending(world, subscription, given))
    world.store.save(subscription)
    made = billed(world, subscription, given, again)
    told(world, before, subscription)
    subscription_agenda.plan(world, subscription)
    if made is not None and made["status"] == "open":
        collect(world, subscription, made, given)
    return subscription


def plain(world: World, subscription: Json, given: Json) -> dict[str, Any]:
    news = {name: given[name] for name in PLAIN if name in given}
    if "metadata" in news:
        news["metadata"] = (
            params.merged(subscription["metadata"], news["metadata"]) if news["metadata"] else {}
        )
    if news.get("default_payment_method"):
        customer = subscription["customer"]
        news["default_payment_method"] = chosen_method(world, news["default_payment_method"], customer)
    if news.get("pause_collection"):
        news["pause_collection"] = {"resumes_at": None, **news["pause_collection"]}
    for name in ("payment_settings", "trial_settings"):
        if given.get(name):
            news[name] = {**subscription[name], **given[name]}
    if given.get("trial_settings"):
        known = subscription["trial_settings"]["end_behavior"]
        news["trial_settings"] = {
            "end_behavior": {**known, **(given["trial_settings"].get("end_behavior") or {})}
        }
    return news


def begins_again(world: World, subscription: Json, items: Changed, given: Json) -> bool:
    """Another rhythm, a trial ended by hand, or the wish to do so: a new period starts now."""
    if given.get("trial_end") == "now":
        subscription["trial_end"] = min(subscription["trial_end"] or world.now(), world.now())
        if subscription["status"] == "trialing":
            subscription["status"] = "active"
            if trial.without_card(world, subscription) == "pause":
                trial.pause(world, subscription, "trial_end_without_payment_method")
                return False
        return True
    anchor = given.get("billing_cycle_anchor")
    wish = anchor.get("type") if isinstance(anchor, dict) else anchor
    return wish == "now" or (items.other_rhythm and subscription["status"] != "trialing")


def prorate(world: World, subscription: Json, items: Changed, given: Json, again: bool, at: int) -> None:
    """Unused time is given back and the rest of the period charged; not in a trial, nor unasked."""
    free = subscription["status"] in ("trialing", "paused") or given.get("trial_end") == "now"
    if free or given.get("proration_behavior") == "none":
        return
    old = subscription["items"]["data"]
    for item in old if again else items.gone:
        proration.give_back(world, subscription, item, at)
    for item in () if again else items.new:
        proration.charge_rest(world, subscription, item, at)


def lengthen_trial(world: World, subscription: Json, given: Json) -> None:
    """A trial until then, whatever was before; the first period begins when it ends."""
    until = given.get("trial_end")
    if until in (None, "now"):
        return
    end, now = int(until), world.now()
    if end <= now:
        raise invalid("Invalid timestamp: must be an integer Unix timestamp in the future.", "trial_end")
    fresh = subscription["status"] != "trialing"
    data = [
        {
            **item,
            "current_period_end": end,
            "current_period_start": now if fresh else item["current_period_start"],
        }
        for item in subscription["items"]["data"]
    ]
    subscription.update(
        billing_cycle_anchor=end,
        items={**subscription["items"], "data": data},
        status="trialing",
        trial_end=end,
        trial_start=now if fresh else subscription["trial_start"],
    )


def billed(world: World, subscription: Json, given: Json, again: bool) -> Json | None:
    """An invoice at once for a new period, or for the prorations when they are wanted at once."""
    if again:
        return invoice_bill.bill(world, subscription, "subscription_update")
    if given.get("proration_behavior") != "always_invoice":
        return None
    return invoice_bill.bill_waiting(world, subscription)


def told(world: World, before: Json, subscription: Json) -> None:
    previous = {name: value for name, value in before.items() if subscription[name] != value}
    if previous:
        events.emit(world, "customer.subscription.updated", subscription, previous)


def collect(world: World, subscription: Json, made: Json, given: Json) -> None:
    """Charge for the change now; how a refusal ends was said with the change."""
    method = invoice_attempt.method_for(world, made)
    if given.get("payment_behavior") == "default_incomplete":
        invoice.ask(world, made)
        standing.settle(world, subscription, "past_due")
    elif method is None:
        invoice_attempt.attempt(world, made)
    else:
        no = invoice.collect(world, made, method)
        if no is not None and given.get("payment_behavior") == "error_if_incomplete":
            refusal = payment_try.declined(no, invoice.ask(world, made), method)
            refusal.effects_stay = False
            raise refusal
