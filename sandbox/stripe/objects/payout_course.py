"""How a payout goes: made, sent, arrived; failed before or after that, canceled, reversed."""

from sandbox.stripe import events
from sandbox.stripe.clock import DAY, midnight
from sandbox.stripe.errors import Json
from sandbox.stripe.objects import balance, payout_rows
from sandbox.stripe.objects.payout_document import new_payout
from sandbox.stripe.timekeeper import verb
from sandbox.stripe.world import World

SEND, ARRIVE, FAIL, RECONCILE = "send payout", "payout arrives", "payout fails", "reconcile payout"
OUTCOMES = ("paid", "failed", "paid_then_failed")
HOUR = 3_600
DAYS_ON_THE_WAY = 2
INSTANT_FEE_PER_MILLE = 10


def pay_out_all(world: World, minimums: dict[str, int], outcome: str, only: str | None = None) -> list[Json]:
    """One automatic payout for each currency of which something may leave."""
    made = []
    for currency, net in payout_rows.waiting(world).items():
        amount = payout_rows.payable(currency, net, minimums.get(currency, 0))
        if amount > 0 and only in (None, currency):
            made.append(automatic(world, currency, amount, net - amount, outcome))
    return made


def automatic(world: World, currency: str, amount: int, kept: int, outcome: str) -> Json:
    payout = new_payout(
        world,
        {"amount": amount, "currency": currency},
        automatic=True,
        arrival=midnight(world.now() + DAYS_ON_THE_WAY * DAY),
        original=None,
    )
    payout_rows.gather(world, payout, kept)
    world.agenda.at(world.now() + 2 * HOUR, RECONCILE, payout["id"])
    return begin(world, payout, outcome, {"payout_of": payout["id"], "payout": payout["id"]})


def manual(world: World, given: Json, outcome: str, original: Json | None = None) -> Json:
    """By somebody's order; Stripe does not say which rows it is made of."""
    now = world.now()
    instant = given.get("method") == "instant"
    arrival = now + HOUR // 2 if instant else midnight(now + DAYS_ON_THE_WAY * DAY)
    payout = new_payout(
        world, given, automatic=False, arrival=arrival, original=original["id"] if original else None
    )
    return begin(world, payout, outcome, None)


def begin(world: World, payout: Json, outcome: str, hidden: Json | None) -> Json:
    """The money leaves the balance at once, whatever becomes of it."""
    fee = 0
    if payout["method"] == "instant":
        fee = max(50, (payout["amount"] * INSTANT_FEE_PER_MILLE + 500) // 1000)
    back = payout["amount"] < 0
    row = balance.move(
        world,
        amount=-payout["amount"],
        fee_details=balance.processing_fees(fee, payout["currency"], "Instant payout fee"),
        currency=payout["currency"],
        description=payout["description"],
        kind="payout",
        category="payout_reversal" if back else "payout",
        source=payout["id"],
        available_on=payout["arrival_date"] if back else None,
        hidden=hidden,
    )
    payout["balance_transaction"] = row["id"]
    world.store.save(payout)
    world.store.hide(payout["id"], outcome=outcome)
    events.emit(world, "payout.created", payout)
    world.agenda.at(min(world.now() + HOUR, payout["arrival_date"]), SEND, payout["id"])
    world.agenda.at(payout["arrival_date"], ARRIVE, payout["id"])
    return payout


@verb(SEND)
def send(world: World, payout_id: str) -> None:
    """With the bank now: it cannot be canceled any more."""
    payout = world.store.get(payout_id)
    if payout is not None and payout["status"] == "pending":
        events.change(world, payout, "payout.updated", status="in_transit")


@verb(ARRIVE)
def arrive(world: World, payout_id: str) -> None:
    payout = world.store.get(payout_id)
    if payout is None or payout["status"] not in ("pending", "in_transit"):
        return
    outcome = world.store.hidden(payout_id)["outcome"]
    if outcome == "failed":
        fail(world, payout_id)
        return
    world.agenda.cancel(SEND, payout_id)
    trace = {"status": "supported", "value": payout_id[3:18].upper()}
    payout.update(status="paid", trace_id=trace)
    world.store.save(payout)
    events.emit(world, "payout.paid", payout)
    if outcome == "paid_then_failed":
        world.agenda.at(world.now() + 2 * DAY, FAIL, payout_id)


@verb(FAIL)
def fail(world: World, payout_id: str) -> None:
    """The bank sends it back, sometimes days after Stripe said it was paid."""
    payout = world.store.get(payout_id)
    if payout is None or payout["status"] in ("failed", "canceled"):
        return
    payout.update(
        failure_code="account_closed",
        failure_message="The bank account has been closed.",
        status="failed",
    )
    give_back(world, payout, "payout_failure", "STRIPE PAYOUT FAILURE")
    events.emit(world, "payout.failed", payout)


def cancel(world: World, payout: Json) -> Json:
    payout["status"] = "canceled"
    give_back(world, payout, "payout_cancel", "STRIPE PAYOUT CANCEL")
    events.emit(world, "payout.canceled", payout)
    return payout


def give_back(world: World, payout: Json, kind: str, description: str) -> None:
    """The money is in the balance again; the next automatic payout takes it along."""
    for appointment in (SEND, ARRIVE, FAIL):
        world.agenda.cancel(appointment, payout["id"])
    row = balance.move(
        world,
        amount=payout["amount"],
        currency=payout["currency"],
        description=description,
        kind=kind,
        category="payout_reversal",
        source=payout["id"],
    )
    payout["failure_balance_transaction"] = row["id"]
    world.store.save(payout)


def reverse(world: World, payout: Json, metadata: Json) -> Json:
    """Get the money back from the bank by a payout the other way."""
    given = {"amount": -payout["amount"], "currency": payout["currency"], "metadata": metadata}
    back = manual(world, {**given, "description": "STRIPE PAYOUT REVERSAL"}, "paid", payout)
    events.change(world, payout, "payout.updated", reversed_by=back["id"])
    return back


@verb(RECONCILE)
def reconcile(world: World, payout_id: str) -> None:
    """From now on it can be asked which rows went into the payout."""
    payout = world.store.get(payout_id)
    if payout is None or payout["reconciliation_status"] != "in_progress":
        return
    world.agenda.cancel(RECONCILE, payout_id)
    payout_rows.reveal(world, payout_id)
    events.change(world, payout, None, reconciliation_status="completed")
    events.emit(world, "payout.reconciliation_completed", payout)
