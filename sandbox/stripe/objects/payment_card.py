"""A test card as a payment method: made, found, attached."""

import hashlib

from sandbox.stripe import cards, events
from sandbox.stripe.cards import Card
from sandbox.stripe.errors import Json, Refusal, invalid, no_such
from sandbox.stripe.world import World

NOWHERE: Json = {
    "city": None,
    "country": None,
    "line1": None,
    "line2": None,
    "postal_code": None,
    "state": None,
}


CHECKS: Json = {
    "address_line1_check": None,
    "address_postal_code_check": None,
    "cvc_check": "pass",
}


def new_payment_method(
    world: World,
    card: Card,
    billing: Json,
    *,
    expiry: tuple[int | None, int | None] = (None, None),
    metadata: Json | None = None,
    allow_redisplay: str = "unspecified",
) -> Json:
    """A method of payment, attached to nobody yet."""
    looks = {
        "brand": card.brand,
        "checks": CHECKS,
        "country": card.country,
        "display_brand": card.brand,
        "exp_month": expiry[0] or 12,
        "exp_year": expiry[1] or 2034,
        "fingerprint": fingerprint(card),
        "funding": card.funding,
        "generated_from": None,
        "last4": card.last4,
        "networks": {"available": [card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }
    document = method_document(
        world, "card", looks, billing, metadata=metadata or {}, allow_redisplay=allow_redisplay
    )
    return world.store.add(document, hidden={"number": card.number})


def method_document(world: World, kind: str, looks: Json, billing: Json, **more: Json | str) -> Json:
    """A payment method of any kind, as Stripe writes it."""
    return {
        "id": world.store.new_id("pm"),
        "object": "payment_method",
        "allow_redisplay": more.get("allow_redisplay") or "unspecified",
        "billing_details": {
            "address": {**NOWHERE, **(billing.get("address") or {})},
            "email": billing.get("email"),
            "name": billing.get("name"),
            "phone": billing.get("phone"),
            "tax_id": billing.get("tax_id"),
        },
        kind: looks,
        "created": world.now(),
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": more.get("metadata") or {},
        "type": kind,
    }


def found(world: World, name: str, param: str) -> Json:
    """The method with this id; `pm_card_…` makes a new one, as in Stripe's test mode."""
    if name.startswith("pm_card_"):
        card = cards.named(name)
        if card is None:
            raise no_such("PaymentMethod", name, param, 400)
        return new_payment_method(world, card, {})
    method = world.store.get(name)
    if method is None or method["object"] != "payment_method":
        raise no_such("PaymentMethod", name, param, 400)
    return method


def attach(world: World, method: Json, customer_id: str) -> Json:
    if method["customer"] == customer_id:
        return method
    if method["customer"] is not None:
        raise invalid(
            "The payment method you provided has already been attached to a customer.",
            "payment_method",
        )
    card = card_of(world, method)
    if card.refuses and not card.refuses_later:
        raise Refusal(
            402,
            "card_error",
            card.refuses.message,
            code=card.refuses.code,
            decline_code=card.refuses.decline_code,
        )
    # Attaching says nothing of what was before: the event has no previous attributes.
    method["customer"] = customer_id
    world.store.save(method)
    events.emit(world, "payment_method.attached", method)
    return method


def card_of(world: World, method: Json) -> Card:
    """The card behind a method; a bank account is none, and refuses nothing at once."""
    if method["type"] != "card":
        return cards.NO_CARD
    number = world.store.hidden(method["id"])["number"]
    card = cards.CARDS.get(number) or cards.unknown(number)
    assert card is not None, "only cards that exist become payment methods"
    return card


def card_given(given: Json) -> Card:
    """The card of `card[token]` or `card[number]`."""
    if given.get("token"):
        card = cards.named(given["token"])
        if card is None:
            raise no_such("token", given["token"], "card[token]", 400)
        return card
    number = given.get("number") or ""
    card = cards.named(number) or cards.unknown(number)
    if card is None:
        raise Refusal(
            402,
            "card_error",
            "Your card number is incorrect.",
            code="incorrect_number",
            param="number",
        )
    return card


def fingerprint(card: Card) -> str:
    return hashlib.sha256(card.number.encode()).hexdigest()[:16]
