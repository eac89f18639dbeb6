"""Taking money that a bank has set aside: payments with `capture_method=manual`."""

from sandbox.stripe import events, params
from sandbox.stripe.errors import Json, Refusal, invalid
from sandbox.stripe.objects import charge, payment_try
from sandbox.stripe.params import anything
from sandbox.stripe.routes import Call, route


@route(
    "POST",
    "/v1/payment_intents/<id>/capture",
    amount_to_capture=params.count,
    application_fee_amount=anything,
    final_capture=params.boolean,
    metadata=params.metadata,
    statement_descriptor=params.text(22),
)
def capture(call: Call) -> Json:
    """All of it: newsrooms set no money aside, so the finer points are left out."""
    world, intent = call.world, call.find("payment_intent")
    if intent["status"] != "requires_capture":
        raise Refusal(
            400,
            "invalid_request_error",
            "This PaymentIntent could not be captured because it has a status of "
            f"{intent['status']}. Only a PaymentIntent with one of the following statuses may be "
            "captured: requires_capture.",
            code="payment_intent_unexpected_state",
            payment_intent=intent,
        )
    if call.params.get("amount_to_capture") not in (None, intent["amount"]):
        raise invalid("This sandbox captures the whole amount only.", "amount_to_capture")
    held = world.store.get(intent["latest_charge"])
    assert held is not None
    events.change(world, held, "charge.captured", amount_captured=held["amount"], captured=True)
    charge.captured(world, held, charge.card_behind(world, held))
    intent.update(amount_capturable=0, amount_received=intent["amount"], status="succeeded")
    world.store.save(intent)
    events.emit(world, "payment_intent.succeeded", intent)
    for listener in payment_try.WHEN_TRIED:
        listener(world, intent, None)
    return intent
