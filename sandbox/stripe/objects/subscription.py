"""Subscriptions: an amount that comes again each month or year until somebody stops it."""

from sandbox.stripe import params
from sandbox.stripe.errors import Json, invalid
from sandbox.stripe.moments import moment_or
from sandbox.stripe.objects import (
    invoice,
    invoice_attempt,
    invoice_bill,
    payment_try,
    pricing,
    proration,
    subscription_change,
    subscription_items,
    time_of,
)
from sandbox.stripe.objects.customer import living
from sandbox.stripe.objects.payment_of import chosen_method
from sandbox.stripe.objects.subscription_agenda import OVER
from sandbox.stripe.objects.subscription_course import ENDS_WITH_A_PERIOD, end
from sandbox.stripe.objects.subscription_document import new_subscription, wish
from sandbox.stripe.paging import PAGES, equal, listed
from sandbox.stripe.params import Needed, anything, boolean, text
from sandbox.stripe.routes import Call, route
from sandbox.stripe.world import World

item = params.record(
    id=text(),
    price=text(),
    price_data=pricing.price_data,
    quantity=params.count,
    metadata=params.metadata,
    tax_rates=anything,
    discounts=anything,
    billing_thresholds=anything,
    deleted=boolean,
)
cancellation = params.record(
    comment=text(),
    feedback=params.choice(
        "customer_service", "low_quality", "missing_features", "other", "switched_service",
        "too_complex", "too_expensive", "unused",
    ),
)  # fmt: skip
FIELDS: dict[str, params.Reader | params.Needed] = {
    "automatic_tax": anything,
    "cancel_at": moment_or(*ENDS_WITH_A_PERIOD),
    "cancel_at_period_end": boolean,
    "collection_method": params.choice("charge_automatically"),
    "default_payment_method": text(),
    "default_tax_rates": anything,
    "description": text(500),
    "discounts": anything,
    "metadata": params.metadata,
    "off_session": boolean,
    "payment_behavior": params.choice(
        "allow_incomplete", "default_incomplete", "error_if_incomplete", "pending_if_incomplete"
    ),
    "payment_settings": anything,
    "proration_behavior": params.choice("always_invoice", "create_prorations", "none"),
    "trial_end": moment_or("now"),
    "trial_settings": anything,
}


@route(
    "POST",
    "/v1/subscriptions",
    **FIELDS,
    billing_cycle_anchor=params.integer,
    customer=Needed(text()),
    items=Needed(params.listing(item)),
    currency=params.currency,
    billing_mode=anything,
    trial_period_days=params.count,
)
def create(call: Call) -> Json:
    world, given = call.world, call.params
    customer = time_of.follow(world, living(world, given["customer"]))
    name = given.get("default_payment_method")
    method_id = chosen_method(world, name, customer["id"]) if name else None
    wanted = [wish(world, entry, f"items[{at}]") for at, entry in enumerate(given["items"])]
    subscription = new_subscription(world, customer, wanted, given, method_id)
    subscription_items.check(subscription, subscription["items"]["data"])
    first = invoice_bill.bill(world, subscription, "subscription_create", shares=shares(world, subscription))
    method = invoice_attempt.method_on_file(world, subscription)
    if first["status"] == "paid":
        return subscription
    if method is None or given.get("payment_behavior") == "default_incomplete":
        invoice.ask(world, first)
        return subscription
    no = invoice.collect(world, first, method)
    if no is not None and given.get("payment_behavior") == "error_if_incomplete":
        refusal = payment_try.declined(no, invoice.ask(world, first), method)
        refusal.effects_stay = False
        raise refusal
    return subscription


def shares(world: World, subscription: Json) -> dict[str, int] | None:
    """A first period that is cut short by the anchor costs its part only."""
    anchor = subscription["billing_cycle_anchor"]
    if anchor <= world.now() or subscription["trial_end"]:
        return None
    return {item["id"]: proration.until_anchor(item, subscription) for item in subscription["items"]["data"]}


@route("GET", "/v1/subscriptions/<id>")
def retrieve(call: Call) -> Json:
    return call.find("subscription")


@route(
    "POST",
    "/v1/subscriptions/<id>",
    **FIELDS,
    billing_cycle_anchor=anything,
    cancellation_details=cancellation,
    items=params.listing(item),
    pause_collection=params.record(
        behavior=Needed(params.choice("keep_as_draft", "mark_uncollectible", "void")),
        resumes_at=params.integer,
    ),
    proration_date=params.integer,
)
def update(call: Call) -> Json:
    subscription = time_of.follow(call.world, call.find("subscription"))
    if subscription["status"] in OVER and set(call.params) - {"cancellation_details", "metadata"}:
        raise invalid(
            "A canceled subscription can only update its cancellation_details and metadata.",
        )
    return subscription_change.change(call.world, subscription, call.params)


@route(
    "DELETE",
    "/v1/subscriptions/<id>",
    cancellation_details=cancellation,
    invoice_now=boolean,
    prorate=boolean,
)
def cancel(call: Call) -> Json:
    """Over at once; what is left of the period is given back only if asked for."""
    world = call.world
    subscription = time_of.follow(world, call.find("subscription"))
    if subscription["status"] in OVER:
        raise invalid(f"No such subscription: '{subscription['id']}'", "id", "resource_missing")
    if call.params.get("prorate") and subscription["status"] == "active":
        for entry in subscription["items"]["data"]:
            proration.give_back(world, subscription, entry, world.now())
    if call.params.get("invoice_now"):
        invoice_bill.bill_waiting(world, subscription)
    return end(world, subscription, call.params.get("cancellation_details") or {})


@route(
    "GET",
    "/v1/subscriptions",
    **PAGES,
    customer=text(),
    price=text(),
    status=text(),
    test_clock=text(),
    collection_method=text(),
    current_period_start=params.span,
    current_period_end=params.span,
)
def list_subscriptions(call: Call) -> Json:
    """Without a status Stripe leaves out what is canceled."""
    given = call.params
    tests = [equal("$.customer", given["customer"])] if given.get("customer") else []
    status = given.get("status")
    if status == "ended":
        tests.append(("json_extract(body, '$.status') IN (?, ?)", OVER))
    elif status and status != "all":
        tests.append(equal("$.status", status))
    elif not status:
        tests.append(("json_extract(body, '$.status') NOT IN (?, ?)", OVER))
    if given.get("test_clock"):
        tests.append(equal("$.test_clock", given["test_clock"]))
    if given.get("price"):
        tests.append(equal("$.items.data[0].price.id", given["price"]))
    return listed(call, "subscription", tests)
