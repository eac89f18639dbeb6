"""Payouts: the balance on its way to the bank, by order or by schedule."""

from sandbox.stripe import events, money, params
from sandbox.stripe.errors import Json, invalid
from sandbox.stripe.levers import Amiss, lever, one_of, the, whole_number
from sandbox.stripe.objects import amending, payout_course, payout_rows, payout_schedule
from sandbox.stripe.objects.balance import balance_now
from sandbox.stripe.paging import list_route
from sandbox.stripe.params import Needed, text
from sandbox.stripe.routes import Call, route
from sandbox.stripe.world import World


@route(
    "POST",
    "/v1/payouts",
    amount=Needed(params.count),
    currency=Needed(params.currency),
    description=text(),
    destination=text(),
    metadata=params.metadata,
    method=params.choice("instant", "standard"),
    payout_method=text(),
    source_type=params.choice("bank_account", "card", "fpx"),
    statement_descriptor=text(22),
)
def create(call: Call) -> Json:
    given = call.params
    check(call.world, given["amount"], given["currency"])
    given["metadata"] = params.present(given.get("metadata") or {})
    return payout_course.manual(call.world, given, "paid")


def check(world: World, amount: int, currency: str) -> None:
    """Refuse more than there is, and what a bank does not take."""
    multiple = money.payout_multiple(currency)
    if amount % multiple:
        raise invalid(
            f"Invalid amount: payouts in {currency.upper()} must be evenly divisible by {multiple}.",
            "amount",
            "amount_too_small",
        )
    if amount > available(world, currency):
        raise invalid(
            "You have insufficient funds in your Stripe account for this transfer. Your card balance "
            "is too low.  You can use the the /v1/balance endpoint to view your Stripe balance (for "
            "more details, see stripe.com/docs/api#balance).",
            code="balance_insufficient",
        )


def available(world: World, currency: str) -> int:
    parts = balance_now(world)["available"]
    return sum(part["amount"] for part in parts if part["currency"] == currency)


@route("GET", "/v1/payouts/<id>")
def retrieve(call: Call) -> Json:
    return call.find("payout")


@route("POST", "/v1/payouts/<id>", metadata=params.metadata)
def update(call: Call) -> Json:
    return amending.update(call, call.find("payout"), "payout.updated")


@route("POST", "/v1/payouts/<id>/cancel")
def cancel(call: Call) -> Json:
    payout = call.find("payout")
    if payout["automatic"]:
        raise invalid("Automatic payouts cannot be canceled.", code="payout_not_allowed")
    if payout["status"] != "pending":
        raise invalid(
            f"Payouts can only be canceled while they are pending; this one is {payout['status']}.",
            code="payout_not_allowed",
        )
    return payout_course.cancel(call.world, payout)


@route("POST", "/v1/payouts/<id>/reverse", metadata=params.metadata)
def reverse(call: Call) -> Json:
    payout = call.find("payout")
    if payout["status"] != "paid" or payout["reversed_by"] or payout["amount"] < 0:
        raise invalid("Only a payout that is paid and has not been reversed can be reversed.")
    return payout_course.reverse(call.world, payout, params.present(call.params.get("metadata") or {}))


list_route(
    "/v1/payouts",
    "payout",
    filters={"status": "$.status", "destination": "$.destination"},
    arrival_date=params.span,
)


@lever("payout", "currency", "automatic", "amount", "outcome", "payout")
def pull(world: World, given: Json) -> Json:
    """Pay out what is available now; or say what becomes of a payout: `{payout, outcome}`."""
    if given.get("payout"):
        payout = the(world, given, "payout", "payout")
        decide(world, payout, one_of(given, "outcome", ("paid", "failed", "canceled", "reconciled")))
        return {"payouts": [payout]}
    outcome = one_of(given, "outcome", payout_course.OUTCOMES, "paid")
    currency = given.get("currency")
    if given.get("automatic") not in (False, "false"):
        minimums = payout_schedule.schedule(world)["minimum_balance"]
        return {"payouts": payout_course.pay_out_all(world, minimums, outcome, currency)}
    made = []
    for code in [currency] if currency else list(payout_rows.waiting(world)):
        there = payout_rows.payable(code, available(world, code), 0)
        amount = whole_number(given, "amount", there)
        if amount:
            check(world, amount, code)
            made.append(payout_course.manual(world, {"amount": amount, "currency": code}, outcome))
    return {"payouts": made}


def decide(world: World, payout: Json, outcome: str) -> None:
    if outcome == "reconciled":
        payout_course.reconcile(world, payout["id"])
        return
    over = ("failed", "canceled") if outcome == "failed" else ("failed", "canceled", "paid")
    if payout["status"] in over:
        raise Amiss(f"the payout is {payout['status']}", 409)
    if outcome == "failed":
        payout_course.fail(world, payout["id"])
    elif outcome == "canceled":
        payout_course.cancel(world, payout)
    else:
        if payout["status"] == "pending":
            events.change(world, payout, "payout.updated", status="in_transit")
        payout_course.arrive(world, payout["id"])
