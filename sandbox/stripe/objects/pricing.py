"""Products and prices as Stripe writes them, and the ones written out within another call."""

from sandbox.stripe import events, params, statement
from sandbox.stripe.errors import Json, invalid, missing_parameter
from sandbox.stripe.params import Needed, anything, boolean, text
from sandbox.stripe.routes import named
from sandbox.stripe.world import World

product_data = params.record(
    name=Needed(text(5000)),
    description=text(40_000),
    images=params.listing(params.url),
    metadata=params.metadata,
    tax_code=text(),
    tax_details=anything,
    unit_label=text(12),
    active=boolean,
    id=text(),
    statement_descriptor=statement.descriptor,
)


recurring = params.record(
    interval=Needed(params.choice("day", "week", "month", "year")),
    interval_count=params.count,
    usage_type=params.choice("licensed", "metered"),
    meter=text(),
)


price_data = params.record(
    currency=Needed(params.currency),
    product=text(),
    product_data=product_data,
    recurring=recurring,
    tax_behavior=params.choice("exclusive", "inclusive", "unspecified"),
    unit_amount=params.amount,
    unit_amount_decimal=text(),
)


def new_product(world: World, given: Json, active: bool = True) -> Json:
    now = world.now()
    product = world.store.add(
        {
            "id": given.get("id") or world.store.new_id("prod", 14),
            "object": "product",
            "active": given.get("active", active),
            "created": now,
            "default_price": None,
            "description": given.get("description"),
            "images": given.get("images") or [],
            "livemode": False,
            "marketing_features": given.get("marketing_features") or [],
            "metadata": params.present(given.get("metadata") or {}),
            "name": given["name"],
            "package_dimensions": given.get("package_dimensions"),
            "shippable": given.get("shippable"),
            "statement_descriptor": given.get("statement_descriptor"),
            "tax_code": given.get("tax_code"),
            "tax_details": None,
            "unit_label": given.get("unit_label"),
            "updated": now,
            "url": given.get("url"),
        }
    )
    events.emit(world, "product.created", product)
    return product


def new_price(world: World, given: Json, where: str = "", active: bool = True) -> Json:
    """A price; with `product_data` its product is made first."""
    if given.get("product"):
        product = named(world, "product", given["product"], params.inside(where, "product"), 400)
    elif given.get("product_data"):
        product = new_product(world, given["product_data"], active)
    else:
        raise missing_parameter(params.inside(where, "product"))
    unit_amount = amount_of(given, where)
    repeats = given.get("recurring")
    price = world.store.add(
        {
            "id": world.store.new_id("price"),
            "object": "price",
            "active": given.get("active", active),
            "billing_scheme": "per_unit",
            "created": world.now(),
            "currency": given["currency"],
            "custom_unit_amount": None,
            "livemode": False,
            "lookup_key": given.get("lookup_key"),
            "metadata": params.present(given.get("metadata") or {}),
            "nickname": given.get("nickname"),
            "product": product["id"],
            "recurring": repeating(repeats) if repeats else None,
            "tax_behavior": given.get("tax_behavior") or "unspecified",
            "tiers_mode": None,
            "transform_quantity": None,
            "type": "recurring" if repeats else "one_time",
            "unit_amount": unit_amount,
            "unit_amount_decimal": str(unit_amount),
        }
    )
    events.emit(world, "price.created", price)
    return price


def amount_of(given: Json, where: str) -> int:
    """The whole number of smallest units; fractions of a cent have no place in a donation."""
    if given.get("unit_amount") is not None:
        return int(given["unit_amount"])
    written = given.get("unit_amount_decimal")
    if written is None:
        raise missing_parameter(params.inside(where, "unit_amount"))
    whole, _, part = str(written).partition(".")
    if part.strip("0"):
        raise invalid(
            f"Invalid decimal: {written}; this sandbox takes whole units only",
            params.inside(where, "unit_amount_decimal"),
        )
    return int(params.amount(whole, params.inside(where, "unit_amount_decimal")))


def repeating(given: Json) -> Json:
    return {
        "interval": given["interval"],
        "interval_count": given.get("interval_count") or 1,
        "meter": None,
        "usage_type": given.get("usage_type") or "licensed",
    }
