"""What a change within a period costs or gives back: by the second, in whole smallest units."""

from sandbox.stripe.clock import iso
from sandbox.stripe.errors import Json
from sandbox.stripe.objects import invoice_lines
from sandbox.stripe.objects.invoice_item_document import new_item
from sandbox.stripe.objects.subscription_document import next_period
from sandbox.stripe.world import World


def share(amount: int, start: int, end: int, at: int) -> int:
    """The part of the amount that falls on the time from `at` to the end, rounded half up."""
    whole = max(1, end - start)
    left = min(max(0, end - at), whole)
    return (amount * left * 2 + whole) // (whole * 2)


def cost(item: Json) -> int:
    return int(item["price"]["unit_amount"]) * int(item["quantity"])


def until_anchor(item: Json, subscription: Json) -> int:
    """What a first period costs that ends early, where the whole ones will begin."""
    start, end = item["current_period_start"], item["current_period_end"]
    whole = next_period(end, item["price"]["recurring"], subscription["billing_cycle_anchor"]) - end
    return share(cost(item), end - whole, end, start)


def give_back(world: World, subscription: Json, item: Json, at: int) -> None:
    """Credit what is left of a period that has been paid for."""
    left = share(cost(item), item["current_period_start"], item["current_period_end"], at)
    if left:
        note(world, subscription, item, at, -left, "Unused time on")


def charge_rest(world: World, subscription: Json, item: Json, at: int) -> None:
    """Debit what the new price costs for the rest of the period."""
    left = share(cost(item), item["current_period_start"], item["current_period_end"], at)
    if left:
        note(world, subscription, item, at, left, "Remaining time on")


def note(world: World, subscription: Json, item: Json, at: int, amount: int, words: str) -> None:
    customer = world.store.get(subscription["customer"])
    assert customer is not None
    count = f"{item['quantity']} × " if item["quantity"] != 1 else ""
    day = iso(at * 1_000_000)[:10]
    new_item(
        world,
        customer,
        amount=amount,
        currency=item["price"]["currency"],
        description=f"{words} {count}{invoice_lines.name_of(world, item['price'])} after {day}",
        period=(at, item["current_period_end"]),
        price=item["price"],
        quantity=item["quantity"],
        subscription=subscription["id"],
        subscription_item=item["id"],
        metadata=subscription["metadata"],
    )
