"""A charge as Stripe writes it, whatever it was paid with."""

import hashlib

from sandbox.stripe.cards import Card
from sandbox.stripe.declines import Decline
from sandbox.stripe.errors import Json
from sandbox.stripe.world import World


def charge_document(
    world: World, intent: Json, method: Json, status: str, details: Json, no: Decline | None = None
) -> Json:
    """`details` is what the method shows of itself; `no` says why the bank refused."""
    kind = method["type"]
    document: Json = {
        "id": world.store.new_id("ch" if kind == "card" else "py"),
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
        "outcome": outcome(no, kind),
        "paid": status == "succeeded",
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": {kind: details, "type": kind},
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
        "status": status,
        "transfer_data": None,
        "transfer_group": intent["transfer_group"],
    }
    if "presentment_details" in intent:
        document["presentment_details"] = intent["presentment_details"]
    return document


def descriptor(world: World, intent: Json) -> str:
    words = [world.settings.name.upper()[:22]]
    if intent["statement_descriptor_suffix"]:
        words = [words[0][:10].strip() + "*", intent["statement_descriptor_suffix"].upper()]
    return " ".join(words)[:22]


def outcome(no: Decline | None, kind: str) -> Json:
    told: Json = {
        "advice_code": no.advice if no and kind == "card" else None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "declined_by_network" if no else "approved_by_network",
        "reason": no.reason if no and kind == "card" else None,
        "risk_level": "normal" if kind == "card" else "not_assessed",
        "seller_message": no.told_seller if no else "Payment complete.",
        "type": "issuer_declined" if no else "authorized",
    }
    return {**told, "risk_score": 12} if kind == "card" else told


def card_details(intent: Json, method: Json, card: Card, authenticated: bool) -> Json:
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
        "three_d_secure": AUTHENTICATED if authenticated else None,
        "transaction_link_id": None,
        "wallet": None,
    }


AUTHENTICATED: Json = {
    "authentication_flow": "challenge",
    "electronic_commerce_indicator": "05",
    "exemption_indicator": None,
    "result": "authenticated",
    "result_reason": None,
    "transaction_id": None,
    "version": "2.2.0",
}
