"""What a person does in the customer portal, and what becomes of it."""

from typing import Any

from sandbox.stripe import cards, events
from sandbox.stripe.errors import Json, Refusal
from sandbox.stripe.objects import (
    payment_card,
    setup_try,
    subscription_agenda,
    subscription_change,
    subscription_pause,
    trial,
)
from sandbox.stripe.objects.payment_of import make_default
from sandbox.stripe.objects.subscription_course import end
from sandbox.stripe.objects.subscription_document import next_period
from sandbox.stripe.world import World


def cancel(world: World, configuration: Json, subscription: Json, said: Json) -> None:
    """At the end of the period, as most newsrooms have it: then `cancel_at` is set and nothing else."""
    if configuration["features"]["subscription_cancel"]["mode"] == "immediately":
        end(world, subscription, said)
    else:
        wish = {"cancel_at": "min_period_end", "cancellation_details": said}
        subscription_change.change(world, subscription, wish)


def keep(world: World, subscription: Json) -> None:
    """They stay after all."""
    subscription_change.change(world, subscription, {"cancel_at": None})


def pause(world: World, subscription: Json, lasts: Json | None) -> None:
    """The subscription stands still, for so long or until they come back; nothing is given back."""
    before = subscription["status"]
    trial.pause(world, subscription, "pause_requested")
    trial.told(world, subscription, before)
    if lasts is not None:
        due = next_period(world.now(), lasts, world.now())
        world.agenda.at(due, subscription_agenda.RESUME, subscription["id"])


def resume(world: World, subscription: Json) -> None:
    subscription_pause.go_on(world, subscription, anew=True, paid_first=False)


def new_card(
    world: World,
    customer: Json,
    card: cards.Card,
    billing: Json,
    expiry: tuple[int | None, int | None],
    return_url: str,
) -> tuple[Json, Refusal | None]:
    """Keep another card, which its bank may first want to hear about."""
    method = payment_card.new_payment_method(world, card, billing, expiry=expiry)
    intent = setup_try.new_setup_intent(world, {"customer": customer["id"], "usage": "off_session"})
    no = setup_try.set_up(world, intent, method)
    if intent["status"] == "requires_action":
        intent["next_action"]["redirect_to_url"]["return_url"] = return_url
        world.store.save(intent)
    return intent, no


def card_kept(world: World, customer: Json, intent: Json) -> bool:
    """The new card is charged from now on, if its bank has agreed."""
    if intent["status"] != "succeeded" or intent["customer"] != customer["id"]:
        return False
    make_default(world, customer, intent["payment_method"])
    return True


def contact(world: World, customer: Json, **news: Any) -> None:
    events.change(world, customer, "customer.updated", **news)
