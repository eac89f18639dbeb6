"""Invoices: what a subscription costs this time, and the payments made for it."""

from collections.abc import Callable

from sandbox.stripe import events
from sandbox.stripe.cards import Decline
from sandbox.stripe.errors import Json
from sandbox.stripe.objects import payment_try
from sandbox.stripe.objects.invoice_document import new_invoice
from sandbox.stripe.paging import PAGES, list_route, matching, pages_of
from sandbox.stripe.routes import Call, route
from sandbox.stripe.world import World

PURPOSE = {
    "subscription_create": "Subscription creation",
    "subscription_cycle": "Subscription update",
    "subscription_update": "Subscription update",
}
# Whoever wants to know that an invoice is paid.
WHEN_PAID: list[Callable[[World, Json], None]] = []


@route("GET", "/v1/invoices/<id>")
def retrieve(call: Call) -> Json:
    return call.find("invoice")


@route("GET", "/v1/invoices/<id>/lines", **PAGES)
def lines(call: Call) -> Json:
    found = call.find("invoice")
    return pages_of(call, found["lines"]["data"], f"/v1/invoices/{call.id}/lines")


list_route(
    "/v1/invoices",
    "invoice",
    filters={
        "customer": "$.customer",
        "status": "$.status",
        "collection_method": "$.collection_method",
        "subscription": "$.parent.subscription_details.subscription",
    },
)


def bill(world: World, subscription: Json, reason: str) -> Json:
    """Write the invoice for the subscription's present period and make it final."""
    customer = world.store.get(subscription["customer"])
    assert customer is not None
    invoice = new_invoice(world, subscription, customer, reason)
    events.emit(world, "invoice.created", invoice)
    events.change(world, subscription, None, latest_invoice=invoice["id"])
    finalize(world, invoice, customer)
    if invoice["amount_due"] == 0:
        paid(world, invoice)
    return invoice


def finalize(world: World, invoice: Json, customer: Json) -> None:
    """A number and a date: from here on the invoice is owed."""
    now = world.now()
    sequence = customer["next_invoice_sequence"]
    events.change(world, customer, None, next_invoice_sequence=sequence + 1)
    invoice.update(
        effective_at=now,
        ending_balance=0,
        number=f"{customer['invoice_prefix']}-{sequence:04d}",
        status="open",
        status_transitions={**invoice["status_transitions"], "finalized_at": now},
    )
    world.store.save(invoice)
    events.emit(world, "invoice.finalized", invoice)


def ask(world: World, invoice: Json, intent: Json | None = None) -> Json:
    """The payment that Stripe expects for the invoice, before anybody pays."""
    known = default_intent(world, invoice)
    if known is not None:
        return known
    reason = invoice["billing_reason"]
    wanted: Json = {
        "customer": invoice["customer"],
        "description": PURPOSE.get(reason, "Payment for Invoice"),
        "setup_future_usage": "off_session",
    }
    if intent is None:
        intent = payment_try.new_payment_intent(world, invoice["amount_due"], invoice["currency"], wanted)
    else:
        events.change(world, intent, None, **wanted)
    world.store.add(
        {
            "id": world.store.new_id("inpay"),
            "object": "invoice_payment",
            "amount_paid": None,
            "amount_requested": invoice["amount_due"],
            "created": world.now(),
            "currency": invoice["currency"],
            "invoice": invoice["id"],
            "is_default": True,
            "livemode": False,
            "payment": {"payment_intent": intent["id"], "type": "payment_intent"},
            "status": "open",
            "status_transitions": {"canceled_at": None, "paid_at": None},
        }
    )
    return intent


def collect(world: World, invoice: Json, method: Json, intent: Json | None = None) -> Decline | None:
    """Try to be paid for the invoice, once."""
    return payment_try.charge_card(world, ask(world, invoice, intent), method)


def tried(world: World, intent: Json, no: Decline | None) -> None:
    """An invoice is paid because its payment succeeded, whoever made the try."""
    for payment in matching(world, "invoice_payment", "$.payment.payment_intent", intent["id"]):
        invoice = world.store.get(payment["invoice"])
        if invoice is None or invoice["status"] != "open":
            continue
        events.change(world, invoice, None, attempt_count=invoice["attempt_count"] + 1)
        if no is not None:
            events.change(world, invoice, None, attempted=True)
            events.emit(world, "invoice.payment_failed", invoice)
            continue
        payment.update(
            amount_paid=intent["amount"],
            status="paid",
            status_transitions={"canceled_at": None, "paid_at": world.now()},
        )
        world.store.save(payment)
        events.emit(world, "invoice_payment.paid", payment)
        paid(world, invoice)


payment_try.WHEN_TRIED.append(tried)


def paid(world: World, invoice: Json) -> None:
    """Nothing is owed any more; an invoice over nothing is paid without a payment."""
    owed = invoice["amount_due"]
    invoice.update(
        amount_paid=owed,
        amount_remaining=0,
        attempted=True,
        auto_advance=False,
        next_payment_attempt=None,
        status="paid",
        status_transitions={**invoice["status_transitions"], "paid_at": world.now()},
    )
    world.store.save(invoice)
    events.emit(world, "invoice.paid", invoice)
    if owed:
        events.emit(world, "invoice.payment_succeeded", invoice)
    for listener in WHEN_PAID:
        listener(world, invoice)


def default_intent(world: World, invoice: Json) -> Json | None:
    for payment in matching(world, "invoice_payment", "$.invoice", invoice["id"]):
        if payment["is_default"] and payment["status"] != "canceled":
            return world.store.get(payment["payment"]["payment_intent"])
    return None
