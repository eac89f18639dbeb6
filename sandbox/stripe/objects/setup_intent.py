"""Setup intents: a card kept for later, nothing charged now."""

from sandbox.stripe import events, params
from sandbox.stripe.errors import Json, invalid
from sandbox.stripe.objects import amending, payment_card
from sandbox.stripe.objects.customer import living
from sandbox.stripe.objects.payment_intent import refuse_method_types
from sandbox.stripe.objects.setup_try import new_setup_intent, set_up
from sandbox.stripe.paging import list_route
from sandbox.stripe.params import Needed, anything, boolean, text
from sandbox.stripe.routes import Call, route

OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
FIELDS: dict[str, params.Reader | params.Needed] = {
    "allowed_payment_method_types": params.listing(text()),
    "attach_to_self": boolean,
    "customer": text(),
    "customer_account": text(),
    "description": text(),
    "excluded_payment_method_types": params.listing(text()),
    "flow_directions": params.listing(text()),
    "metadata": params.metadata,
    "payment_method": text(),
    "payment_method_configuration": text(),
    "payment_method_data": anything,
    "payment_method_options": anything,
    "payment_method_types": params.listing(text()),
}


@route(
    "POST",
    "/v1/setup_intents",
    **FIELDS,
    automatic_payment_methods=params.record(
        enabled=Needed(boolean), allow_redirects=params.choice("always", "never")
    ),
    confirm=boolean,
    confirmation_token=text(),
    mandate_data=anything,
    on_behalf_of=text(),
    return_url=params.url,
    single_use=anything,
    usage=params.choice("off_session", "on_session"),
    use_stripe_sdk=boolean,
)
def create(call: Call) -> Json:
    refuse_method_types(call)
    if call.params.get("customer"):
        living(call.world, call.params["customer"])
    intent = new_setup_intent(call.world, call.params)
    choose_method(call, intent)
    return confirmed(call, intent) if call.params.get("confirm") else intent


@route("GET", "/v1/setup_intents/<id>", client_secret=text())
def retrieve(call: Call) -> Json:
    return call.find("setup_intent")


@route("POST", "/v1/setup_intents/<id>", **FIELDS)
def update(call: Call) -> Json:
    refuse_method_types(call)
    intent = still_open(call.find("setup_intent"), "update")
    choose_method(call, intent)
    for name in set(call.params) - {"customer", "description", "metadata"}:
        call.params.pop(name)
    return amending.update(call, intent, "")


@route(
    "POST",
    "/v1/setup_intents/<id>/confirm",
    payment_method=text(),
    payment_method_data=anything,
    payment_method_options=anything,
    mandate_data=anything,
    return_url=params.url,
    use_stripe_sdk=boolean,
)
def confirm(call: Call) -> Json:
    intent = still_open(call.find("setup_intent"), "confirm")
    choose_method(call, intent)
    return confirmed(call, intent)


@route(
    "POST",
    "/v1/setup_intents/<id>/cancel",
    cancellation_reason=params.choice("abandoned", "requested_by_customer", "duplicate"),
)
def cancel(call: Call) -> Json:
    intent = still_open(call.find("setup_intent"), "cancel")
    intent.update(cancellation_reason=call.params.get("cancellation_reason"), status="canceled")
    call.world.store.save(intent)
    events.emit(call.world, "setup_intent.canceled", intent)
    return intent


list_route(
    "/v1/setup_intents",
    "setup_intent",
    filters={"customer": "$.customer", "payment_method": "$.payment_method"},
)


def choose_method(call: Call, intent: Json) -> None:
    given = call.params
    data = given.get("payment_method_data")
    if given.get("payment_method"):
        method = payment_card.found(call.world, given["payment_method"], "payment_method")
    elif data:
        card = payment_card.card_given(data.get("card") or {})
        billing = data.get("billing_details") or {}
        method = payment_card.new_payment_method(call.world, card, billing)
    else:
        return
    intent.update(payment_method=method["id"], status="requires_confirmation")
    call.world.store.save(intent)


def confirmed(call: Call, intent: Json) -> Json:
    if intent["payment_method"] is None:
        raise invalid(
            "You cannot confirm this SetupIntent because it's missing a payment method. Update "
            "the SetupIntent with a payment method and then confirm it again.",
            code="setup_intent_unexpected_state",
        )
    method = payment_card.found(call.world, intent["payment_method"], "payment_method")
    refusal = set_up(call.world, intent, method)
    if refusal is not None:
        raise refusal
    return intent


def still_open(intent: Json, verb: str) -> Json:
    if intent["status"] not in OPEN:
        raise invalid(
            f"You cannot {verb} this SetupIntent because it has already {intent['status']}.",
            code="setup_intent_unexpected_state",
        )
    return intent
