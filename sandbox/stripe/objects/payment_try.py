"""One try to be paid: the bank is asked, and everybody who waits for it hears the answer."""

from collections.abc import Callable

from sandbox.stripe import events, params
from sandbox.stripe.declines import AUTHENTICATION, Decline
from sandbox.stripe.errors import Json, Refusal
from sandbox.stripe.objects import authentication, charge, payment_card
from sandbox.stripe.world import World

# Whoever wants to know how a try to be paid went; `None` for a success.
Listener = Callable[[World, Json, Decline | None], None]


WHEN_TRIED: list[Listener] = []
# How a try begins with a method that is no card; its end is told to the listeners later.
OTHER_METHODS: dict[str, Callable[[World, Json, Json], None]] = {}


def new_payment_intent(world: World, amount: int, currency: str, given: Json) -> Json:
    intent_id = world.store.new_id("pi")
    intent = world.store.add(
        {
            "id": intent_id,
            "object": "payment_intent",
            "allowed_payment_method_types": given.get("allowed_payment_method_types"),
            "amount": amount,
            "amount_capturable": 0,
            "amount_details": {"tip": {}},
            "amount_received": 0,
            "application": None,
            "application_fee_amount": None,
            "automatic_payment_methods": {"allow_redirects": "always", "enabled": True},
            "canceled_at": None,
            "cancellation_reason": None,
            "capture_method": given.get("capture_method") or "automatic_async",
            "client_secret": f"{intent_id}_secret_{world.store.new_id('x')[2:]}",
            "confirmation_method": given.get("confirmation_method") or "automatic",
            "created": world.now(),
            "currency": currency,
            "customer": given.get("customer"),
            "customer_account": None,
            "description": given.get("description"),
            "excluded_payment_method_types": given.get("excluded_payment_method_types"),
            "last_payment_error": None,
            "latest_charge": None,
            "livemode": False,
            "metadata": params.present(given.get("metadata") or {}),
            "next_action": None,
            "on_behalf_of": None,
            "payment_method": None,
            "payment_method_configuration_details": None,
            "payment_method_options": {
                "card": {
                    "installments": None,
                    "mandate_options": None,
                    "network": None,
                    "request_three_d_secure": "automatic",
                }
            },
            "payment_method_types": given.get("payment_method_types") or ["card"],
            "payment_record": None,
            "processing": None,
            "receipt_email": given.get("receipt_email"),
            "review": None,
            "setup_future_usage": given.get("setup_future_usage"),
            "shipping": given.get("shipping"),
            "statement_descriptor": given.get("statement_descriptor"),
            "statement_descriptor_suffix": given.get("statement_descriptor_suffix"),
            "status": "requires_payment_method",
            "transfer_data": None,
            "transfer_group": given.get("transfer_group"),
        }
    )
    events.emit(world, "payment_intent.created", intent)
    return intent


def charge_card(world: World, intent: Json, method: Json, off_session: bool = False) -> Decline | None:
    """One try: the intent has succeeded, or waits for an answer, or says why not."""
    if (begin := OTHER_METHODS.get(method["type"])) is not None:
        begin(world, intent, method)
        return None
    card = payment_card.card_of(world, method)
    no = card.refuses
    if authentication.wanted(world, method):
        if not off_session:
            authentication.ask(world, intent, method)
            for listener in WHEN_TRIED:
                listener(world, intent, None)
            return None
        no = AUTHENTICATION
    made = charge.new_charge(world, intent, method, card, no)
    intent.update(latest_charge=made["id"], next_action=None)
    if no is None and not made["captured"]:
        intent.update(
            amount_capturable=intent["amount"], payment_method=method["id"], status="requires_capture"
        )
        world.store.save(intent)
        events.emit(world, "payment_intent.amount_capturable_updated", intent)
        return None
    if no is None:
        authentication.used(world, method)
        intent.update(
            amount_received=intent["amount"],
            last_payment_error=None,
            payment_method=method["id"],
            status="succeeded",
        )
    else:
        intent.update(
            last_payment_error=explanation(no, made["id"], method),
            payment_method=None,
            status="requires_payment_method",
        )
    world.store.save(intent)
    events.emit(world, f"payment_intent.{'payment_failed' if no else 'succeeded'}", intent)
    for listener in WHEN_TRIED:
        listener(world, intent, no)
    return no


def canceled(world: World, intent: Json, reason: str | None) -> Json:
    intent.update(canceled_at=world.now(), cancellation_reason=reason, status="canceled")
    world.store.save(intent)
    events.emit(world, "payment_intent.canceled", intent)
    return intent


def explanation(no: Decline, charge_id: str, method: Json) -> Json:
    """The intent's memory of why the last try failed."""
    told = {
        "advice_code": no.advice,
        "charge": charge_id,
        "code": no.code,
        "decline_code": no.decline_code,
        "doc_url": f"https://stripe.com/docs/error-codes/{no.code.replace('_', '-')}",
        "message": no.message,
        "payment_method": method,
        "type": "card_error",
    }
    return {name: value for name, value in told.items() if value is not None}


def declined(no: Decline, intent: Json, method: Json) -> Refusal:
    return Refusal(
        402,
        "card_error",
        no.message,
        effects_stay=True,
        advice_code=no.advice,
        charge=intent["latest_charge"],
        code=no.code,
        decline_code=no.decline_code,
        payment_intent=intent,
        payment_method=method,
    )
