"""One try to keep a card for later."""

from sandbox.stripe import events, params
from sandbox.stripe.errors import Json, Refusal
from sandbox.stripe.objects import authentication, payment_card
from sandbox.stripe.world import World


def new_setup_intent(world: World, given: Json) -> Json:
    intent_id = world.store.new_id("seti")
    intent = world.store.add(
        {
            "id": intent_id,
            "object": "setup_intent",
            "allowed_payment_method_types": given.get("allowed_payment_method_types"),
            "application": None,
            "automatic_payment_methods": {"allow_redirects": "always", "enabled": True},
            "cancellation_reason": None,
            "client_secret": f"{intent_id}_secret_{world.store.new_id('x')[2:]}",
            "created": world.now(),
            "customer": given.get("customer"),
            "customer_account": None,
            "description": given.get("description"),
            "excluded_payment_method_types": given.get("excluded_payment_method_types"),
            "flow_directions": None,
            "last_setup_error": None,
            "latest_attempt": None,
            "livemode": False,
            "mandate": None,
            "metadata": params.present(given.get("metadata") or {}),
            "next_action": None,
            "on_behalf_of": None,
            "payment_method": None,
            "payment_method_configuration_details": None,
            "payment_method_options": {
                "card": {
                    "mandate_options": None,
                    "network": None,
                    "request_three_d_secure": "automatic",
                }
            },
            "payment_method_types": given.get("payment_method_types") or ["card"],
            "single_use_mandate": None,
            "status": "requires_payment_method",
            "usage": given.get("usage") or "off_session",
        }
    )
    events.emit(world, "setup_intent.created", intent)
    return intent


def set_up(world: World, intent: Json, method: Json) -> Refusal | None:
    """Keep the card for later, unless the bank says at once that it is no good."""
    if authentication.wanted(world, method):
        authentication.ask(world, intent, method)
        return None
    card = payment_card.card_of(world, method)
    if card.refuses and not card.refuses_later:
        error = {
            "code": card.refuses.code,
            "decline_code": card.refuses.decline_code,
            "message": card.refuses.message,
            "payment_method": method,
            "type": "card_error",
        }
        intent.update(last_setup_error=error, payment_method=None, status="requires_payment_method")
        world.store.save(intent)
        events.emit(world, "setup_intent.setup_failed", intent)
        details = {name: error[name] for name in ("code", "decline_code", "payment_method")}
        return Refusal(
            402, "card_error", card.refuses.message, effects_stay=True, setup_intent=intent,
            **details,
        )  # fmt: skip
    if intent["customer"]:
        payment_card.attach(world, method, intent["customer"])
    authentication.used(world, method)
    intent.update(last_setup_error=None, next_action=None, payment_method=method["id"], status="succeeded")
    world.store.save(intent)
    events.emit(world, "setup_intent.succeeded", intent)
    return None
