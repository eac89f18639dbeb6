"""Payment methods: a test card with the name of who holds it."""

from sandbox.stripe import debits, events, params
from sandbox.stripe.errors import Json, invalid
from sandbox.stripe.objects import method_given
from sandbox.stripe.objects.customer import living
from sandbox.stripe.objects.payment_card import attach, found
from sandbox.stripe.paging import list_route
from sandbox.stripe.params import Needed, text
from sandbox.stripe.routes import Call, route


@route(
    "POST",
    "/v1/payment_methods",
    **method_given.FIELDS,
    type=Needed(params.choice("card", *debits.KINDS)),
    customer=text(),
    metadata=params.metadata,
)
def create(call: Call) -> Json:
    return method_given.made(call.world, call.params)


@route("GET", "/v1/payment_methods/<id>")
def retrieve(call: Call) -> Json:
    return call.find("payment_method")


@route(
    "POST",
    "/v1/payment_methods/<id>",
    billing_details=params.billing_details,
    metadata=params.metadata,
    allow_redisplay=params.choice("always", "limited", "unspecified"),
)
def update(call: Call) -> Json:
    method = call.find("payment_method")
    news = dict(call.params)
    if "billing_details" in news:
        news["billing_details"] = {**method["billing_details"], **news["billing_details"]}
    if "metadata" in news:
        news["metadata"] = params.merged(method["metadata"], news["metadata"])
    return events.change(call.world, method, "payment_method.updated", **news)


@route("POST", "/v1/payment_methods/<id>/attach", customer=Needed(text()))
def attach_to(call: Call) -> Json:
    method = found(call.world, call.id, "payment_method")
    living(call.world, call.params["customer"])
    return attach(call.world, method, call.params["customer"])


@route("POST", "/v1/payment_methods/<id>/detach")
def detach(call: Call) -> Json:
    method = call.find("payment_method")
    if method["customer"] is None:
        raise invalid(
            "The payment method you provided is not attached to a customer so detachment is impossible.",
            "payment_method",
        )
    return events.change(call.world, method, "payment_method.detached", customer=None)


list_route(
    "/v1/payment_methods",
    "payment_method",
    filters={"customer": "$.customer", "type": "$.type"},
)
