"""Customers: whom Stripe remembers."""

from sandbox.stripe import events, params
from sandbox.stripe.errors import Json, no_such
from sandbox.stripe.objects import amending, time_of
from sandbox.stripe.objects.coupon import discount
from sandbox.stripe.objects.payment_of import chosen_method
from sandbox.stripe.paging import list_route, listed
from sandbox.stripe.params import anything, text
from sandbox.stripe.routes import Call, route
from sandbox.stripe.world import World

FIELDS: dict[str, params.Reader | params.Needed] = {
    "address": params.address,
    "balance": params.integer,
    "business_name": text(150),
    "cash_balance": anything,
    "coupon": text(),
    "description": text(),
    "email": params.email,
    "individual_name": text(150),
    "invoice_prefix": text(12),
    "invoice_settings": params.record(
        default_payment_method=text(), custom_fields=anything, footer=text(),
        rendering_options=anything,
    ),
    "metadata": params.metadata,
    "name": text(256),
    "next_invoice_sequence": params.count,
    "phone": text(20),
    "preferred_locales": params.listing(text(12)),
    "shipping": params.shipping,
    "tax": anything,
    "tax_exempt": params.choice("none", "exempt", "reverse"),
    "validate": params.boolean,
}  # fmt: skip


@route(
    "POST",
    "/v1/customers",
    **FIELDS,
    payment_method=text(),
    source=text(),
    tax_id_data=anything,
    test_clock=text(),
)
def create(call: Call) -> Json:
    """A customer, perhaps with a card; `pm_card_…` given twice is one and the same card."""
    world, given = call.world, dict(call.params)
    if given.get("test_clock"):
        call.given("test_clock", "test_helpers.test_clock")
        time_of.follow(world, given)
    settings = dict(given.get("invoice_settings") or {})
    named = settings.pop("default_payment_method", None)
    customer = new_customer(world, {**given, "invoice_settings": settings})
    first = attached(world, given.get("payment_method"), customer)
    token = given.get("source")
    chosen = first if named == given.get("payment_method") else attached(world, named, customer)
    chosen = chosen or attached(world, token and token.replace("tok_", "pm_card_"), customer)
    if chosen and (named or token):
        settings = {**customer["invoice_settings"], "default_payment_method": chosen}
        events.change(world, customer, None, invoice_settings=settings)
    if given.get("coupon"):
        discount(world, customer, given["coupon"])
    return customer


def attached(world: World, name: str | None, customer: Json) -> str | None:
    return chosen_method(world, name, customer["id"], "payment_method", attach=True) if name else None


@route("GET", "/v1/customers/<id>")
def retrieve(call: Call) -> Json:
    customer = call.world.store.get(call.id)
    if customer is None and (gone := call.world.store.meta(f"deleted {call.id}")):
        return {"id": gone, "object": "customer", "deleted": True}
    return call.find("customer")


@route("POST", "/v1/customers/<id>", **FIELDS, default_source=text())
def update(call: Call) -> Json:
    customer = time_of.follow(call.world, call.find("customer"))
    settings = call.params.pop("invoice_settings", None)
    if settings is not None:
        if settings.get("default_payment_method"):
            name = settings["default_payment_method"]
            settings["default_payment_method"] = chosen_method(call.world, name, customer["id"])
        call.params["invoice_settings"] = {**customer["invoice_settings"], **settings}
    call.params.pop("validate", None)
    if "coupon" in call.params:
        discount(call.world, customer, call.params.pop("coupon"))
    return amending.update(call, customer, "customer.updated")


list_route("/v1/customers", "customer", filters={"email": "$.email", "test_clock": "$.test_clock"})


@route("GET", "/v1/customers/<id>/payment_methods", type=text(), limit=params.count)
def payment_methods(call: Call) -> Json:
    call.find("customer")
    test = ("json_extract(body, '$.customer') = ?", (call.id,))
    return listed(call, "payment_method", [test], f"/v1/customers/{call.id}/payment_methods")


def new_customer(world: World, given: Json) -> Json:
    settings = given.get("invoice_settings") or {}
    customer_id = world.store.new_id("cus", 14)
    customer = world.store.add(
        {
            "id": customer_id,
            "object": "customer",
            "address": given.get("address"),
            "balance": given.get("balance") or 0,
            "created": world.now(),
            "currency": None,
            "customer_account": None,
            "default_source": None,
            "delinquent": False,
            "description": given.get("description"),
            "discount": None,
            "email": given.get("email"),
            "invoice_prefix": given.get("invoice_prefix") or prefix_of(customer_id),
            "invoice_settings": {
                "custom_fields": None,
                "default_payment_method": settings.get("default_payment_method"),
                "footer": settings.get("footer"),
                "rendering_options": None,
            },
            "livemode": False,
            "metadata": params.present(given.get("metadata") or {}),
            "name": given.get("name"),
            "next_invoice_sequence": given.get("next_invoice_sequence") or 1,
            "phone": given.get("phone"),
            "preferred_locales": given.get("preferred_locales") or [],
            "shipping": given.get("shipping"),
            "tax_exempt": given.get("tax_exempt") or "none",
            "test_clock": given.get("test_clock"),
        }
    )
    events.emit(world, "customer.created", customer)
    return customer


def prefix_of(customer_id: str) -> str:
    return customer_id[-8:].upper()


def living(world: World, customer_id: str, param: str = "customer") -> Json:
    """The customer, who must not have been deleted."""
    customer = world.store.get(customer_id)
    if customer is None or customer["object"] != "customer":
        raise no_such("customer", customer_id, param, 400)
    return customer
