"""Adaptive Pricing: the donor sees and pays another currency than was asked for, at renewals too."""

from sandbox.stripe import rates
from sandbox.stripe.countries import CURRENCY_OF
from sandbox.stripe.errors import Json
from sandbox.stripe.objects.checkout_payer import Payer
from sandbox.stripe.world import World


def apply(world: World, session: Json, intent: Json, payer: Payer) -> None:
    """Show on session and payment what the donor pays, where that is another currency."""
    currency = payer.presentment
    if currency is None and session["adaptive_pricing"]["enabled"]:
        currency = CURRENCY_OF.get(payer.country or "")
    if currency is None:
        return
    seen = rates.presented(world, session["amount_total"], session["currency"], currency)
    if seen is None:
        return
    details = {"presentment_amount": seen.amount, "presentment_currency": seen.currency}
    session["presentment_details"] = intent["presentment_details"] = details
    world.store.save(intent)


def remember(world: World, subscription: Json, intent: Json) -> None:
    """What was paid in another currency once is paid in it again, at the rate of the day."""
    if "presentment_details" in intent:
        currency = intent["presentment_details"]["presentment_currency"]
        subscription["presentment_details"] = {"presentment_currency": currency}
        world.store.save(subscription)


def again(world: World, subscription: Json | None, intent: Json) -> None:
    if subscription is None or "presentment_details" not in subscription:
        return
    currency = subscription["presentment_details"]["presentment_currency"]
    seen = rates.presented(world, intent["amount"], intent["currency"], currency)
    if seen is not None:
        intent["presentment_details"] = {
            "presentment_amount": seen.amount,
            "presentment_currency": seen.currency,
        }
        world.store.save(intent)
