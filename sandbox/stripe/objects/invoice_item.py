"""Invoice items: amounts noted down by hand for the customer's next invoice."""

from sandbox.stripe import events, params
from sandbox.stripe.errors import Json, invalid, missing_parameter
from sandbox.stripe.objects import amending, invoice_lines, pricing, time_of
from sandbox.stripe.objects.customer import living
from sandbox.stripe.objects.invoice_item_document import new_item
from sandbox.stripe.paging import list_route
from sandbox.stripe.params import Needed, anything, boolean, text
from sandbox.stripe.routes import Call, named, route

FIELDS: dict[str, params.Reader | params.Needed] = {
    "amount": params.integer,
    "description": text(),
    "discountable": boolean,
    "discounts": anything,
    "metadata": params.metadata,
    "period": params.record(start=Needed(params.integer), end=Needed(params.integer)),
    "price_data": pricing.price_data,
    "pricing": params.record(price=text()),
    "quantity": params.amount,
    "tax_behavior": text(),
    "tax_rates": anything,
    "unit_amount_decimal": text(),
}


@route(
    "POST",
    "/v1/invoiceitems",
    **FIELDS,
    customer=Needed(text()),
    currency=params.currency,
    invoice=text(),
    subscription=text(),
)
def create(call: Call) -> Json:
    """Onto a draft that is named, else onto the next invoice."""
    world, given = call.world, call.params
    customer = time_of.follow(world, living(world, given["customer"]))
    draft = still_draft(call, given["invoice"]) if given.get("invoice") else None
    if given.get("subscription"):
        call.given("subscription", "subscription")
    price = priced(call)
    quantity = given.get("quantity") or 1
    if price is None and given.get("amount") is None:
        raise missing_parameter("amount")
    period = given.get("period")
    item = new_item(
        world,
        customer,
        amount=price["unit_amount"] * quantity if price else given["amount"],
        currency=price["currency"] if price else given.get("currency") or customer["currency"] or "usd",
        description=given.get("description") or (invoice_lines.name_of(world, price) if price else None),
        period=(period["start"], period["end"]) if period else None,
        price=price,
        quantity=quantity,
        invoice=draft["id"] if draft else None,
        subscription=given.get("subscription"),
        metadata=given.get("metadata"),
    )
    if draft is not None:
        rows = [*draft["lines"]["data"], invoice_lines.for_invoice_item(world, draft["id"], item)]
        rewrite(call, draft, rows)
    return item


@route("GET", "/v1/invoiceitems/<id>")
def retrieve(call: Call) -> Json:
    return call.find("invoiceitem")


@route("POST", "/v1/invoiceitems/<id>", **FIELDS)
def update(call: Call) -> Json:
    item = call.find("invoiceitem")
    draft = still_draft(call, item["invoice"]) if item["invoice"] else None
    for name in set(call.params) - {"amount", "description", "metadata", "period", "discountable"}:
        call.params.pop(name)
    more = {"net_amount": call.params["amount"]} if "amount" in call.params else {}
    amending.update(call, item, "", **more)
    if draft is not None:
        other = [row for row in draft["lines"]["data"] if invoice_item_of(row) != item["id"]]
        rewrite(call, draft, [*other, invoice_lines.for_invoice_item(call.world, draft["id"], item)])
    return item


@route("DELETE", "/v1/invoiceitems/<id>")
def delete(call: Call) -> Json:
    item = call.find("invoiceitem")
    if item["invoice"]:
        draft = still_draft(call, item["invoice"])
        kept = [row for row in draft["lines"]["data"] if invoice_item_of(row) != item["id"]]
        rewrite(call, draft, kept)
    call.world.store.drop(item["id"])
    events.emit(call.world, "invoiceitem.deleted", item)
    return {"id": item["id"], "object": "invoiceitem", "deleted": True}


list_route("/v1/invoiceitems", "invoiceitem", filters={"customer": "$.customer", "invoice": "$.invoice"})


def still_draft(call: Call, invoice_id: str) -> Json:
    draft = named(call.world, "invoice", invoice_id, "invoice", 400)
    if draft["status"] != "draft":
        raise invalid("This invoice is no longer editable.", "invoice", "invoice_not_editable")
    return draft


def rewrite(call: Call, draft: Json, rows: list[Json]) -> None:
    previous: Json = {name: draft[name] for name in ("amount_due", "lines", "total")}
    invoice_lines.put(call.world, draft, rows, draft["starting_balance"])
    events.emit(call.world, "invoice.updated", draft, previous)


def invoice_item_of(row: Json) -> str | None:
    details = row["parent"]["invoice_item_details"] or row["parent"]["subscription_item_details"]
    found: str | None = details["invoice_item"]
    return found


def priced(call: Call) -> Json | None:
    given = call.params
    if (given.get("pricing") or {}).get("price"):
        return named(call.world, "price", given["pricing"]["price"], "pricing[price]", 400)
    if given.get("price_data"):
        return pricing.new_price(call.world, given["price_data"], "price_data", False)
    return None
