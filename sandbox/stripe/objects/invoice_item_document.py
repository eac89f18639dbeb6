"""An invoice item as Stripe writes it: an amount that waits for the next invoice."""

from sandbox.stripe import events, params
from sandbox.stripe.errors import Json
from sandbox.stripe.paging import matching
from sandbox.stripe.world import World


def new_item(
    world: World,
    customer: Json,
    *,
    amount: int,
    currency: str,
    description: str | None,
    period: tuple[int, int] | None = None,
    price: Json | None = None,
    quantity: int = 1,
    invoice: str | None = None,
    subscription: str | None = None,
    subscription_item: str | None = None,
    metadata: Json | None = None,
) -> Json:
    """Something to be paid or, below zero, to be given back; a subscription's item makes it a proration."""
    now = world.now()
    start, end = period or (now, now)
    owner: Json = {"subscription": subscription}
    if subscription_item:
        owner["subscription_item"] = subscription_item
    item = world.store.add(
        {
            "id": world.store.new_id("ii"),
            "object": "invoiceitem",
            "amount": amount,
            "currency": currency,
            "customer": customer["id"],
            "customer_account": None,
            "date": now,
            "description": description,
            "discountable": subscription_item is None and amount >= 0,
            "discounts": [],
            "frozen_fields": [],
            "invoice": invoice,
            "livemode": False,
            "metadata": params.present(metadata or {}),
            "net_amount": amount,
            "parent": {"subscription_details": owner, "type": "subscription_details"}
            if subscription
            else None,
            "period": {"end": end, "start": start},
            "pricing": pricing(price, amount, quantity),
            "proration": subscription_item is not None,
            "proration_details": {"credited_items": None, "discount_amounts": []},
            "quantity": quantity,
            "quantity_decimal": str(quantity),
            "tax_rates": [],
            "test_clock": customer["test_clock"],
        },
        created=now,
    )
    if customer["currency"] is None:
        events.change(world, customer, None, currency=currency)
    events.emit(world, "invoiceitem.created", item)
    return item


def pricing(price: Json | None, amount: int, quantity: int) -> Json | None:
    """How the amount came about; one that is no whole multiple says only what it comes to."""
    if price is None:
        return None
    each = amount // quantity if amount % quantity == 0 else amount
    return {
        "price_details": {"price": price["id"], "product": price["product"]},
        "type": "price_details",
        "unit_amount_decimal": str(each),
    }


def waiting(world: World, customer_id: str, currency: str, subscription_id: str | None) -> list[Json]:
    """What the next invoice takes along: the customer's own items, and those of the subscription."""
    return [
        item
        for item in matching(world, "invoiceitem", "$.customer", customer_id)
        if item["invoice"] is None
        and item["currency"] == currency
        and subscription_of(item) in (None, subscription_id)
    ]


def subscription_of(item: Json) -> str | None:
    if item["parent"] is None:
        return None
    owner: str = item["parent"]["subscription_details"]["subscription"]
    return owner
