"""The account's money: one row for each movement, pending at first, available two days later."""

from decimal import Decimal
from typing import Any

from sandbox.stripe import events, params
from sandbox.stripe.clock import DAY, midnight
from sandbox.stripe.errors import Json, invalid
from sandbox.stripe.paging import PAGES, equal, listed
from sandbox.stripe.params import text
from sandbox.stripe.routes import Call, route
from sandbox.stripe.timekeeper import verb
from sandbox.stripe.world import World

RELEASE = "release funds"
# The balance that payments arrive in; others are set aside from it.
OWN = "payments"
# A row whose payment is not certain yet is not released, whatever its day.
DUE = (
    "kind = 'balance_transaction' AND json_extract(body, '$.status') = 'pending' "
    "AND json_extract(body, '$.available_on') <= ? AND json_extract(hidden, '$.held') IS NULL"
)


def list_transactions(call: Call) -> Json:
    given = call.params
    tests: list[tuple[str, tuple[Any, ...]]] = [
        equal(f"$.{name}", given[name]) for name in ("source", "type", "currency") if name in given
    ]
    if "payout" in given:
        # Stripe never shows a row's payout on the row: it is found from the payout only.
        payout = call.world.store.get(given["payout"])
        if payout is not None and payout.get("automatic") is False:
            raise invalid(
                "Balance transaction history can only be filtered on automatic transfers, not manual.",
                "payout",
            )
        tests.append(("json_extract(hidden, '$.payout') = ?", (given["payout"],)))
    return listed(call, "balance_transaction", tests, "/v1/balance_transactions")


for address in ("/v1/balance_transactions", "/v1/balance/history"):
    route(
        "GET",
        address,
        **PAGES,
        currency=params.currency,
        payout=text(),
        source=text(),
        type=text(),
    )(list_transactions)


@route("GET", "/v1/balance_transactions/<id>")
def retrieve(call: Call) -> Json:
    return call.find("balance_transaction")


@route("GET", "/v1/balance")
def balance(call: Call) -> Json:
    return balance_now(call.world)


def balance_now(world: World) -> Json:
    """What is there and what is on its way, in each currency that ever moved."""
    sums = world.store.rows(
        "SELECT json_extract(body, '$.currency'), json_extract(body, '$.status'), "
        "sum(json_extract(body, '$.net')) FROM objects WHERE kind = 'balance_transaction' "
        "AND json_extract(body, '$.balance_type') = ? GROUP BY 1, 2",
        (OWN,),
    )
    held = {(currency, status): net for currency, status, net in sums}
    currencies = sorted({currency for currency, _ in held} | {world.settings.default_currency})

    def side(status: str) -> list[Json]:
        amounts = [(currency, held.get((currency, status), 0)) for currency in currencies]
        return [
            {"amount": net, "currency": currency, "source_types": {"card": net}} for currency, net in amounts
        ]

    return {
        "object": "balance",
        "available": side("available"),
        "livemode": False,
        "pending": side("pending"),
        "refund_and_dispute_prefunding": {"available": [], "pending": []},
    }


def processing_fees(fee: int, currency: str, description: str = "Stripe processing fees") -> list[Json]:
    """What Stripe kept of a row, as it explains it; nothing kept, nothing explained."""
    if not fee:
        return []
    part = {"amount": fee, "currency": currency, "description": description, "type": "stripe_fee"}
    return [{**part, "application": None}]


def move(
    world: World,
    *,
    amount: int,
    currency: str,
    kind: str,
    category: str,
    source: str | None,
    description: str | None,
    fee_details: list[Json] | None = None,
    exchange_rate: Decimal | None = None,
    days: int = 0,
    available_on: int | None = None,
    balance_type: str = OWN,
    hidden: Json | None = None,
) -> Json:
    """Write one row of the balance; every movement of money comes through here."""
    # Money keeps the account's own time, even when a test clock says what it is for.
    with world.clock.own_way():
        world.clock.follow(None)
        now = world.now()
        if available_on is None:
            available_on = midnight(now + days * DAY) if days else now
        waits = available_on > now or bool((hidden or {}).get("held"))
        if waits:
            world.agenda.at(max(available_on, now), RELEASE, str(available_on))
    fees = fee_details or []
    fee = sum(part["amount"] for part in fees)
    return world.store.add(
        {
            "id": world.store.new_id("txn"),
            "object": "balance_transaction",
            "amount": amount,
            "available_on": available_on,
            "balance_type": balance_type,
            "created": now,
            "currency": currency,
            "description": description,
            "exchange_rate": None if exchange_rate is None else float(exchange_rate),
            "fee": fee,
            "fee_details": fees,
            "net": amount - fee,
            "reporting_category": category,
            "source": source,
            "status": "pending" if waits else "available",
            "type": kind,
        },
        hidden,
    )


@verb(RELEASE)
def release(world: World, _: str) -> None:
    """Money that has waited long enough is available, and Stripe says so once."""
    released = world.store.execute(
        f"UPDATE objects SET body = json_set(body, '$.status', 'available') WHERE {DUE}",  # noqa: S608
        (world.now(),),
    )
    if released:
        events.emit(world, "balance.available", balance_now(world))


def sure(world: World, row: Json) -> None:
    """The payment behind a held row is certain now: it is released on its day, or at once."""
    world.store.hide(row["id"], held=None)
    if row["available_on"] <= world.now():
        events.change(world, row, None, status="available")
        events.emit(world, "balance.available", balance_now(world))
