"""Adaptive Pricing: the donor sees and pays another currency than the one that was asked for."""

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
