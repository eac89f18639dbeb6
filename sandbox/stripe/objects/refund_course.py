"""How a refund goes: made, on its way, arrived, or come back."""

from sandbox.stripe import events
from sandbox.stripe.cards import Card
from sandbox.stripe.clock import DAY
from sandbox.stripe.errors import Json
from sandbox.stripe.objects import charge as charges
from sandbox.stripe.objects import charge_refunds
from sandbox.stripe.objects.refund_document import Plan, new_refund
from sandbox.stripe.objects.refund_money import returned, withdraw
from sandbox.stripe.timekeeper import verb
from sandbox.stripe.world import World

SETTLE, FAIL, CANCEL, REFER = "settle refund", "fail refund", "cancel refund", "refer refund"
OUTCOMES = ("succeeded", "pending", "insufficient_funds", "requires_action", "failed", "canceled")
# In seconds of the sandbox's clock, where nobody says otherwise.
USUAL_DELAY = {"pending": 5 * DAY, "insufficient_funds": 2 * DAY, "failed": 3 * DAY, "canceled": 45 * DAY}
DAYS_AT_THE_BANK = 5


def make(
    world: World,
    charge: Json,
    amount: int,
    *,
    reason: str | None = None,
    metadata: Json | None = None,
    instructions_email: str | None = None,
    plan: Plan | None = None,
) -> Json:
    """Refund so much of a charge; the caller has seen that it can be."""
    if charge["status"] == "succeeded" and charge["balance_transaction"] is None:
        charges.settle(world, charge["id"])
    plan = plan or usual(charges.card_behind(world, charge))
    refund = new_refund(
        world, charge, amount, plan, reason=reason, metadata=metadata, instructions_email=instructions_email
    )
    if charge["status"] == "pending":
        refund["pending_reason"] = "charge_pending"
    else:
        begin(world, refund, charge, plan)
    world.store.save(refund)
    events.emit(world, "refund.created", refund)
    charge_refunds.count(world, charge, "charge.refunded")
    return refund


def usual(card: Card) -> Plan:
    outcome = card.refunds or "succeeded"
    return Plan(outcome, USUAL_DELAY.get(outcome, 0))


def begin(world: World, refund: Json, charge: Json, plan: Plan) -> None:
    """The first step of its course, and an appointment for the next."""
    now = world.now()
    by_card = charge["payment_method_details"]["type"] == "card"
    match plan.outcome:
        case "insufficient_funds":
            refund["pending_reason"] = "insufficient_funds"
            world.agenda.at(now + plan.after, SETTLE, refund["id"])
            return
        case "requires_action" | "canceled":
            refund["status"] = "requires_action"
            world.agenda.at(now + (plan.after or USUAL_DELAY["canceled"]), CANCEL, refund["id"])
            return
        case "failed":
            world.agenda.at(now + plan.after, FAIL, refund["id"])
    withdraw(world, refund, charge, plan.returned_fee)
    if by_card and plan.outcome != "pending":
        refund["status"] = "succeeded"
        world.agenda.soon(world.settings.settle_delay_ms * 1000, REFER, refund["id"])
        return
    refund["pending_reason"] = "processing"
    if plan.outcome != "failed":
        world.agenda.at(now + (plan.after or DAYS_AT_THE_BANK * DAY), SETTLE, refund["id"])


@verb(SETTLE)
def settle(world: World, refund_id: str) -> None:
    """It has arrived; money that could not leave before leaves now."""
    refund = world.store.get(refund_id)
    if refund is None or refund["status"] != "pending":
        return
    news: Json = {"status": "succeeded"}
    if refund["balance_transaction"] is None:
        charge = world.store.get(refund["charge"])
        assert charge is not None
        withdraw(world, refund, charge, world.store.hidden(refund_id).get("returned_fee") or 0)
        news["balance_transaction"] = refund["balance_transaction"]
        refund["balance_transaction"] = None
    become(world, refund, news)


@verb(REFER)
def refer(world: World, refund_id: str) -> None:
    """The bank's reference is known, by which the donor may ask for the money."""
    refund = world.store.get(refund_id)
    if refund is None or refund["status"] != "succeeded":
        return
    told = {"reference": refund_id[3:14], "reference_status": "available"}
    card = {**refund["destination_details"]["card"], **told}
    become(world, refund, {"destination_details": {"card": card, "type": "card"}})


@verb(FAIL)
def fail(world: World, refund_id: str) -> None:
    """The donor's bank would not take it: the money is back, and still owed."""
    refund = world.store.get(refund_id)
    if refund is None or refund["status"] not in ("pending", "succeeded"):
        return
    for later in (SETTLE, REFER):
        world.agenda.cancel(later, refund_id)
    news: Json = {"failure_reason": "expired_or_canceled_card", "status": "failed"}
    if "card" not in refund["destination_details"]:
        news["failure_reason"] = "unknown"
    taken = world.store.get(refund["balance_transaction"] or "")
    if taken is not None:
        news["failure_balance_transaction"] = returned(world, refund, taken)["id"]
    become(world, refund, news)
    events.emit(world, "refund.failed", refund)
    recount(world, refund)


@verb(CANCEL)
def cancel(world: World, refund_id: str) -> None:
    """Nobody said where the money should go, or there is nothing to give back."""
    refund = world.store.get(refund_id)
    if refund is None or refund["status"] not in ("pending", "requires_action"):
        return
    if refund["balance_transaction"] is None:
        become(world, refund, {"status": "canceled"})
        recount(world, refund)


def decide(world: World, refund: Json, outcome: str, after: int) -> None:
    """Say what becomes of a refund that is on its way, or of one that arrived."""
    act = {"failed": FAIL, "canceled": CANCEL}.get(outcome, SETTLE)
    if after:
        world.agenda.at(world.now() + after, act, refund["id"])
        return
    {FAIL: fail, CANCEL: cancel, SETTLE: settle}[act](world, refund["id"])


def charge_done(world: World, charge: Json) -> None:
    """The charge that refunds waited for has succeeded, or there is nothing to refund."""
    for refund in charge_refunds.waiting(world, charge):
        plan = Plan(**world.store.hidden(refund["id"]))
        if charge["status"] == "failed":
            cancel(world, refund["id"])
            continue
        begin(world, refund, charge, plan)
        world.store.save(refund)
        become(world, refund, {})


def become(world: World, refund: Json, news: Json) -> None:
    """Change a refund and tell both of its events; a reason to wait is gone with the waiting."""
    previous = {name: refund.get(name) for name in news if refund.get(name) != news[name]}
    refund.update(news)
    if refund["status"] != "pending" and "pending_reason" in refund:
        previous["pending_reason"] = refund.pop("pending_reason")
    world.store.save(refund)
    events.emit(world, "refund.updated", refund, previous)
    tell_twin(world, refund)


def tell_twin(world: World, refund: Json) -> None:
    """The older event for the same, from before refunds had events of their own."""
    events.emit(world, "charge.refund.updated", refund)


def recount(world: World, refund: Json) -> None:
    charge = world.store.get(refund["charge"])
    assert charge is not None
    charge_refunds.count(world, charge, "charge.updated")
