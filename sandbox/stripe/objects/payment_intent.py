"""Payment intents: one wish to be paid, and as many tries as it takes."""

from sandbox.stripe import money, params, statement
from sandbox.stripe.errors import Json, Refusal, invalid
from sandbox.stripe.objects import amending, method_given, payment_card
from sandbox.stripe.objects.customer import living
from sandbox.stripe.objects.payment_try import canceled, charge_card, declined, new_payment_intent
from sandbox.stripe.paging import list_route
from sandbox.stripe.params import Needed, anything, boolean, text
from sandbox.stripe.routes import Call, route

ENDIVE = "2026-09-30"
OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")


FIELDS: dict[str, params.Reader | params.Needed] = {
    "allowed_payment_method_types": params.listing(text()),
    "amount_details": anything,
    "application_fee_amount": params.amount,
    "capture_method": params.choice("automatic", "automatic_async", "manual"),
    "customer": text(),
    "customer_account": text(),
    "description": text(),
    "excluded_payment_method_types": params.listing(text()),
    "hooks": anything,
    "metadata": params.metadata,
    "payment_details": anything,
    "payment_method": text(),
    "payment_method_configuration": text(),
    "payment_method_data": anything,
    "payment_method_options": anything,
    "payment_method_types": params.listing(text()),
    "receipt_email": params.email,
    "setup_future_usage": params.choice("off_session", "on_session"),
    "shipping": params.shipping,
    "statement_descriptor": statement.descriptor,
    "statement_descriptor_suffix": statement.descriptor,
    "transfer_data": anything,
    "transfer_group": text(),
}


@route(
    "POST",
    "/v1/payment_intents",
    **FIELDS,
    amount=Needed(params.amount),
    currency=Needed(params.currency),
    automatic_payment_methods=params.record(
        enabled=Needed(boolean), allow_redirects=params.choice("always", "never")
    ),
    confirm=boolean,
    confirmation_method=params.choice("automatic", "manual"),
    confirmation_token=text(),
    error_on_requires_action=boolean,
    mandate=text(),
    mandate_data=anything,
    off_session=anything,
    on_behalf_of=text(),
    radar_options=anything,
    return_url=params.url,
    use_stripe_sdk=boolean,
)
def create(call: Call) -> Json:
    given = call.params
    refuse_method_types(call)
    money.check_charge(given["amount"], given["currency"])
    if given.get("customer"):
        living(call.world, given["customer"])
    intent = new_payment_intent(call.world, given["amount"], given["currency"], given)
    choose_method(call, intent)
    return pay(call, intent) if given.get("confirm") else intent


@route("GET", "/v1/payment_intents/<id>", client_secret=text())
def retrieve(call: Call) -> Json:
    return call.find("payment_intent")


@route("POST", "/v1/payment_intents/<id>", **FIELDS, amount=params.amount, currency=params.currency)
def update(call: Call) -> Json:
    refuse_method_types(call)
    intent = still_open(call.find("payment_intent"), "update")
    choose_method(call, intent)
    for name in ("payment_method", "payment_method_data", "payment_method_options"):
        call.params.pop(name, None)
    wanted: Json = {**intent, **call.params}
    money.check_charge(wanted["amount"], wanted["currency"])
    shown = {name: value for name, value in call.params.items() if name in intent}
    call.params.clear()
    call.params.update(shown)
    return amending.update(call, intent, "")


@route(
    "POST",
    "/v1/payment_intents/<id>/confirm",
    payment_method=text(),
    payment_method_data=anything,
    payment_method_options=anything,
    receipt_email=params.email,
    return_url=params.url,
    off_session=anything,
    mandate_data=anything,
    setup_future_usage=params.choice("off_session", "on_session"),
    shipping=params.shipping,
    use_stripe_sdk=boolean,
    error_on_requires_action=boolean,
)
def confirm(call: Call) -> Json:
    intent = still_open(call.find("payment_intent"), "confirm")
    choose_method(call, intent)
    return pay(call, intent)


@route(
    "POST",
    "/v1/payment_intents/<id>/cancel",
    cancellation_reason=params.choice("abandoned", "duplicate", "fraudulent", "requested_by_customer"),
)
def cancel(call: Call) -> Json:
    intent = still_open(call.find("payment_intent"), "cancel")
    return canceled(call.world, intent, call.params.get("cancellation_reason"))


list_route("/v1/payment_intents", "payment_intent", filters={"customer": "$.customer"})


def refuse_method_types(call: Call) -> None:
    """Gone since endive; callers who name no version are not held to it, as Stripe's CLI."""
    named = call.version is not None and call.version[:10] >= ENDIVE
    if named and "payment_method_types" in call.params:
        raise invalid(
            "`payment_method_types` is no longer supported as of this API version. Remove it to "
            "use dynamic payment methods, or use `allowed_payment_method_types` or "
            "`excluded_payment_method_types` instead.",
            "payment_method_types",
            "payment_method_types_no_longer_supported",
        )


def choose_method(call: Call, intent: Json) -> None:
    """Take the method named in the call, or the card written out in it."""
    given = call.params
    data = given.get("payment_method_data")
    if given.get("payment_method"):
        method = payment_card.found(call.world, given["payment_method"], "payment_method")
    elif data:
        method = method_given.made(call.world, {"card": {}, **data})
    else:
        return
    intent["payment_method"] = method["id"]
    intent["status"] = "requires_confirmation"
    call.world.store.save(intent)


def pay(call: Call, intent: Json) -> Json:
    """Confirm; a refusal by the bank is a 402 whose effects stay."""
    if intent["payment_method"] is None:
        raise invalid(
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can "
            "either update the PaymentIntent with a payment method and then confirm it again, or "
            "confirm it again directly with a payment method or ConfirmationToken.",
            code="payment_intent_unexpected_state",
        )
    method = payment_card.found(call.world, intent["payment_method"], "payment_method")
    absent = call.params.get("off_session") not in (None, False)
    no = charge_card(call.world, intent, method, off_session=absent)
    if intent["status"] == "requires_action" and call.params.get("return_url"):
        intent["next_action"]["redirect_to_url"]["return_url"] = call.params["return_url"]
        call.world.store.save(intent)
    if no is not None:
        raise declined(no, intent, method)
    return intent


def still_open(intent: Json, verb: str) -> Json:
    if intent["status"] not in OPEN:
        raise Refusal(
            400,
            "invalid_request_error",
            f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}.",
            code="payment_intent_unexpected_state",
            payment_intent=intent,
        )
    return intent
