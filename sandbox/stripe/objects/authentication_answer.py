"""What the donor answered to the bank: the payment goes on, or fails without a charge."""

from sandbox.stripe import events
from sandbox.stripe.declines import NOT_AUTHENTICATED, Decline
from sandbox.stripe.errors import Json
from sandbox.stripe.levers import Amiss, lever, one_of, the
from sandbox.stripe.objects import authentication, payment_try, setup_try
from sandbox.stripe.world import World

OUTCOMES = ("succeeded", "failed")


def answered(world: World, intent: Json, outcome: str) -> Decline | None:
    """The donor comes back from the bank's page."""
    method = world.store.get(intent["payment_method"])
    assert method is not None
    if outcome == "failed":
        return refused(world, intent, method)
    authentication.passed(world, method)
    if intent["object"] == "payment_intent":
        return payment_try.charge_card(world, intent, method)
    setup_try.set_up(world, intent, method)
    return None


def refused(world: World, intent: Json, method: Json) -> Decline:
    """Nothing was charged: another method may be tried."""
    paying = intent["object"] == "payment_intent"
    code = f"{intent['object']}_authentication_failure"
    error = {
        "code": code,
        "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}",
        "message": NOT_AUTHENTICATED.message,
        "payment_method": method,
        "type": "invalid_request_error",
    }
    intent.update(next_action=None, payment_method=None, status="requires_payment_method")
    intent["last_payment_error" if paying else "last_setup_error"] = error
    world.store.save(intent)
    events.emit(world, "payment_intent.payment_failed" if paying else "setup_intent.setup_failed", intent)
    if paying:
        for listener in payment_try.WHEN_TRIED:
            listener(world, intent, NOT_AUTHENTICATED)
    return NOT_AUTHENTICATED


@lever("authenticate", "payment_intent", "setup_intent", "outcome")
def pull(world: World, given: Json) -> Json:
    """The donor authenticates a payment that waits for it, or fails to."""
    kind = "setup_intent" if given.get("setup_intent") else "payment_intent"
    intent = the(world, given, kind, kind)
    if intent["status"] != "requires_action":
        raise Amiss(f"the {kind.replace('_', ' ')} is {intent['status']}", 409)
    answered(world, intent, one_of(given, "outcome", OUTCOMES, "succeeded"))
    return intent
