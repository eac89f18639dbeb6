"""Payments by bank debit: asked for today, answered days later, sometimes taken back long after."""

from sandbox.stripe import debits, events
from sandbox.stripe.clock import DAY, midnight
from sandbox.stripe.declines import Decline
from sandbox.stripe.errors import Json, invalid
from sandbox.stripe.objects import (
    balance,
    bank_account,
    dispute_course,
    payment_try,
    refund_course,
    takings,
)
from sandbox.stripe.objects.charge_document import charge_document, outcome
from sandbox.stripe.timekeeper import verb
from sandbox.stripe.world import World

ANSWER, RETURN = "bank answers", "bank returns"
DAYS_TO_DISPUTE, DAYS_TO_RETURN = 1, 14
OUTCOMES = ("succeeded", "failed", "insufficient_funds", "returned")


def begin(world: World, intent: Json, method: Json) -> None:
    """Ask the bank: the money is expected, and nobody knows yet."""
    account = bank_account.account_of(world, method)
    if intent["currency"] != debits.CURRENCY[account.kind]:
        raise invalid(
            f"The currency provided ({intent['currency']}) is invalid for one of the payment method "
            f"types accepted for this PaymentIntent ({account.kind}).",
            "currency",
            "payment_intent_invalid_parameter",
        )
    answer_at = world.now() + account.days * DAY
    mandate = bank_account.mandate_of(world, method)
    charge = charge_document(world, intent, method, "pending", details(method, mandate))
    world.store.add(charge, hidden={"outcome": world.store.hidden(method["id"])["outcome"]})
    row = takings.expect(world, charge, account.kind, midnight(answer_at + debits.DAYS_AFTER * DAY))
    events.change(world, charge, None, balance_transaction=row["id"])
    events.emit(world, "charge.pending", charge)
    intent.update(
        last_payment_error=None,
        latest_charge=charge["id"],
        next_action=None,
        payment_method=method["id"],
        status="processing",
    )
    world.store.save(intent)
    events.emit(world, "payment_intent.processing", intent)
    if account.outcome != "processing":
        world.agenda.at(answer_at, ANSWER, charge["id"])


def details(method: Json, mandate: Json) -> Json:
    """What a charge shows of the account: less than the method does."""
    hidden = ("generated_from", "financial_connections_account", "networks", "status_details")
    shown = {name: value for name, value in method[method["type"]].items() if name not in hidden}
    if method["type"] == "us_bank_account":
        shown["payment_reference"] = None
    return {**shown, "mandate": mandate["id"]}


@verb(ANSWER)
def answer(world: World, charge_id: str) -> None:
    charge = world.store.get(charge_id)
    if charge is not None and charge["status"] == "pending":
        settle(world, charge, str(world.store.hidden(charge_id)["outcome"]))


def settle(world: World, charge: Json, how: str) -> None:
    """The bank has answered; what it may do later is on the agenda."""
    world.agenda.cancel(ANSWER, charge["id"])
    no = None
    if how in ("failed", "insufficient_funds"):
        no = debits.refused(
            "insufficient_funds" if how == "insufficient_funds" else refusal_of(world, charge)
        )
    intent = world.store.get(charge["payment_intent"])
    assert intent is not None
    if no is None:
        came(world, charge, intent)
    else:
        failed(world, charge, intent, no)
    refund_course.charge_done(world, charge)
    for listener in payment_try.WHEN_TRIED:
        listener(world, intent, no)
    tell_session(world, intent, no)
    if how in ("disputed", "returned"):
        days = DAYS_TO_DISPUTE if how == "disputed" else DAYS_TO_RETURN
        world.agenda.at(world.now() + days * DAY, RETURN, charge["id"])


def refusal_of(world: World, charge: Json) -> str:
    method = world.store.get(charge["payment_method"])
    return bank_account.account_of(world, method).refusal if method else "generic_decline"


def came(world: World, charge: Json, intent: Json) -> None:
    charge.update(paid=True, status="succeeded")
    world.store.save(charge)
    row = world.store.get(charge["balance_transaction"])
    assert row is not None
    balance.sure(world, row)
    events.emit(world, "charge.succeeded", charge)
    intent.update(amount_received=intent["amount"], status="succeeded")
    world.store.save(intent)
    events.emit(world, "payment_intent.succeeded", intent)


def failed(world: World, charge: Json, intent: Json, no: Decline) -> None:
    """What was expected does not come: a row of its own takes it out of the balance again."""
    kind = charge["payment_method_details"]["type"]
    charge.update(
        failure_balance_transaction=takings.never_came(world, charge)["id"],
        failure_code=no.code,
        failure_message=no.message,
        outcome=outcome(no, kind),
        status="failed",
    )
    world.store.save(charge)
    events.emit(world, "charge.failed", charge)
    method = world.store.get(charge["payment_method"])
    assert method is not None
    intent.update(
        last_payment_error=payment_try.explanation(no, charge["id"], method),
        payment_method=None,
        status="requires_payment_method",
    )
    world.store.save(intent)
    events.emit(world, "payment_intent.payment_failed", intent)


def tell_session(world: World, intent: Json, no: Decline | None) -> None:
    """The Checkout Session that ended unpaid hears of it."""
    session = world.store.get(world.store.hidden(intent["id"]).get("session") or "")
    if session is None:
        return
    if no is None:
        events.change(world, session, None, payment_status="paid")
    events.emit(world, f"checkout.session.async_payment_{'failed' if no else 'succeeded'}", session)


@verb(RETURN)
def take_back(world: World, charge_id: str) -> None:
    """The donor's bank wants the money back, long after it was paid: a dispute that is lost at once."""
    charge = world.store.get(charge_id)
    if charge is None or charge["disputed"] or charge["status"] != "succeeded" or charge["refunded"]:
        return
    dispute_course.start(world, charge)
    bank_account.withdraw_mandate(world, charge["payment_method"])


for method_kind in debits.KINDS:
    payment_try.OTHER_METHODS[method_kind] = begin
