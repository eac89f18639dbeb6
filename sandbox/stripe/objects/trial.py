"""Trials: what happens when one is over and there is no card to charge."""

from sandbox.stripe import events
from sandbox.stripe.errors import Json
from sandbox.stripe.objects import subscription_agenda
from sandbox.stripe.objects.invoice_attempt import method_on_file
from sandbox.stripe.objects.subscription_course import end
from sandbox.stripe.world import World


def over(world: World, subscription: Json) -> bool:
    """Without a card the end of a trial may be the end, or a pause; true when it is one of these."""
    match without_card(world, subscription):
        case "cancel":
            end(world, subscription, {})
        case "pause":
            pause(world, subscription, "trial_end_without_payment_method")
            told(world, subscription, "trialing")
        case _:
            return False
    return True


def without_card(world: World, subscription: Json) -> str | None:
    """What was said for the case that nobody has left a card; nothing when somebody has."""
    if method_on_file(world, subscription) is not None:
        return None
    wish: str = subscription["trial_settings"]["end_behavior"]["missing_payment_method"]
    return wish


def pause(world: World, subscription: Json, reason: str) -> None:
    """Nothing is invoiced until somebody resumes the subscription."""
    subscription.update(
        status="paused",
        status_details={
            "paused": {
                "subscription": {"type": reason},
                "transitioned_at": world.now(),
                "type": "subscription",
            }
        },
    )
    world.store.save(subscription)
    events.emit(world, "customer.subscription.paused", subscription)
    subscription_agenda.plan(world, subscription)


def told(world: World, subscription: Json, before: str) -> None:
    previous = {"status": before, "status_details": None}
    events.emit(world, "customer.subscription.updated", subscription, previous)
