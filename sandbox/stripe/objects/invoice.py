"""What is owed on an invoice, and the payments that are made for it or fail."""

from collections.abc import Callable

from sandbox.stripe import events
from sandbox.stripe.clock import DAY
from sandbox.stripe.declines import Decline
from sandbox.stripe.errors import Json
from sandbox.stripe.objects import billing_settings, payment_try, presentment
from sandbox.stripe.objects.invoice_final import COLLECT, cancel_payments, stop_trying
from sandbox.stripe.paging import matching
from sandbox.stripe.world import World

PURPOSE = {
    "subscription_create": "Subscription creation",
    "subscription_cycle": "Subscription update",
    "subscription_update": "Subscription update",
}
PAYABLE = ("open", "uncollectible")
Listener = Callable[[World, Json], None]
# Whoever wants to know that an invoice is paid, that a bank was asked, or that it has refused.
WHEN_PAID: list[Listener] = []
WHEN_WAITING: list[Listener] = []
WHEN_FAILED: list[Listener] = []


def ask(world: World, invoice: Json, intent: Json | None = None) -> Json:
    """The payment that Stripe expects for the invoice, before anybody pays."""
    known = default_intent(world, invoice)
    if known is not None:
        return known
    reason = invoice["billing_reason"]
    wanted: Json = {
        "customer": invoice["customer"],
        "description": PURPOSE.get(reason, "Payment for Invoice"),
        "setup_future_usage": "off_session" if invoice["parent"] else None,
    }
    if intent is None:
        amount = invoice["amount_remaining"]
        intent = payment_try.new_payment_intent(world, amount, invoice["currency"], wanted)
        presentment.again(world, subscription_of(world, invoice), intent)
    else:
        events.change(world, intent, None, **wanted)
    add_payment(world, invoice, intent, invoice["amount_remaining"], default=True)
    return intent


def add_payment(world: World, invoice: Json, intent: Json, amount: int, *, default: bool) -> Json:
    """Tie a payment to the invoice: it pays for it as soon as it succeeds."""
    return world.store.add(
        {
            "id": world.store.new_id("inpay"),
            "object": "invoice_payment",
            "amount_paid": None,
            "amount_requested": amount,
            "created": world.now(),
            "currency": invoice["currency"],
            "invoice": invoice["id"],
            "is_default": default,
            "livemode": False,
            "payment": {"payment_intent": intent["id"], "type": "payment_intent"},
            "status": "open",
            "status_transitions": {"canceled_at": None, "paid_at": None},
        }
    )


def collect(world: World, invoice: Json, method: Json, intent: Json | None = None) -> Decline | None:
    """Try to be paid for the invoice, once; a bank may take days to answer."""
    intent = ask(world, invoice, intent)
    no = payment_try.charge_card(world, intent, method)
    if intent["status"] == "processing":
        count = max(1, invoice["attempt_count"])
        events.change(world, invoice, None, attempt_count=count, attempted=True, next_payment_attempt=None)
        for listener in WHEN_WAITING:
            listener(world, invoice)
    return no


def tried(world: World, intent: Json, no: Decline | None) -> None:
    """An invoice is paid because its payment succeeded, whoever made the try."""
    for payment in matching(world, "invoice_payment", "$.payment.payment_intent", intent["id"]):
        invoice = world.store.get(payment["invoice"])
        if invoice is None or payment["status"] != "open" or invoice["status"] not in PAYABLE:
            continue
        if intent["status"] == "succeeded":
            count = max(1, invoice["attempt_count"])
            events.change(world, invoice, None, attempt_count=count)
            receive(world, invoice, payment, intent["amount_received"])
        elif no is not None or intent["status"] == "requires_action":
            failed(world, invoice, intent)


payment_try.WHEN_TRIED.append(tried)


def receive(world: World, invoice: Json, payment: Json, amount: int) -> None:
    """Money came in for the invoice; when it is enough, the invoice is paid."""
    payment.update(
        amount_paid=amount,
        status="paid",
        status_transitions={"canceled_at": None, "paid_at": world.now()},
    )
    world.store.save(payment)
    events.emit(world, "invoice_payment.paid", payment)
    so_far = invoice["amount_paid"] + amount
    if so_far >= invoice["amount_due"]:
        paid(world, invoice, so_far)
    else:
        remaining = invoice["amount_due"] - so_far
        events.change(world, invoice, "invoice.updated", amount_paid=so_far, amount_remaining=remaining)


def failed(world: World, invoice: Json, intent: Json | None) -> None:
    """The money did not come: say so, and say when it will be asked for again."""
    now = world.now()
    count = max(1, invoice["attempt_count"])
    due = invoice["next_payment_attempt"]
    if due is None or due <= now:
        due = next_attempt(world, invoice, count)
    previous = {name: invoice[name] for name in ("attempt_count", "attempted", "next_payment_attempt")}
    invoice.update(attempt_count=count, attempted=True, next_payment_attempt=due)
    world.store.save(invoice)
    if due is not None:
        world.agenda.at(due, COLLECT, invoice["id"])
    events.emit(world, "invoice.updated", invoice, previous)
    if intent is not None and intent["status"] == "requires_action":
        events.emit(world, "invoice.payment_action_required", invoice)
    events.emit(world, "invoice.payment_failed", invoice)
    for listener in WHEN_FAILED:
        listener(world, invoice)


def next_attempt(world: World, invoice: Json, count: int) -> int | None:
    """When it is tried again by itself; the payment without which nothing begins never is."""
    days: list[int] = billing_settings.current(world)["retries"]
    subscription = subscription_of(world, invoice)
    first = subscription is not None and subscription["status"] == "incomplete"
    automatic = invoice["auto_advance"] and invoice["collection_method"] == "charge_automatically"
    if first or not automatic or count > len(days):
        return None
    return int(world.now() + days[count - 1] * DAY)


def paid(world: World, invoice: Json, amount: int | None = None, off_stripe: int = 0) -> None:
    """Nothing is owed any more; an invoice over nothing is paid without a payment."""
    owed = invoice["amount_due"]
    received = owed if amount is None else amount
    cancel_payments(world, invoice)
    stop_trying(world, invoice)
    invoice.update(
        amount_overpaid=max(0, received - owed),
        amount_paid=received,
        amount_paid_off_stripe=off_stripe,
        amount_remaining=0,
        attempted=True,
        status="paid",
        status_details=None,
        status_transitions={**invoice["status_transitions"], "paid_at": world.now()},
    )
    world.store.save(invoice)
    events.emit(world, "invoice.paid", invoice)
    if owed:
        events.emit(world, "invoice.payment_succeeded", invoice)
    for listener in WHEN_PAID:
        listener(world, invoice)


def subscription_of(world: World, invoice: Json) -> Json | None:
    if invoice["parent"] is None:
        return None
    return world.store.get(invoice["parent"]["subscription_details"]["subscription"])


def default_intent(world: World, invoice: Json) -> Json | None:
    for payment in matching(world, "invoice_payment", "$.invoice", invoice["id"]):
        if payment["is_default"] and payment["status"] == "open":
            return world.store.get(payment["payment"]["payment_intent"])
    return None
