"""What stands on an invoice, line by line, and what that comes to."""

from sandbox.stripe import money
from sandbox.stripe.errors import Json
from sandbox.stripe.paging import whole
from sandbox.stripe.world import World

EVERY = {"day": "daily", "week": "weekly", "month": "monthly", "year": "yearly"}


def put(world: World, invoice: Json, rows: list[Json], balance: int) -> None:
    """Write the lines on the draft and add them up."""
    invoice["lines"] = whole(rows, f"/v1/invoices/{invoice['id']}/lines")
    weigh(invoice, balance)
    world.store.save(invoice)


def weigh(invoice: Json, balance: int) -> None:
    """The sum of the lines, and what the customer's balance leaves to be paid of it."""
    total = sum(row["amount"] for row in invoice["lines"]["data"])
    due = max(0, total + balance)
    if total <= 0 or money.too_small(due, invoice["currency"]):
        # Too little to charge: it is owed with the next invoice, or kept for it.
        due = 0
    invoice.update(
        amount_due=due,
        amount_remaining=due - invoice["amount_paid"],
        starting_balance=balance,
        subtotal=total,
        subtotal_excluding_tax=total,
        total=total,
        total_excluding_tax=total,
    )


def for_period(
    world: World, invoice_id: str, subscription: Json, item: Json, share: int | None = None
) -> Json:
    """A period of a subscription's item; during its trial it costs nothing, cut short only a share."""
    price = item["price"]
    trial = item["current_period_end"] == subscription["trial_end"]
    amount = 0 if trial else price["unit_amount"] * item["quantity"] if share is None else share
    parent = {
        "invoice_item_details": None,
        "subscription_item_details": {
            "invoice_item": None,
            "proration": share is not None and not trial,
            "proration_details": {"credited_items": None},
            "subscription": subscription["id"],
            "subscription_item": item["id"],
        },
        "type": "subscription_item_details",
    }
    return line(
        world,
        invoice_id,
        amount=amount,
        currency=price["currency"],
        description=described(world, price, item["quantity"], trial),
        metadata=dict(subscription["metadata"]),
        parent=parent,
        period={"end": item["current_period_end"], "start": item["current_period_start"]},
        pricing={
            "price_details": {"price": price["id"], "product": price["product"]},
            "type": "price_details",
            "unit_amount_decimal": "0" if trial else price["unit_amount_decimal"],
        },
        quantity=item["quantity"],
    )


def for_invoice_item(world: World, invoice_id: str, item: Json) -> Json:
    """Something added by hand, or what a change within a period costs or gives back."""
    owner = (item["parent"] or {}).get("subscription_details") or {}
    details = {
        "invoice_item": item["id"],
        "proration": item["proration"],
        "proration_details": {"credited_items": None},
        "subscription": owner.get("subscription"),
    }
    by_item = owner.get("subscription_item")
    kind = "subscription_item_details" if by_item else "invoice_item_details"
    parent = {
        "invoice_item_details": None,
        "subscription_item_details": None,
        "type": kind,
        kind: {**details, "subscription_item": by_item} if by_item else details,
    }
    return line(
        world,
        invoice_id,
        amount=item["amount"],
        currency=item["currency"],
        description=item["description"],
        metadata=dict(item["metadata"]),
        parent=parent,
        period=dict(item["period"]),
        pricing=item["pricing"],
        quantity=item["quantity"],
    )


def line(
    world: World,
    invoice_id: str,
    *,
    amount: int,
    currency: str,
    description: str | None,
    metadata: Json,
    parent: Json,
    period: Json,
    pricing: Json | None,
    quantity: int,
) -> Json:
    return {
        "id": world.store.new_id("il"),
        "object": "line_item",
        "amount": amount,
        "currency": currency,
        "description": description,
        "discount_amounts": [],
        "discountable": amount >= 0,
        "discounts": [],
        "invoice": invoice_id,
        "livemode": False,
        "metadata": metadata,
        "parent": parent,
        "period": period,
        "pretax_credit_amounts": [],
        "pricing": pricing,
        "quantity": quantity,
        "quantity_decimal": str(quantity),
        "subtotal": amount,
        "taxes": [],
    }


def described(world: World, price: Json, quantity: int, trial: bool) -> str:
    name = name_of(world, price)
    if trial:
        return f"Trial period for {name}"
    return f"{quantity} × {name} ({EVERY[price['recurring']['interval']]})"


def name_of(world: World, price: Json) -> str:
    product = world.store.get(price["product"])
    return str(product["name"]) if product else "Subscription"
