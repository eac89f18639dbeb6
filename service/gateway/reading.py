"""From Stripe's JSON to our dataclasses: the one place that knows Stripe's field paths."""

from collections.abc import Mapping, Sequence
from typing import Any

from service.clock import from_epoch
from service.gateway.objects import Charge, Instalment, Payment, Session, Subscription
from service.gateway.reading_money import id_of

Json = Mapping[str, Any]

# Our own id is the only thing that we put into Stripe's metadata.
CHECKOUT = "checkout"


def session(read: Json) -> Session:
    details = read.get("customer_details") or {}
    intent = read.get("payment_intent")
    return Session(
        id=read["id"],
        checkout_id=_checkout_id(read),
        status=read["status"],
        payment_status=read["payment_status"],
        payment_intent_id=id_of(intent),
        payment_intent_status=_status_of(intent),
        subscription_id=id_of(read.get("subscription")),
        subscription_status=_status_of(read.get("subscription")),
        email=details.get("email"),
        name=details.get("name") or details.get("individual_name"),
    )


def payment(read: Json, charges: Sequence[Charge], instalment: Instalment | None) -> Payment:
    latest = id_of(read.get("latest_charge"))
    failure = read.get("last_payment_error") or {}
    return Payment(
        id=read["id"],
        status=read["status"],
        amount=read["amount"],
        currency=read["currency"],
        created=from_epoch(read["created"]),
        checkout_id=_checkout_id(read),
        charge=next((charge for charge in charges if charge.id == latest), None),
        charges=tuple(charges),
        instalment=instalment,
        failure_code=failure.get("decline_code") or failure.get("code"),
    )


def instalment(invoice: Json) -> Instalment | None:
    """None for an invoice that belongs to no subscription."""
    details = (invoice.get("parent") or {}).get("subscription_details") or {}
    subscription_id = id_of(details.get("subscription"))
    if subscription_id is None:
        return None
    return Instalment(
        invoice_id=invoice["id"],
        subscription_id=subscription_id,
        checkout_id=(details.get("metadata") or {}).get(CHECKOUT),
        billing_reason=invoice.get("billing_reason") or "",
    )


def subscription(read: Json) -> Subscription:
    items = read["items"]["data"]
    periods = [item["current_period_end"] for item in items if item.get("current_period_end")]
    recurring = items[0]["price"]["recurring"] or {}
    return Subscription(
        id=read["id"],
        status=read["status"],
        checkout_id=_checkout_id(read),
        amount=sum((item["price"]["unit_amount"] or 0) * (item.get("quantity") or 1) for item in items),
        currency=read["currency"],
        interval=_interval(recurring),
        created=from_epoch(read["created"]),
        current_period_end=from_epoch(max(periods)) if periods else None,
        # The portal sets cancel_at and leaves cancel_at_period_end false; the older way is the reverse.
        cancel_at=_instant(read.get("cancel_at"))
        or (from_epoch(max(periods)) if read.get("cancel_at_period_end") and periods else None),
        ended_at=_instant(read.get("ended_at")),
        collection_paused=bool(read.get("pause_collection")),
        resumes_at=_instant((read.get("pause_collection") or {}).get("resumes_at")),
        payment_intent_ids=_payment_intents(read.get("latest_invoice")),
    )


def _status_of(reference: Any) -> str | None:
    return reference["status"] if isinstance(reference, Mapping) else None


def _payment_intents(invoice: Any) -> tuple[str, ...]:
    if not isinstance(invoice, Mapping):
        return ()
    rows = (invoice.get("payments") or {}).get("data") or ()
    found = (id_of((row.get("payment") or {}).get("payment_intent")) for row in rows)
    return tuple(intent for intent in found if intent)


def _interval(recurring: Json) -> str:
    """`month` or `year`; "" for every other rhythm, which is none that we offer."""
    rhythm = (str(recurring.get("interval")), int(recurring.get("interval_count") or 1))
    return {("month", 1): "month", ("year", 1): "year", ("month", 12): "year"}.get(rhythm, "")


def _checkout_id(read: Json) -> str | None:
    known = (read.get("metadata") or {}).get(CHECKOUT)
    return known if isinstance(known, str) else None


def _instant(seconds: int | None) -> Any:
    return None if seconds is None else from_epoch(seconds)
