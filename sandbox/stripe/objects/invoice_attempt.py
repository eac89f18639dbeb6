"""Collecting an invoice without anybody asking: when it becomes final, and again after each failure."""

from sandbox.stripe import events
from sandbox.stripe.errors import Json
from sandbox.stripe.objects import invoice, invoice_bill, invoice_final
from sandbox.stripe.timekeeper import verb
from sandbox.stripe.world import World


@verb(invoice_final.FINALIZE)
def finalize(world: World, invoice_id: str) -> None:
    """The hour is over: the draft is final, and the card is charged."""
    made = world.store.get(invoice_id)
    if made is None or made["status"] != "draft" or world.store.get(made["customer"]) is None:
        return
    invoice_bill.close(world, made)
    if made["status"] == "open":
        ask_for_it(world, made)


@verb(invoice_final.COLLECT)
def collect_again(world: World, invoice_id: str) -> None:
    made = world.store.get(invoice_id)
    if made is not None and made["status"] == "open" and world.store.get(made["customer"]):
        events.change(world, made, None, attempt_count=made["attempt_count"] + 1)
        attempt(world, made)


@verb(invoice_final.OVERDUE)
def overdue(world: World, invoice_id: str) -> None:
    made = world.store.get(invoice_id)
    if made is not None and made["status"] == "open":
        events.emit(world, "invoice.overdue", made)


def ask_for_it(world: World, made: Json) -> None:
    """A final invoice goes to the card that is on file, or out by email."""
    if made["collection_method"] == "charge_automatically":
        attempt(world, made)
    else:
        invoice.ask(world, made)
        events.emit(world, "invoice.sent", made)


def attempt(world: World, made: Json) -> None:
    """Charge the card on file; without one it has failed already."""
    method = method_for(world, made)
    intent = invoice.ask(world, made)
    if method is None:
        invoice.failed(world, made, intent)
    else:
        invoice.collect(world, made, method)


def method_for(world: World, made: Json) -> Json | None:
    """The invoice's own method of payment, else its subscription's, else the customer's."""
    own = attached(world, made["default_payment_method"], made["customer"])
    subscription = invoice.subscription_of(world, made)
    if own is None and subscription is not None:
        return method_on_file(world, subscription)
    return own or default_of(world, made["customer"])


def method_on_file(world: World, subscription: Json) -> Json | None:
    """The subscription's method of payment, else the customer's."""
    customer = subscription["customer"]
    own = attached(world, subscription["default_payment_method"], customer)
    return own or default_of(world, customer)


def default_of(world: World, customer_id: str) -> Json | None:
    customer = world.store.get(customer_id)
    if customer is None:
        return None
    return attached(world, customer["invoice_settings"]["default_payment_method"], customer_id)


def attached(world: World, name: str | None, customer_id: str) -> Json | None:
    """One that has been detached is of no use any more."""
    method = world.store.get(name) if name else None
    return method if method is not None and method["customer"] == customer_id else None
