"""Charges: what a bank said when a card was asked to pay, and the money's arrival after it."""

import hashlib

from sandbox.stripe import events, params
from sandbox.stripe.cards import Card, Decline
from sandbox.stripe.errors import Json
from sandbox.stripe.expanding import includes
from sandbox.stripe.objects import amending, balance
from sandbox.stripe.paging import list_route, matching, whole
from sandbox.stripe.params import anything, text
from sandbox.stripe.routes import Call, route
from sandbox.stripe.timekeeper import verb
from sandbox.stripe.world import World

SETTLE = "settle charge"


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
    charge = world.store.add(
        {
            "id": world.store.new_id("ch"),
            "object": "charge",
            "amount": intent["amount"],
            "amount_captured": 0 if no else intent["amount"],
            "amount_refunded": 0,
            "application": None,
            "application_fee": None,
            "application_fee_amount": None,
            "balance_transaction": None,
            "billing_details": method["billing_details"],
            "calculated_statement_descriptor": descriptor(world, intent),
            "captured": no is None,
            "created": world.now(),
            "currency": intent["currency"],
            "customer": intent["customer"],
            "description": intent["description"],
            "disputed": False,
            "failure_balance_transaction": None,
            "failure_code": no.code if no else None,
            "failure_message": no.message if no else None,
            "fraud_details": {},
            "livemode": False,
            "metadata": dict(intent["metadata"]),
            "on_behalf_of": None,
            "outcome": outcome(no),
            "paid": no is None,
            "payment_intent": intent["id"],
            "payment_method": method["id"],
            "payment_method_details": {
                "card": card_details(intent, method, card),
                "type": "card",
            },
            "radar_options": {},
            "receipt_email": intent["receipt_email"],
            "receipt_number": None,
            "receipt_url": None,
            "refunded": False,
            "review": None,
            "shipping": intent["shipping"],
            "source_transfer": None,
            "statement_descriptor": None,
            "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
            "status": "failed" if no else "succeeded",
            "transfer_data": None,
            "transfer_group": intent["transfer_group"],
        },
        hidden={"available_at_once": card.available_at_once},
    )
    events.emit(world, "charge.failed" if no else "charge.succeeded", charge)
    if no is None:
        world.agenda.soon(world.settings.settle_delay_ms * 1000, SETTLE, charge["id"])
    return charge


@verb(SETTLE)
def settle(world: World, charge_id: str) -> None:
    """The money has been captured: the balance transaction is there, and Stripe says so."""
    charge = world.store.get(charge_id)
    if charge is None or charge["balance_transaction"] is not None:
        return
    at_once = bool(world.store.hidden(charge_id).get("available_at_once"))
    transaction = balance.receive(world, charge, at_once)
    events.change(world, charge, "charge.updated", balance_transaction=transaction["id"])


@includes("charge", "refunds")
def refunds_of(world: World, charge: Json) -> Json:
    return whole(matching(world, "refund", "$.charge", charge["id"]), f"/v1/charges/{charge['id']}/refunds")


def descriptor(world: World, intent: Json) -> str:
    words = [world.settings.name.upper()[:22]]
    if intent["statement_descriptor_suffix"]:
        words = [words[0][:10].strip() + "*", intent["statement_descriptor_suffix"].upper()]
    return " ".join(words)[:22]


def outcome(no: Decline | None) -> Json:
    return {
        "advice_code": no.advice if no else None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "declined_by_network" if no else "approved_by_network",
        "reason": no.reason if no else None,
        "risk_level": "normal",
        "risk_score": 12,
        "seller_message": no.told_seller if no else "Payment complete.",
        "type": "issuer_declined" if no else "authorized",
    }


def card_details(intent: Json, method: Json, card: Card) -> Json:
    looks = method["card"]
    approval = hashlib.sha256(intent["id"].encode()).hexdigest()
    return {
        "amount_authorized": intent["amount"],
        "authorization_code": f"{int(approval[:8], 16) % 1_000_000:06d}",
        "brand": card.brand,
        "checks": looks["checks"],
        "country": card.country,
        "exp_month": looks["exp_month"],
        "exp_year": looks["exp_year"],
        "extended_authorization": {"status": "disabled"},
        "fingerprint": looks["fingerprint"],
        "funding": card.funding,
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "last4": card.last4,
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": card.brand,
        "network_token": {"used": False},
        "network_transaction_id": str(int(approval[8:20], 16))[:15],
        "overcapture": {"maximum_amount_capturable": intent["amount"], "status": "unavailable"},
        "regulated_status": "unregulated",
        "three_d_secure": None,
        "transaction_link_id": None,
        "wallet": None,
    }
