"""Whether a subscription is in good standing: what its latest invoice says of it."""

from sandbox.stripe import events
from sandbox.stripe.errors import Json
from sandbox.stripe.objects import billing_settings, invoice, invoice_final, subscription_agenda
from sandbox.stripe.objects.invoice import subscription_of
from sandbox.stripe.objects.subscription_course import end
from sandbox.stripe.paging import matching
from sandbox.stripe.world import World

OF_SUBSCRIPTION = "$.parent.subscription_details.subscription"
RUNNING = ("active", "trialing", "past_due", "unpaid")


def after_payment(world: World, paid: Json) -> None:
    """What is owed is paid, so the subscription runs."""
    subscription = subscription_of(world, paid)
    if subscription is None:
        return
    if subscription["status"] == "incomplete":
        settle(world, subscription, running(world, subscription))
    elif subscription["status"] == "paused":
        resume(world, subscription, paid)
    else:
        look_again(world, subscription)


def while_waiting(world: World, owed: Json) -> None:
    """A bank that takes days is given them: the subscription runs meanwhile."""
    subscription = subscription_of(world, owed)
    if subscription is not None and subscription["status"] == "incomplete":
        settle(world, subscription, running(world, subscription))


def resume(world: World, subscription: Json, paid: Json) -> None:
    """A pause that was to end with this payment is over."""
    if world.store.hidden(subscription["id"]).get("resumes_with") == paid["id"]:
        subscription["status_details"] = None
        settle(world, subscription, "active")
        events.emit(world, "customer.subscription.resumed", subscription)


def after_failure(world: World, owed: Json) -> None:
    """Past due from the first failed renewal on; after the last try, what the dashboard says."""
    subscription = subscription_of(world, owed)
    if subscription is None or subscription["status"] not in RUNNING:
        return
    if owed["id"] != latest(world, subscription):
        return
    if owed["next_payment_attempt"] is not None or not owed["auto_advance"]:
        if subscription["status"] != "unpaid":
            settle(world, subscription, "past_due")
        return
    wanted = billing_settings.current(world)
    if wanted["subscription"] == "cancel":
        end(world, subscription, {}, "payment_failed")
    else:
        settle(world, subscription, wanted["subscription"])
    if wanted["invoice"] == "uncollectible":
        invoice_final.mark_uncollectible(world, owed, "max_payment_attempts")


def after_giving_up(world: World, given_up: Json) -> None:
    """An invoice that is forgiven counts as settled; one that is void counts as never written."""
    subscription = subscription_of(world, given_up)
    if subscription is None:
        return
    if subscription["status"] == "incomplete":
        to = "incomplete_expired" if given_up["status"] == "void" else running(world, subscription)
        settle(world, subscription, to)
    else:
        look_again(world, subscription)


def look_again(world: World, subscription: Json) -> None:
    """Back in good standing when nothing is owed for the latest invoice."""
    if subscription["status"] not in ("past_due", "unpaid"):
        return
    owed = world.store.get(latest(world, subscription) or "")
    if owed is None or owed["status"] != "open":
        settle(world, subscription, running(world, subscription))


def latest(world: World, subscription: Json) -> str | None:
    """The newest invoice that was made final and not taken back."""
    found = [
        row["id"]
        for row in matching(world, "invoice", OF_SUBSCRIPTION, subscription["id"])
        if row["status"] not in ("draft", "void")
    ]
    return found[-1] if found else None


def running(world: World, subscription: Json) -> str:
    return "trialing" if (subscription["trial_end"] or 0) > world.now() else "active"


def settle(world: World, subscription: Json, status: str) -> None:
    """Change the status, and with it what is to come."""
    if subscription["status"] == status:
        return
    events.change(world, subscription, "customer.subscription.updated", status=status)
    subscription_agenda.plan(world, subscription)


invoice.WHEN_PAID.append(after_payment)
invoice.WHEN_WAITING.append(while_waiting)
invoice.WHEN_FAILED.append(after_failure)
invoice_final.WHEN_GIVEN_UP.append(after_giving_up)
