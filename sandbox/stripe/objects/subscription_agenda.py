"""What a subscription has before it: its renewal, the notice of it, the end of a trial, its own end."""

from sandbox.stripe import events
from sandbox.stripe.clock import DAY
from sandbox.stripe.errors import Json
from sandbox.stripe.objects import billing_settings
from sandbox.stripe.timekeeper import verb
from sandbox.stripe.world import World

RENEW = "renew subscription"
ANNOUNCE = "announce renewal"
CANCEL = "cancel subscription"
WARN = "warn of trial end"
UNPAUSE = "resume collection"
RESUME = "resume subscription"
GIVE_UP = "give up incomplete subscription"
ALL = (RENEW, ANNOUNCE, CANCEL, WARN, UNPAUSE, RESUME, GIVE_UP)

OVER = ("canceled", "incomplete_expired")
RENEWING = ("active", "past_due", "trialing", "unpaid")
TIME_FOR_THE_FIRST_PAYMENT = 23 * 3600
WARNED_BEFORE = 3 * DAY


def period_end(subscription: Json) -> int:
    return int(subscription["items"]["data"][0]["current_period_end"])


def plan(world: World, subscription: Json) -> None:
    """Put down what is to come, in place of what was thought before."""
    subscription_id = subscription["id"]
    for entry in ALL:
        world.agenda.cancel(entry, subscription_id)
    if subscription["status"] in OVER:
        return
    if subscription["status"] == "incomplete":
        due = subscription["created"] + TIME_FOR_THE_FIRST_PAYMENT
        world.agenda.at(due, GIVE_UP, subscription_id)
    if subscription["cancel_at"]:
        world.agenda.at(subscription["cancel_at"], CANCEL, subscription_id)
    pause = subscription["pause_collection"]
    if pause and pause["resumes_at"]:
        world.agenda.at(pause["resumes_at"], UNPAUSE, subscription_id)
    if subscription["status"] in RENEWING:
        plan_renewal(world, subscription)


def plan_renewal(world: World, subscription: Json) -> None:
    end = period_end(subscription)
    world.agenda.at(end, RENEW, subscription["id"])
    notice = end - billing_settings.current(world)["upcoming_days"] * DAY
    if notice > world.now():
        world.agenda.at(notice, ANNOUNCE, subscription["id"])
    if subscription["status"] == "trialing":
        plan_warning(world, subscription)


def plan_warning(world: World, subscription: Json) -> None:
    """A trial shorter than three days is announced as soon as it begins."""
    if world.store.hidden(subscription["id"]).get("warned_of") == subscription["trial_end"]:
        return
    due = subscription["trial_end"] - WARNED_BEFORE
    if due <= world.now():
        warn(world, subscription["id"])
    else:
        world.agenda.at(due, WARN, subscription["id"])


@verb(WARN)
def warn(world: World, subscription_id: str) -> None:
    subscription = world.store.get(subscription_id)
    if subscription is not None and subscription["status"] == "trialing":
        world.store.hide(subscription_id, warned_of=subscription["trial_end"])
        events.emit(world, "customer.subscription.trial_will_end", subscription)
