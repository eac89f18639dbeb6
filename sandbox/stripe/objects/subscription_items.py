"""The items that a change of a subscription leaves it with."""

from dataclasses import dataclass

from sandbox.stripe import params
from sandbox.stripe.errors import Json, invalid
from sandbox.stripe.objects.subscription_document import new_item, wish
from sandbox.stripe.world import World


@dataclass(frozen=True)
class Changed:
    """The items after a change, and those that were or became something else by it."""

    items: list[Json]
    gone: list[Json]
    new: list[Json]

    @property
    def other_rhythm(self) -> bool:
        """Monthly has become annual, or the other way round."""
        return {rhythm(item) for item in self.gone} - {rhythm(item) for item in self.items} != set()


def changed(world: World, subscription: Json, wanted: list[Json]) -> Changed:
    """Each entry names an item and what is new about it; without a name it is one more."""
    items = [dict(entry) for entry in subscription["items"]["data"]]
    gone: list[Json] = []
    new: list[Json] = []
    for at, entry in enumerate(wanted):
        if not entry.get("id"):
            items.append(added(world, subscription, entry, f"items[{at}]"))
            new.append(items[-1])
            continue
        place = next((n for n, known in enumerate(items) if known["id"] == entry["id"]), None)
        if place is None:
            raise invalid(f"No such subscription_item: '{entry['id']}'", f"items[{at}][id]")
        if entry.get("deleted"):
            gone.append(items.pop(place))
            continue
        before = items[place]
        items[place] = after = amended(world, before, entry, f"items[{at}]")
        if (after["price"]["id"], after["quantity"]) != (before["price"]["id"], before["quantity"]):
            gone.append(before)
            new.append(after)
    check(subscription, items)
    return Changed(items, gone, new)


def amended(world: World, item: Json, entry: Json, where: str) -> Json:
    after = dict(item)
    if entry.get("price") or entry.get("price_data"):
        after["price"] = wish(world, entry, where).price
    if entry.get("quantity") is not None:
        after["quantity"] = entry["quantity"]
    if "metadata" in entry:
        after["metadata"] = params.merged(item["metadata"], entry["metadata"] or {})
    return after


def added(world: World, subscription: Json, entry: Json, where: str) -> Json:
    first = subscription["items"]["data"][0]
    period = (first["current_period_start"], first["current_period_end"])
    return new_item(world, subscription["id"], wish(world, entry, where), *period)


def check(subscription: Json, items: list[Json]) -> None:
    if not items:
        raise invalid(
            "A subscription must have at least one active plan. To cancel it, delete the subscription.",
            "items",
        )
    if len({rhythm(item) for item in items}) > 1:
        raise invalid(
            "If a subscription has more than one price, all recurring intervals must match.", "items"
        )
    if any(item["price"]["currency"] != subscription["currency"] for item in items):
        raise invalid(
            f"The price specified only supports another currency than `{subscription['currency']}`. "
            "All prices of a subscription must be in its currency.",
            "items",
        )


def rhythm(item: Json) -> tuple[str, int]:
    recurring = item["price"]["recurring"]
    return recurring["interval"], recurring["interval_count"]
