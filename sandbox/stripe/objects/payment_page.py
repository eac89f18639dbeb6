"""The undocumented calls with which Stripe's own CLI pays a Checkout Session."""

from sandbox.stripe import params
from sandbox.stripe.errors import Json, invalid, no_such
from sandbox.stripe.objects import checkout_step, completion, payment_card, payment_try
from sandbox.stripe.objects.checkout_payer import Payer
from sandbox.stripe.params import Needed, anything, text
from sandbox.stripe.routes import Call, route
from sandbox.stripe.world import World

PREFIX = "ppage_"


@route("GET", "/v1/payment_pages/<id>")
def retrieve(call: Call) -> Json:
    return page(session_of(call))


@route(
    "POST",
    "/v1/payment_pages/<id>/confirm",
    payment_method=Needed(text()),
    expected_amount=params.amount,
    expected_payment_method_type=text(),
    consent=anything,
    eid=text(),
    key=text(),
)
def confirm(call: Call) -> Json:
    session = session_of(call)
    if session["status"] != "open":
        raise invalid(closed(session), code="checkout_session_not_open")
    expected = call.params.get("expected_amount")
    if expected is not None and expected != (session["amount_total"] or 0):
        raise invalid(
            f"The amount expected ({expected}) is not the amount due ({session['amount_total']}).",
            "expected_amount",
            "checkout_amount_mismatch",
        )
    method = payment_card.found(call.world, call.params["payment_method"], "payment_method")
    payer = payer_of(call.world, session, method)
    if checkout_step.needed(call.world, session, method, payer):
        return page(session)
    no = completion.complete(call.world, session, method, payer)
    if no is not None:
        tried = call.world.store.hidden(session["id"])["payment_intent"]
        intent = call.world.store.get(tried) if tried else None
        raise payment_try.declined(no, intent or {"latest_charge": None}, method)
    return page(session)


def session_of(call: Call) -> Json:
    session_id = call.id.removeprefix(PREFIX)
    session = call.world.store.get(session_id)
    if session is None or session["object"] != "checkout.session":
        raise no_such("payment page", call.id)
    return session


def payer_of(world: World, session: Json, method: Json) -> Payer:
    """Who the payment method says it belongs to; else who the session was opened for."""
    billing = method["billing_details"]
    known = world.store.get(session["customer"]) if session["customer"] else None
    email = billing["email"] or session["customer_email"] or (known and known["email"])
    if not email:
        raise invalid("An email address is needed to confirm.", "billing_details[email]")
    country = method[method["type"]].get("country") or "US"
    return Payer(email, billing["name"], billing["address"]["country"] or country)


def page(session: Json) -> Json:
    return {
        "id": PREFIX + session["id"],
        "object": "checkout.payment_page",
        "amount": session["amount_total"],
        "currency": session["currency"],
        "livemode": False,
        "mode": session["mode"],
        "payment_status": session["payment_status"],
        "session_id": session["id"],
        "status": session["status"],
        "success_url": session["success_url"],
    }


def closed(session: Json) -> str:
    return {
        "complete": "This Checkout Session has been paid already.",
        "expired": "This Checkout Session has expired.",
    }[session["status"]]
