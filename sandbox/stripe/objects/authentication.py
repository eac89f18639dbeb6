"""3-D Secure: a card's bank wants to hear from its holder before it pays."""

from sandbox.stripe import events
from sandbox.stripe.errors import Json
from sandbox.stripe.objects import payment_card
from sandbox.stripe.world import World


def wanted(world: World, method: Json) -> bool:
    """Whether this card asks before its next payment."""
    asks = payment_card.card_of(world, method).authenticates
    return asks is not None and not world.store.hidden(method["id"]).get("authenticated")


def ask(world: World, intent: Json, method: Json, return_url: str | None = None) -> Json:
    """The payment waits for the donor."""
    intent.update(
        next_action={
            "redirect_to_url": {"return_url": return_url, "url": address(world, intent["id"])},
            "type": "redirect_to_url",
        },
        payment_method=method["id"],
        status="requires_action",
    )
    world.store.save(intent)
    events.emit(world, f"{intent['object']}.requires_action", intent)
    return intent


def address(world: World, name: str) -> str:
    """The page of the bank, for a payment or for a whole Checkout Session."""
    return f"{world.settings.base_url}/c/authenticate/{name}"


def passed(world: World, method: Json) -> None:
    """The donor has answered: the card pays."""
    world.store.hide(method["id"], authenticated=True)


def used(world: World, method: Json) -> None:
    """Some cards are satisfied once and for all, others ask at every payment."""
    if payment_card.card_of(world, method).authenticates == "always":
        world.store.hide(method["id"], authenticated=False)
