"""How a dispute goes: opened by a bank, answered or not, decided."""

from sandbox.stripe import events
from sandbox.stripe.cards import Card
from sandbox.stripe.clock import DAY
from sandbox.stripe.errors import Json
from sandbox.stripe.objects import charge as charges
from sandbox.stripe.objects.dispute_document import REASON, new_dispute
from sandbox.stripe.objects.dispute_money import FEE, reinstate, withdraw
from sandbox.stripe.timekeeper import verb
from sandbox.stripe.world import World

OPEN_BY_CARD, OVERDUE, DECIDE = "open dispute", "dispute overdue", "decide dispute"
ANSWERABLE = ("needs_response", "warning_needs_response")
CLOSED = ("won", "lost", "warning_closed", "prevented")
OUTCOMES = ("won", "lost", "warning_closed", "escalated", "under_review")
DAYS_OF_REVIEW, DAYS_OF_INQUIRY = 60, 120


def start(
    world: World,
    charge: Json,
    *,
    inquiry: bool = False,
    amount: int | None = None,
    reason: str | None = None,
    fee: int = FEE,
    returned_fee: int = 0,
) -> Json:
    """A bank asks, or takes the money at once. What a bank debit took back is lost at once."""
    if charge["balance_transaction"] is None:
        charges.settle(world, charge["id"])
    kind = charge["payment_method_details"]["type"]
    left = charge["amount"] - charge["amount_refunded"]
    dispute = new_dispute(
        world,
        charge,
        "warning_needs_response" if inquiry else "needs_response",
        left if amount is None else amount,
        reason or REASON[kind],
        {"fee": fee, "returned_fee": returned_fee},
    )
    events.change(world, charge, None, disputed=True)
    events.emit(world, "charge.dispute.created", dispute)
    for listener in charges.WHEN_TAKEN_BACK:
        listener(world, charge)
    if not inquiry:
        withdraw(world, dispute, fee)
    if kind != "card":
        close(world, dispute, "lost")
        return dispute
    due_by = dispute["evidence_details"]["due_by"]
    world.agenda.at(world.now() + DAYS_OF_INQUIRY * DAY if inquiry else due_by, OVERDUE, dispute["id"])
    return dispute


def answer(world: World, dispute: Json, words: str | None) -> None:
    """The newsroom has sent what it has to say; in test mode the words decide."""
    warning = dispute["status"].startswith("warning")
    details = {
        **dispute["evidence_details"],
        "has_evidence": True,
        "submission_count": dispute["evidence_details"]["submission_count"] + 1,
    }
    status = "warning_under_review" if warning else "under_review"
    events.change(world, dispute, "charge.dispute.updated", evidence_details=details, status=status)
    world.agenda.cancel(OVERDUE, dispute["id"])
    if words in ("winning_evidence", "losing_evidence"):
        world.store.hide(dispute["id"], outcome="won" if words == "winning_evidence" else "lost")
        world.agenda.soon(world.settings.settle_delay_ms * 1000, DECIDE, dispute["id"])
    else:
        world.agenda.at(world.now() + DAYS_OF_REVIEW * DAY, DECIDE, dispute["id"])


def later(world: World, dispute: Json, outcome: str, after: int) -> None:
    """What the bank will decide, and when."""
    world.store.hide(dispute["id"], outcome=outcome)
    if after:
        world.agenda.at(world.now() + after, DECIDE, dispute["id"])
    else:
        decide(world, dispute["id"])


@verb(DECIDE)
def decide(world: World, dispute_id: str) -> None:
    dispute = world.store.get(dispute_id)
    if dispute is None or dispute["status"] in CLOSED:
        return
    warning = dispute["status"].startswith("warning")
    wanted = world.store.hidden(dispute_id).get("outcome") or ("warning_closed" if warning else "lost")
    match wanted:
        case "escalated" if warning:
            escalate(world, dispute)
        case "under_review":
            answer(world, dispute, None)
        case "won" if not warning:
            reinstate(world, dispute)
            close(world, dispute, "won")
        case "lost" if not warning:
            close(world, dispute, "lost")
        case _:
            close(world, dispute, "warning_closed" if warning else "lost")


def escalate(world: World, dispute: Json) -> None:
    """An inquiry becomes a chargeback: now the money goes."""
    card = {**dispute["payment_method_details"]["card"], "case_type": "chargeback"}
    events.change(
        world,
        dispute,
        "charge.dispute.updated",
        is_charge_refundable=False,
        payment_method_details={"card": card, "type": "card"},
        status="needs_response",
    )
    hidden = world.store.hidden(dispute["id"])
    world.store.hide(dispute["id"], outcome=None)
    withdraw(world, dispute, int(hidden.get("fee", FEE)))
    world.agenda.at(world.now() + 14 * DAY, OVERDUE, dispute["id"])


@verb(OVERDUE)
def overdue(world: World, dispute_id: str) -> None:
    """Nobody answered: a chargeback is lost, an inquiry ends."""
    dispute = world.store.get(dispute_id)
    if dispute is None or dispute["status"] not in ANSWERABLE:
        return
    details = {**dispute["evidence_details"], "past_due": True}
    events.change(world, dispute, None, evidence_details=details)
    close(world, dispute, "warning_closed" if dispute["status"].startswith("warning") else "lost")


def close(world: World, dispute: Json, status: str) -> Json:
    """The last word. A lost dispute moves no more money; after a won one the charge can be refunded."""
    for appointment in (OVERDUE, DECIDE):
        world.agenda.cancel(appointment, dispute["id"])
    dispute.update(is_charge_refundable=status in ("won", "warning_closed"), status=status)
    world.store.save(dispute)
    events.emit(world, "charge.dispute.closed", dispute)
    return dispute


def brought_by_card(world: World, charge: Json, card: Card) -> None:
    """Stripe's test cards for it: the dispute comes when the money has come."""
    if card.brings in ("dispute", "inquiry"):
        world.agenda.soon(world.settings.settle_delay_ms * 1000 + 1000, OPEN_BY_CARD, charge["id"])


@verb(OPEN_BY_CARD)
def open_by_card(world: World, charge_id: str) -> None:
    charge = world.store.get(charge_id)
    if charge is None or charge["disputed"] or charge["refunded"]:
        return
    world.agenda.cancel(OPEN_BY_CARD, charge_id)
    card = charges.card_behind(world, charge)
    reason = "product_not_received" if card.number.endswith("2685") else None
    start(world, charge, inquiry=card.brings == "inquiry", reason=reason)


charges.WHEN_CHARGED.append(brought_by_card)
