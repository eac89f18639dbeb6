"""Writing an invoice: for a period, for what has waited, or for both."""

from sandbox.stripe import events
from sandbox.stripe.errors import Json
from sandbox.stripe.objects import (
    billing_settings,
    invoice,
    invoice_final,
    invoice_item_document,
    invoice_lines,
)
from sandbox.stripe.objects.invoice_document import new_invoice
from sandbox.stripe.world import World


def bill(
    world: World,
    subscription: Json,
    reason: str,
    *,
    items: bool = True,
    shares: dict[str, int] | None = None,
) -> Json:
    """Write an invoice for the subscription and make it final at once; nobody is charged yet."""
    made = draft(world, subscription, reason, items=items, shares=shares)
    events.emit(world, "invoice.created", made)
    events.change(world, subscription, None, latest_invoice=made["id"])
    if paused(subscription):
        set_aside(world, subscription, made)
    else:
        close(world, made)
    return made


def bill_waiting(world: World, subscription: Json) -> Json | None:
    """An invoice for what has waited, if anything has."""
    customer, currency = subscription["customer"], subscription["currency"]
    if not invoice_item_document.waiting(world, customer, currency, subscription["id"]):
        return None
    return bill(world, subscription, "subscription_update", items=False)


def bill_later(world: World, subscription: Json, period: tuple[int, int]) -> Json:
    """Write the invoice for a new period; for an hour it stays a draft that may be changed."""
    made = draft(world, subscription, "subscription_cycle", period=period)
    if not paused(subscription):
        advance_by_itself(world, made)
    events.emit(world, "invoice.created", made)
    if paused(subscription):
        set_aside(world, subscription, made)
    return made


def draft(
    world: World,
    subscription: Json,
    reason: str,
    *,
    period: tuple[int, int] | None = None,
    items: bool = True,
    shares: dict[str, int] | None = None,
) -> Json:
    """An invoice for the subscription's present period and for whatever waits to be invoiced."""
    customer = world.store.get(subscription["customer"])
    assert customer is not None
    currency = subscription["currency"]
    made = new_invoice(world, customer, reason, currency, subscription=subscription, period=period)
    rows = take_waiting(world, made, subscription["id"])
    for item in subscription["items"]["data"] if items else ():
        share = (shares or {}).get(item["id"])
        rows.append(invoice_lines.for_period(world, made["id"], subscription, item, share))
    invoice_lines.put(world, made, rows, customer["balance"])
    return made


def take_waiting(world: World, made: Json, subscription_id: str | None) -> list[Json]:
    """The lines of everything that waited for an invoice."""
    rows = []
    currency = made["currency"]
    for item in invoice_item_document.waiting(world, made["customer"], currency, subscription_id):
        events.change(world, item, None, invoice=made["id"])
        rows.append(invoice_lines.for_invoice_item(world, made["id"], item))
    return rows


def paused(subscription: Json) -> bool:
    return bool(subscription["pause_collection"]) or subscription["status"] == "unpaid"


def set_aside(world: World, subscription: Json, made: Json) -> None:
    """While collection is paused, or the subscription is given up as unpaid, nobody is asked to pay."""
    pause = subscription["pause_collection"]
    behavior = pause["behavior"] if pause else "keep_as_draft"
    if behavior == "keep_as_draft":
        invoice_final.stop_trying(world, made)
        return
    invoice_final.finalize(world, made, owner(world, made))
    if behavior == "void":
        invoice_final.void(world, made)
    else:
        invoice_final.mark_uncollectible(world, made, "subscription_paused")


def advance_by_itself(world: World, made: Json) -> None:
    """The draft becomes final in an hour, and is collected then."""
    due = world.now() + billing_settings.current(world)["finalize_seconds"]
    charged = made["collection_method"] == "charge_automatically"
    made.update(automatically_finalizes_at=due, next_payment_attempt=due if charged else None)
    world.store.save(made)
    world.agenda.at(due, invoice_final.FINALIZE, made["id"])


def close(world: World, made: Json) -> None:
    """Final; what comes to nothing is paid already."""
    invoice_final.finalize(world, made, owner(world, made))
    if made["amount_due"] == 0:
        invoice.paid(world, made)


def owner(world: World, made: Json) -> Json:
    customer = world.store.get(made["customer"])
    assert customer is not None
    return customer
