"""Subscriptions: an amount that comes again each month or year until somebody stops it."""

from sandbox.stripe import events, params
from sandbox.stripe.errors import Json, invalid
from sandbox.stripe.objects import (
    invoice,
    payment_card,
    payment_try,
    pricing,
)
from sandbox.stripe.objects.customer import living
from sandbox.stripe.objects.subscription_course import OVER, changed_items, end, ending
from sandbox.stripe.objects.subscription_document import new_subscription, wish
from sandbox.stripe.paging import PAGES, equal, listed
from sandbox.stripe.params import Needed, anything, boolean, text
from sandbox.stripe.routes import Call, route

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
    "cancel_at": params.integer,
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
    "trial_end": anything,
    "trial_settings": anything,
}


@route(
    "POST",
    "/v1/subscriptions",
    **FIELDS,
    customer=Needed(text()),
    items=Needed(params.listing(item)),
    currency=params.currency,
    billing_mode=anything,
    trial_period_days=params.count,
)
def create(call: Call) -> Json:
    world, given = call.world, call.params
    customer = living(world, given["customer"])
    method = default_method(call, customer)
    wanted = [wish(world, entry, f"items[{at}]") for at, entry in enumerate(given["items"])]
    method_id = method["id"] if method else None
    subscription = new_subscription(world, customer, wanted, given, method_id)
    first = invoice.bill(world, subscription, "subscription_create")
    if first["status"] == "paid":
        return subscription
    if method is None or given.get("payment_behavior") == "default_incomplete":
        invoice.ask(world, first)
        return subscription
    no = invoice.collect(world, first, method)
    if no is not None and given.get("payment_behavior") == "error_if_incomplete":
        raise payment_try.declined(no, invoice.ask(world, first), method)
    return subscription


@route("GET", "/v1/subscriptions/<id>")
def retrieve(call: Call) -> Json:
    return call.find("subscription")


@route(
    "POST",
    "/v1/subscriptions/<id>",
    **FIELDS,
    items=params.listing(item),
    cancellation_details=cancellation,
)
def update(call: Call) -> Json:
    subscription = call.find("subscription")
    if subscription["status"] in OVER:
        raise invalid(
            "A canceled subscription can only update its cancellation_details and metadata.",
        )
    given = dict(call.params)
    news: Json = {
        name: given[name] for name in ("description", "default_payment_method", "metadata") if name in given
    }
    if "metadata" in news:
        known = subscription["metadata"]
        news["metadata"] = params.merged(known, news["metadata"]) if news["metadata"] else {}
    if news.get("default_payment_method"):
        payment_card.found(call.world, news["default_payment_method"], "default_payment_method")
    if "items" in given:
        news["items"] = changed_items(call, subscription)
    news |= ending(call.world, subscription, given)
    return events.change(call.world, subscription, "customer.subscription.updated", **news)


@route(
    "DELETE",
    "/v1/subscriptions/<id>",
    cancellation_details=cancellation,
    invoice_now=boolean,
    prorate=boolean,
)
def cancel(call: Call) -> Json:
    subscription = call.find("subscription")
    if subscription["status"] in OVER:
        raise invalid(f"No such subscription: '{subscription['id']}'", "id", "resource_missing")
    return end(call.world, subscription, call.params.get("cancellation_details") or {})


@route(
    "GET",
    "/v1/subscriptions",
    **PAGES,
    customer=text(),
    price=text(),
    status=text(),
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
        tests.append(("json_extract(body, '$.status') != ?", ("canceled",)))
    if given.get("price"):
        tests.append(equal("$.items.data[0].price.id", given["price"]))
    return listed(call, "subscription", tests)


def default_method(call: Call, customer: Json) -> Json | None:
    name = call.params.get("default_payment_method")
    name = name or customer["invoice_settings"]["default_payment_method"]
    return payment_card.found(call.world, name, "default_payment_method") if name else None
