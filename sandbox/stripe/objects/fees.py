"""Rows of the balance that no event tells of: Stripe's own fees, taxes, gifts, and kinds nobody knows."""

import json

from sandbox.stripe import money
from sandbox.stripe.clock import DAY, day_of_month, midnight, months_later
from sandbox.stripe.errors import Json
from sandbox.stripe.levers import Amiss, lever, one_of, signed
from sandbox.stripe.objects import balance
from sandbox.stripe.timekeeper import verb
from sandbox.stripe.world import World

MONTHLY, KEPT_AS = "monthly fee", "monthly fees"
# What it is called, its type, its reporting category, and Stripe's words for it.
KINDS = {
    "stripe_fee": ("stripe_fee", "fee", "Billing - Usage Fee"),
    "tax_fee": ("tax_fee", "tax", "Sales tax on Stripe fees"),
    "network_cost": ("stripe_fee", "network_cost", "Card network costs"),
    "stripe_fx_fee": ("stripe_fx_fee", "fee", "Currency conversion fee"),
    "contribution": ("contribution", "contribution", "Stripe Climate contribution"),
}


@lever("fee", "type", "amount", "tax", "currency", "description", "every")
def pull(world: World, given: Json) -> Json:
    """Stripe takes so much, now or (`every: month`) on the first of each month; below nothing it gives."""
    order = {
        "type": one_of(given, "type", tuple(KINDS), "stripe_fee"),
        "amount": signed(given, "amount"),
        "tax": signed(given, "tax", 0),
        "currency": currency_of(world, given),
        "description": given.get("description"),
    }
    if given.get("every") is None:
        return take(world, order)
    one_of(given, "every", ("month",))
    known: list[Json] = json.loads(world.store.meta(KEPT_AS) or "[]")
    world.store.set_meta(KEPT_AS, json.dumps([*known, order]))
    at = next_month(world.now())
    world.agenda.at(at, MONTHLY, "account")
    return {"every": "month", "next": at, "fees": [*known, order]}


def take(world: World, order: Json) -> Json:
    kind, category, words = KINDS[order["type"]]
    tax = {"amount": order["tax"], "application": None, "currency": order["currency"],
           "description": "VAT", "type": "tax"}  # fmt: skip
    return balance.move(
        world,
        amount=-order["amount"],
        fee_details=[tax] if order["tax"] else [],
        currency=order["currency"],
        description=order["description"] or words,
        kind=kind,
        category=category,
        source=None,
    )


@verb(MONTHLY)
def on_the_first(world: World, whose: str) -> None:
    for order in json.loads(world.store.meta(KEPT_AS) or "[]"):
        take(world, order)
    world.agenda.at(next_month(world.now()), MONTHLY, whose)


def next_month(now: int) -> int:
    first = midnight(now) - (day_of_month(now) - 1) * DAY
    return months_later(first, 1, first)


@lever(
    "balance_transaction", "type", "reporting_category", "amount", "fee", "currency", "description",
    "source", "balance_type", "fee_type",
)  # fmt: skip
def write(world: World, given: Json) -> Json:
    """A row of any kind, also of one that nobody has heard of yet."""
    kind = given.get("type")
    if not isinstance(kind, str) or not kind:
        raise Amiss("type says what kind of row it is")
    currency = currency_of(world, given)
    fee = signed(given, "fee", 0)
    parts = balance.processing_fees(fee, currency)
    return balance.move(
        world,
        amount=signed(given, "amount"),
        fee_details=[{**part, "type": given.get("fee_type") or "stripe_fee"} for part in parts],
        currency=currency,
        description=given.get("description"),
        kind=kind,
        category=str(given.get("reporting_category") or kind),
        source=given.get("source"),
        balance_type=str(given.get("balance_type") or balance.OWN),
    )


def currency_of(world: World, given: Json) -> str:
    currency = str(given.get("currency") or world.settings.default_currency)
    if currency not in money.CURRENCIES:
        raise Amiss(f"no such currency: {currency}")
    return currency
