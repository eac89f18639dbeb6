"""Levers for what banks, networks and the dashboard do to subscriptions: cards replaced, rules changed."""

from sandbox.stripe import cards, events, levers
from sandbox.stripe.errors import Json
from sandbox.stripe.levers import Amiss
from sandbox.stripe.objects import billing_settings, payment_card, time_of
from sandbox.stripe.objects.payment_of import make_default
from sandbox.stripe.paging import matching
from sandbox.stripe.world import World


@levers.lever("billing", *billing_settings.USUAL)
def billing(world: World, given: Json) -> Json:
    """The rules for unpaid renewals; an empty order only tells them."""
    return billing_settings.change(world, given)


@levers.lever("card", "customer", "number", "pm", "keep")
def card(world: World, given: Json) -> Json:
    """Another card for the customer, in every place where the old one was the one to charge.

    With `keep` the bank has replaced it: the method of payment stays and has another number.
    """
    customer = time_of.follow(world, levers.the(world, given, "customer", "customer"))
    wanted = card_named(str(given.get("number") or given.get("pm") or ""))
    if str(given.get("keep", "")).lower() in ("1", "true"):
        return replaced_by_the_bank(world, customer, wanted)
    method = payment_card.new_payment_method(world, wanted, {"email": customer["email"]})
    # The bank accepted it once, whatever it says now: each decline may come at a renewal.
    method["customer"] = customer["id"]
    world.store.save(method)
    events.emit(world, "payment_method.attached", method)
    make_default(world, customer, method["id"])
    return {"customer": customer["id"], "payment_methods": [method["id"]]}


def replaced_by_the_bank(world: World, customer: Json, wanted: cards.Card) -> Json:
    """What a card network tells Stripe: the same card account, with another number."""
    methods = matching(world, "payment_method", "$.customer", customer["id"])
    methods = [method for method in methods if method["type"] == "card"]
    if not methods:
        raise Amiss("the customer has no card", 409)
    for method in methods:
        world.store.hide(method["id"], number=wanted.number)
        looks = {
            **method["card"],
            "brand": wanted.brand,
            "exp_year": method["card"]["exp_year"] + 3,
            "fingerprint": payment_card.fingerprint(wanted),
            "last4": wanted.last4,
        }
        events.change(world, method, "payment_method.automatically_updated", card=looks)
    return {"customer": customer["id"], "payment_methods": [method["id"] for method in methods]}


def card_named(name: str) -> cards.Card:
    found = cards.named(name) or cards.unknown(name)
    if found is None:
        raise Amiss(f"no such card: {name}")
    return found
