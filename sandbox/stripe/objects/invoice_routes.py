"""Invoices as they can be asked for, written by hand, changed while drafts, and thrown away."""

from typing import Any

from sandbox.stripe import events, params
from sandbox.stripe.errors import Json, invalid
from sandbox.stripe.objects import amending, invoice_bill, invoice_final, invoice_lines, payment_card, time_of
from sandbox.stripe.objects.customer import living
from sandbox.stripe.objects.invoice_document import new_invoice
from sandbox.stripe.paging import PAGES, list_route, matching, pages_of
from sandbox.stripe.params import Needed, anything, boolean, text
from sandbox.stripe.routes import Call, route

FIELDS: dict[str, params.Reader | params.Needed] = {
    "account_tax_ids": anything,
    "auto_advance": boolean,
    "automatic_tax": anything,
    "automatically_finalizes_at": params.integer,
    "collection_method": params.choice("charge_automatically", "send_invoice"),
    "custom_fields": anything,
    "days_until_due": params.count,
    "default_payment_method": text(),
    "default_tax_rates": anything,
    "description": text(),
    "discounts": anything,
    "due_date": params.integer,
    "effective_at": params.integer,
    "footer": text(),
    "metadata": params.metadata,
    "number": text(26),
    "payment_settings": anything,
    "rendering": anything,
    "statement_descriptor": text(22),
}
# What a draft takes over as it is given.
PLAIN = (
    "auto_advance", "collection_method", "default_payment_method", "description", "due_date",
    "footer", "metadata", "number", "statement_descriptor",
)  # fmt: skip


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


@route(
    "POST",
    "/v1/invoices",
    **FIELDS,
    customer=Needed(text()),
    currency=params.currency,
    from_invoice=anything,
    pending_invoice_items_behavior=params.choice("exclude", "include"),
    subscription=text(),
)
def create(call: Call) -> Json:
    """A draft by hand: empty, or with what has waited for an invoice."""
    world, given = call.world, call.params
    customer = time_of.follow(world, living(world, given["customer"]))
    subscription = call.given("subscription", "subscription") if given.get("subscription") else None
    currency = given.get("currency") or customer["currency"] or world.settings.default_currency
    made = new_invoice(world, customer, "manual", currency, subscription=subscription)
    made.update({"auto_advance": False, **plain(call, made)})
    include = given.get("pending_invoice_items_behavior") == "include" or subscription is not None
    owner = subscription["id"] if subscription else None
    rows = invoice_bill.take_waiting(world, made, owner) if include else []
    invoice_lines.put(world, made, rows, customer["balance"])
    world.store.hide(made["id"], days=given.get("days_until_due"))
    if made["auto_advance"]:
        invoice_bill.advance_by_itself(world, made)
    events.emit(world, "invoice.created", made)
    return made


@route("POST", "/v1/invoices/<id>", **FIELDS)
def update(call: Call) -> Json:
    world = call.world
    made = time_of.follow(world, call.find("invoice"))
    fixed = set(call.params) - {"auto_advance", "default_payment_method", "description", "metadata"}
    if made["status"] != "draft" and fixed:
        raise invalid(f"Finalized invoices can't be updated in this way ({', '.join(sorted(fixed))}).")
    news = plain(call, made)
    call.params.clear()
    call.params.update(news)
    amending.update(call, made, "invoice.updated")
    if news.get("auto_advance") is False:
        invoice_final.stop_trying(world, made)
    elif news.get("auto_advance") and made["status"] == "draft":
        invoice_bill.advance_by_itself(world, made)
    return made


@route("DELETE", "/v1/invoices/<id>")
def delete(call: Call) -> Json:
    """Only a draft can be thrown away; what stood on it waits for the next invoice or goes with it."""
    made = call.find("invoice")
    if made["status"] != "draft":
        raise invalid("You can only delete draft invoices.", code="invoice_not_editable")
    invoice_final.stop_trying(call.world, made)
    for item in matching(call.world, "invoiceitem", "$.customer", made["customer"]):
        if item["invoice"] == made["id"]:
            events.change(call.world, item, None, invoice=None)
    call.world.store.drop(made["id"])
    events.emit(call.world, "invoice.deleted", made)
    return {"id": made["id"], "object": "invoice", "deleted": True}


def plain(call: Call, made: Json) -> dict[str, Any]:
    news = {name: call.params[name] for name in PLAIN if name in call.params}
    if news.get("default_payment_method"):
        payment_card.found(call.world, news["default_payment_method"], "default_payment_method")
    if made["metadata"] == {} and "metadata" in news:
        news["metadata"] = params.present(news["metadata"])
    return news
