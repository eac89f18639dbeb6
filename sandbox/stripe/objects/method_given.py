"""A payment method written out in a request: a card, or a bank account."""

from typing import Any

from sandbox.stripe import params
from sandbox.stripe.cards import Card
from sandbox.stripe.debits import BankAccount
from sandbox.stripe.errors import Json, missing_parameter
from sandbox.stripe.objects import bank_account, payment_card
from sandbox.stripe.params import Needed, anything, text
from sandbox.stripe.world import World

FIELDS: dict[str, params.Reader | params.Needed] = {
    "allow_redisplay": params.choice("always", "limited", "unspecified"),
    "billing_details": params.billing_details,
    "card": params.record(
        number=text(),
        exp_month=params.count,
        exp_year=params.count,
        cvc=text(4),
        token=text(),
        networks=anything,
    ),
    "sepa_debit": params.record(iban=Needed(text(40))),
    "us_bank_account": params.record(
        account_holder_type=params.choice("company", "individual"),
        account_number=Needed(text(20)),
        account_type=params.choice("checking", "savings"),
        routing_number=Needed(text(9)),
    ),
}


def made(world: World, given: Json) -> Json:
    """The method that the request describes; without a type it is a card."""
    kind = given.get("type") or "card"
    billing = given.get("billing_details") or {}
    more: Json = {
        "allow_redisplay": given.get("allow_redisplay") or "unspecified",
        "metadata": params.present(given.get("metadata") or {}),
    }
    if kind not in given:
        raise missing_parameter(kind)
    if kind != "card":
        return made_of(world, bank_account.account_given(kind, given[kind] or {}), billing, **more)
    card = payment_card.card_given(given["card"])
    expiry = (number(given["card"], "exp_month"), number(given["card"], "exp_year"))
    return made_of(world, card, billing, expiry, **more)


def made_of(
    world: World,
    means: Card | BankAccount,
    billing: Json,
    expiry: tuple[int | None, int | None] = (None, None),
    **more: Any,
) -> Json:
    """A payment method out of a test card or a test account."""
    if isinstance(means, Card):
        return payment_card.new_payment_method(world, means, billing, expiry=expiry, **more)
    return bank_account.new_bank_method(world, means, billing, **more)


def number(given: Json, name: str) -> int | None:
    return int(given[name]) if given.get(name) else None
