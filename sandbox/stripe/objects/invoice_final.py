"""How an invoice becomes final, and how it is given up: void, or not worth waiting for."""

from collections.abc import Callable

from sandbox.stripe import events
from sandbox.stripe.clock import DAY
from sandbox.stripe.errors import Json
from sandbox.stripe.objects import invoice_lines, payment_try
from sandbox.stripe.paging import matching
from sandbox.stripe.world import World

FINALIZE = "finalize invoice"
COLLECT = "collect invoice"
OVERDUE = "invoice overdue"
# Whoever wants to know that nobody will be asked for an invoice any more.
WHEN_GIVEN_UP: list[Callable[[World, Json], None]] = []


def finalize(world: World, invoice: Json, customer: Json) -> None:
    """A number and a date: from here on the invoice is owed."""
    now = world.now()
    sequence = customer["next_invoice_sequence"]
    events.change(world, customer, None, next_invoice_sequence=sequence + 1)
    balance = customer["balance"]
    invoice_lines.weigh(invoice, balance)
    ending = balance + invoice["total"] - invoice["amount_due"]
    events.change(world, customer, "customer.updated", balance=ending)
    if invoice["collection_method"] == "send_invoice":
        due_date = invoice["due_date"] or now + (world.store.hidden(invoice["id"]).get("days") or 30) * DAY
        invoice["due_date"] = due_date
        world.agenda.at(due_date, OVERDUE, invoice["id"])
    invoice.update(
        automatically_finalizes_at=None,
        effective_at=now,
        ending_balance=ending,
        number=invoice["number"] or f"{customer['invoice_prefix']}-{sequence:04d}",
        status="open",
        status_transitions={**invoice["status_transitions"], "finalized_at": now},
    )
    world.store.save(invoice)
    world.agenda.cancel(FINALIZE, invoice["id"])
    events.emit(world, "invoice.finalized", invoice)


def void(world: World, invoice: Json) -> Json:
    """As if it had never been sent; what it took from the customer's balance goes back."""
    customer = world.store.get(invoice["customer"])
    moved = (invoice["ending_balance"] or 0) - invoice["starting_balance"]
    if customer is not None and moved:
        events.change(world, customer, "customer.updated", balance=customer["balance"] - moved)
    cancel_payments(world, invoice)
    return give_up(world, invoice, "void", "voided")


def mark_uncollectible(world: World, invoice: Json, reason: str = "user_forgiven") -> Json:
    invoice["status_details"] = {"uncollectible": {"reason": reason}}
    return give_up(world, invoice, "uncollectible", "marked_uncollectible")


def give_up(world: World, invoice: Json, status: str, word: str) -> Json:
    stop_trying(world, invoice)
    previous = {"status": invoice["status"], "status_transitions": invoice["status_transitions"]}
    invoice.update(
        status=status,
        status_transitions={**invoice["status_transitions"], f"{word}_at": world.now()},
    )
    world.store.save(invoice)
    events.emit(world, f"invoice.{word}", invoice)
    events.emit(world, "invoice.updated", invoice, previous)
    for listener in WHEN_GIVEN_UP:
        listener(world, invoice)
    return invoice


def stop_trying(world: World, invoice: Json) -> None:
    """Nothing happens to it by itself any more."""
    for verb in (FINALIZE, COLLECT, OVERDUE):
        world.agenda.cancel(verb, invoice["id"])
    invoice.update(auto_advance=False, automatically_finalizes_at=None, next_payment_attempt=None)
    world.store.save(invoice)


def cancel_payments(world: World, invoice: Json) -> None:
    """Payments that are still expected for the invoice are called off."""
    for payment in matching(world, "invoice_payment", "$.invoice", invoice["id"]):
        if payment["status"] != "open":
            continue
        payment.update(
            status="canceled",
            status_transitions={"canceled_at": world.now(), "paid_at": None},
        )
        world.store.save(payment)
        intent = world.store.get(payment["payment"]["payment_intent"])
        if intent is not None and intent["status"] not in ("canceled", "succeeded", "processing"):
            payment_try.canceled(world, intent, "void_invoice")
