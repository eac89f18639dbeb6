"""Coupons and promotion codes: they exist and are told of, but take nothing off in this sandbox."""

from sandbox.stripe import events, params
from sandbox.stripe.errors import Json, invalid, missing_parameter
from sandbox.stripe.objects import amending
from sandbox.stripe.paging import list_route
from sandbox.stripe.params import anything, boolean, text
from sandbox.stripe.routes import Call, named, route
from sandbox.stripe.world import World


@route(
    "POST",
    "/v1/coupons",
    amount_off=params.count,
    applies_to=anything,
    currency=params.currency,
    currency_options=anything,
    duration=params.choice("forever", "once", "repeating"),
    duration_in_months=params.count,
    id=text(),
    max_redemptions=params.count,
    metadata=params.metadata,
    name=text(40),
    percent_off=text(),
    redeem_by=params.integer,
)
def create(call: Call) -> Json:
    world, given = call.world, call.params
    if (given.get("amount_off") is None) == (given.get("percent_off") is None):
        raise invalid("You must pass either percent_off or amount_off.")
    coupon = world.store.add(
        {
            "id": given.get("id") or world.store.new_id("x", 8)[2:],
            "object": "coupon",
            "amount_off": given.get("amount_off"),
            "created": world.now(),
            "currency": given.get("currency"),
            "duration": given.get("duration") or "once",
            "duration_in_months": given.get("duration_in_months"),
            "livemode": False,
            "max_redemptions": given.get("max_redemptions"),
            "metadata": params.present(given.get("metadata") or {}),
            "name": given.get("name"),
            "percent_off": percentage(given["percent_off"]) if given.get("percent_off") else None,
            "redeem_by": given.get("redeem_by"),
            "times_redeemed": 0,
            "valid": True,
        }
    )
    events.emit(world, "coupon.created", coupon)
    return coupon


def percentage(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 < found <= 100:
        raise invalid("Invalid percent_off: must be between 0 and 100.", "percent_off")
    return found


@route("GET", "/v1/coupons/<id>")
def retrieve(call: Call) -> Json:
    return call.find("coupon")


@route("POST", "/v1/coupons/<id>", metadata=params.metadata, name=text(40), currency_options=anything)
def update(call: Call) -> Json:
    call.params.pop("currency_options", None)
    return amending.update(call, call.find("coupon"), "coupon.updated")


@route("DELETE", "/v1/coupons/<id>")
def delete(call: Call) -> Json:
    coupon = call.find("coupon")
    call.world.store.drop(coupon["id"])
    events.emit(call.world, "coupon.deleted", {**coupon, "valid": False})
    return {"id": coupon["id"], "object": "coupon", "deleted": True}


list_route("/v1/coupons", "coupon")


@route(
    "POST",
    "/v1/promotion_codes",
    active=boolean,
    code=text(500),
    coupon=text(),
    customer=text(),
    expires_at=params.integer,
    max_redemptions=params.count,
    metadata=params.metadata,
    promotion=params.record(coupon=text(), type=params.choice("coupon")),
    restrictions=anything,
)
def create_code(call: Call) -> Json:
    world, given = call.world, call.params
    name = (given.get("promotion") or {}).get("coupon") or given.get("coupon")
    if not name:
        raise missing_parameter("promotion")
    coupon = named(world, "coupon", name, "promotion[coupon]", 400)
    restrictions = {
        "first_time_transaction": False,
        "minimum_amount": None,
        "minimum_amount_currency": None,
    }
    code = world.store.add(
        {
            "id": world.store.new_id("promo"),
            "object": "promotion_code",
            "active": given.get("active", True),
            "code": given.get("code") or world.store.new_id("x", 8)[2:].upper(),
            "created": world.now(),
            "customer": given.get("customer"),
            "customer_account": None,
            "expires_at": given.get("expires_at"),
            "livemode": False,
            "max_redemptions": given.get("max_redemptions"),
            "metadata": params.present(given.get("metadata") or {}),
            "promotion": {"coupon": coupon["id"], "type": "coupon"},
            "restrictions": {**restrictions, **(given.get("restrictions") or {})},
            "times_redeemed": 0,
        }
    )
    events.emit(world, "promotion_code.created", code)
    return code


@route("GET", "/v1/promotion_codes/<id>")
def retrieve_code(call: Call) -> Json:
    return call.find("promotion_code")


@route(
    "POST",
    "/v1/promotion_codes/<id>",
    active=boolean,
    metadata=params.metadata,
    restrictions=anything,
)
def update_code(call: Call) -> Json:
    call.params.pop("restrictions", None)
    return amending.update(call, call.find("promotion_code"), "promotion_code.updated")


list_route("/v1/promotion_codes", "promotion_code", filters={"code": "$.code"}, active=boolean)


def discount(world: World, customer: Json, coupon_id: str | None) -> None:
    """Give a customer a coupon, another one, or take it away."""
    before = customer["discount"]
    if not coupon_id:
        if before is not None:
            events.change(world, customer, "customer.updated", discount=None)
            events.emit(world, "customer.discount.deleted", {**before, "end": world.now()})
        return
    coupon = named(world, "coupon", coupon_id, "coupon", 400)
    made = {
        "id": world.store.new_id("di"),
        "object": "discount",
        "checkout_session": None,
        "customer": customer["id"],
        "customer_account": None,
        "end": None,
        "invoice": None,
        "invoice_item": None,
        "promotion_code": None,
        "source": {"coupon": coupon["id"], "type": "coupon"},
        "start": world.now(),
        "subscription": None,
        "subscription_item": None,
    }
    if before is None:
        events.change(world, customer, None, discount=made)
        events.emit(world, "customer.discount.created", made)
    else:
        events.change(world, customer, "customer.updated", discount=made)
        events.emit(world, "customer.discount.updated", made, {"source": before["source"]})
