"""Checkout Sessions: a page where a donor pays, opened for one wish and open for a day."""

from typing import Any

from sandbox.stripe import events, params
from sandbox.stripe.errors import Json, invalid
from sandbox.stripe.expanding import includes
from sandbox.stripe.objects import checkout_fields, checkout_rules, completion
from sandbox.stripe.objects.checkout_document import new_session
from sandbox.stripe.objects.customer import living
from sandbox.stripe.objects.payment_intent import refuse_method_types
from sandbox.stripe.paging import PAGES, equal, listed, pages_of, whole
from sandbox.stripe.params import anything, text
from sandbox.stripe.routes import Call, route
from sandbox.stripe.world import World


@route("POST", "/v1/checkout/sessions", **checkout_fields.CREATE)
def create(call: Call) -> Json:
    world, given = call.world, call.params
    refuse_method_types(call)
    checkout_rules.check(given, world.now())
    customer = living(world, given["customer"]) if given.get("customer") else None
    lines = checkout_rules.lines_of(world, given)
    session = new_session(world, given, lines, customer)
    world.agenda.at(session["expires_at"], completion.EXPIRE, session["id"])
    return session


@route("GET", "/v1/checkout/sessions/<id>")
def retrieve(call: Call) -> Json:
    return call.find("checkout.session")


@route(
    "POST",
    "/v1/checkout/sessions/<id>",
    metadata=params.metadata,
    collected_information=anything,
    shipping_options=anything,
)
def update(call: Call) -> Json:
    session = call.find("checkout.session")
    if "metadata" in call.params:
        given = call.params["metadata"]
        kept = params.merged(session["metadata"], given) if given else {}
        events.change(call.world, session, None, metadata=kept)
    return session


@route("POST", "/v1/checkout/sessions/<id>/expire")
def expire(call: Call) -> Json:
    session = call.find("checkout.session")
    if session["status"] != "open":
        raise invalid(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout '
            f'Session has a status of "{session["status"]}".'
        )
    completion.expire(call.world, session["id"])
    return session


@route("GET", "/v1/checkout/sessions/<id>/line_items", **PAGES)
def line_items(call: Call) -> Json:
    session = call.find("checkout.session")
    items = call.world.store.hidden(session["id"])["line_items"]
    return pages_of(call, items, f"/v1/checkout/sessions/{call.id}/line_items")


@route(
    "GET",
    "/v1/checkout/sessions",
    **PAGES,
    customer=text(),
    customer_details=params.record(email=params.Needed(params.email)),
    payment_intent=text(),
    payment_link=text(),
    status=params.choice("complete", "expired", "open"),
    subscription=text(),
)
def list_sessions(call: Call) -> Json:
    given = call.params
    tests: list[tuple[str, tuple[Any, ...]]] = [
        equal(f"$.{name}", given[name])
        for name in ("customer", "payment_intent", "payment_link", "status", "subscription")
        if given.get(name)
    ]
    if given.get("customer_details"):
        tests.append(equal("$.customer_details.email", given["customer_details"]["email"]))
    return listed(call, "checkout.session", tests)


@includes("checkout.session", "line_items")
def items_of(world: World, session: Json) -> Json:
    items = world.store.hidden(session["id"])["line_items"]
    return whole(items[:10], f"/v1/checkout/sessions/{session['id']}/line_items", len(items) > 10)
