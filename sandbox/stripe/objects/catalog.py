"""Products and prices, and the prices that come written out within another call."""

from sandbox.stripe import events, params, statement
from sandbox.stripe.errors import Json
from sandbox.stripe.objects import amending
from sandbox.stripe.objects.pricing import new_price, new_product, price_data, product_data, recurring
from sandbox.stripe.paging import list_route
from sandbox.stripe.params import Needed, anything, boolean, text
from sandbox.stripe.routes import Call, route


@route(
    "POST",
    "/v1/products",
    active=boolean,
    default_price_data=price_data,
    description=text(40_000),
    id=text(),
    images=params.listing(params.url),
    marketing_features=anything,
    metadata=params.metadata,
    name=Needed(text(5000)),
    package_dimensions=anything,
    shippable=boolean,
    statement_descriptor=statement.descriptor,
    tax_code=text(),
    tax_details=anything,
    type=text(),
    unit_label=text(12),
    url=params.url,
)
def create_product(call: Call) -> Json:
    given = dict(call.params)
    first_price = given.pop("default_price_data", None)
    product = new_product(call.world, given)
    if first_price:
        price = new_price(call.world, {**first_price, "product": product["id"]})
        events.change(call.world, product, "product.updated", default_price=price["id"])
    return product


@route("GET", "/v1/products/<id>")
def product_of(call: Call) -> Json:
    return call.find("product")


@route(
    "POST",
    "/v1/products/<id>",
    active=boolean,
    default_price=text(),
    description=text(40_000),
    images=params.listing(params.url),
    metadata=params.metadata,
    name=text(5000),
    statement_descriptor=statement.descriptor,
    unit_label=text(12),
    url=params.url,
)
def update_product(call: Call) -> Json:
    product = call.find("product")
    return amending.update(call, product, "product.updated", updated=call.world.now())


@route("DELETE", "/v1/products/<id>")
def delete_product(call: Call) -> Json:
    product = call.find("product")
    call.world.store.drop(product["id"])
    events.emit(call.world, "product.deleted", product)
    return {"id": product["id"], "object": "product", "deleted": True}


list_route("/v1/products", "product", filters={"url": "$.url"}, shippable=boolean, active=boolean)


@route(
    "POST",
    "/v1/prices",
    active=boolean,
    billing_scheme=params.choice("per_unit"),
    currency=Needed(params.currency),
    currency_options=anything,
    custom_unit_amount=anything,
    lookup_key=text(200),
    metadata=params.metadata,
    nickname=text(),
    product=text(),
    product_data=product_data,
    recurring=recurring,
    tax_behavior=params.choice("exclusive", "inclusive", "unspecified"),
    transfer_lookup_key=boolean,
    transform_quantity=anything,
    unit_amount=params.amount,
    unit_amount_decimal=text(),
)
def create_price(call: Call) -> Json:
    return new_price(call.world, call.params)


@route("GET", "/v1/prices/<id>")
def price_of(call: Call) -> Json:
    return call.find("price")


@route(
    "POST",
    "/v1/prices/<id>",
    active=boolean,
    lookup_key=text(200),
    metadata=params.metadata,
    nickname=text(),
    tax_behavior=params.choice("exclusive", "inclusive", "unspecified"),
)
def update_price(call: Call) -> Json:
    return amending.update(call, call.find("price"), "price.updated")


list_route(
    "/v1/prices",
    "price",
    filters={"product": "$.product", "currency": "$.currency", "type": "$.type"},
    active=boolean,
)
