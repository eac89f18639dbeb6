"""Charges: what a bank said when a card was asked to pay, and the money's arrival after it."""

from collections.abc import Callable

from sandbox.stripe import cards, events, params
from sandbox.stripe.cards import Card
from sandbox.stripe.declines import Decline
from sandbox.stripe.errors import Json
from sandbox.stripe.expanding import includes
from sandbox.stripe.objects import amending, takings
from sandbox.stripe.objects.charge_document import card_details, charge_document
from sandbox.stripe.paging import list_route, matching, whole
from sandbox.stripe.params import anything, text
from sandbox.stripe.routes import Call, route
from sandbox.stripe.timekeeper import verb
from sandbox.stripe.world import World

SETTLE = "settle charge"
# Whoever wants to know that a card has paid, and which one.
WHEN_CHARGED: list[Callable[[World, Json, Card], None]] = []
# Whoever wants to know that a charge has been refunded or disputed.
WHEN_TAKEN_BACK: list[Callable[[World, Json], None]] = []


@route("GET", "/v1/charges/<id>")
def retrieve(call: Call) -> Json:
    return call.find("charge")


@route(
    "POST",
    "/v1/charges/<id>",
    customer=text(),
    description=text(),
    fraud_details=anything,
    metadata=params.metadata,
    receipt_email=params.email,
    shipping=params.shipping,
    transfer_group=text(),
)
def update(call: Call) -> Json:
    return amending.update(call, call.find("charge"), "charge.updated")


list_route(
    "/v1/charges",
    "charge",
    filters={
        "customer": "$.customer",
        "payment_intent": "$.payment_intent",
        "transfer_group": "$.transfer_group",
    },
)


def new_charge(world: World, intent: Json, method: Json, card: Card, no: Decline | None) -> Json:
    """Ask the bank; a charge that succeeds has no balance transaction yet."""
    authenticated = bool(world.store.hidden(method["id"]).get("authenticated"))
    details = card_details(intent, method, card, authenticated)
    document = charge_document(world, intent, method, "failed" if no else "succeeded", details, no)
    held = no is None and intent["capture_method"] == "manual"
    if held:
        document.update(amount_captured=0, captured=False)
    charge = world.store.add(document, hidden={"number": card.number})
    events.emit(world, "charge.failed" if no else "charge.succeeded", charge)
    if no is None and not held:
        captured(world, charge, card)
    return charge


def captured(world: World, charge: Json, card: Card) -> None:
    """The card has paid: the money is on its way, and with it whatever this card brings."""
    world.agenda.soon(world.settings.settle_delay_ms * 1000, SETTLE, charge["id"])
    if card.available_at_once:
        settle(world, charge["id"])
    for listener in WHEN_CHARGED:
        listener(world, charge, card)


@verb(SETTLE)
def settle(world: World, charge_id: str) -> None:
    """The money has been captured: the balance transaction is there, and Stripe says so."""
    charge = world.store.get(charge_id)
    if charge is None or charge["balance_transaction"] is not None:
        return
    world.agenda.cancel(SETTLE, charge_id)
    transaction = takings.receive(world, charge, at_once=card_behind(world, charge).available_at_once)
    events.change(world, charge, "charge.updated", balance_transaction=transaction["id"])


def card_behind(world: World, charge: Json) -> Card:
    return cards.CARDS.get(str(world.store.hidden(charge["id"]).get("number")), cards.VISA)


@includes("charge", "refunds")
def refunds_of(world: World, charge: Json) -> Json:
    return whole(matching(world, "refund", "$.charge", charge["id"]), f"/v1/charges/{charge['id']}/refunds")
