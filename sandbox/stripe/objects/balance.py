"""The account's money: one row for each movement, pending at first, available two days later."""

from typing import Any

from sandbox.stripe import events, money, params
from sandbox.stripe.clock import DAY, midnight
from sandbox.stripe.errors import Json
from sandbox.stripe.paging import PAGES, equal, listed
from sandbox.stripe.params import text
from sandbox.stripe.routes import Call, route
from sandbox.stripe.timekeeper import verb
from sandbox.stripe.world import World

RELEASE = "release funds"
DAYS_PENDING = 2


def list_transactions(call: Call) -> Json:
    given = call.params
    tests: list[tuple[str, tuple[Any, ...]]] = [
        equal(f"$.{name}", given[name]) for name in ("source", "type", "currency") if name in given
    ]
    if "payout" in given:
        # Stripe never shows a row's payout on the row: it is found from the payout only.
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
        "GROUP BY 1, 2"
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


def receive(world: World, charge: Json, at_once: bool) -> Json:
    """A charge reaches the balance, less Stripe's fee."""
    settled = money.settle(charge["amount"], charge["currency"], world.settings.settles)
    fee = money.fee(settled.amount, settled.currency)
    return move(
        world,
        amount=settled.amount,
        fee=fee,
        fee_details=[
            {
                "amount": fee,
                "application": None,
                "currency": settled.currency,
                "description": "Stripe processing fees",
                "type": "stripe_fee",
            }
        ],
        currency=settled.currency,
        description=charge["description"],
        exchange_rate=None if settled.rate is None else float(settled.rate),
        kind="charge",
        category="charge",
        source=charge["id"],
        days=0 if at_once else DAYS_PENDING,
    )


def move(
    world: World,
    *,
    amount: int,
    fee: int,
    fee_details: list[Json],
    currency: str,
    description: str | None,
    exchange_rate: float | None,
    kind: str,
    category: str,
    source: str | None,
    days: int,
) -> Json:
    """Write one row of the balance; every movement of money comes through here."""
    now = world.now()
    available_on = midnight(now + days * DAY) if days else now
    if available_on > now:
        world.agenda.at(available_on, RELEASE, str(available_on))
    return world.store.add(
        {
            "id": world.store.new_id("txn"),
            "object": "balance_transaction",
            "amount": amount,
            "available_on": available_on,
            "balance_type": "payments",
            "created": now,
            "currency": currency,
            "description": description,
            "exchange_rate": exchange_rate,
            "fee": fee,
            "fee_details": fee_details,
            "net": amount - fee,
            "reporting_category": category,
            "source": source,
            "status": "pending" if available_on > now else "available",
            "type": kind,
        }
    )


@verb(RELEASE)
def release(world: World, _: str) -> None:
    """Money that has waited long enough is available, and Stripe says so once."""
    released = world.store.execute(
        "UPDATE objects SET body = json_set(body, '$.status', 'available') "
        "WHERE kind = 'balance_transaction' AND json_extract(body, '$.status') = 'pending' "
        "AND json_extract(body, '$.available_on') <= ?",
        (world.now(),),
    )
    if released:
        events.emit(world, "balance.available", balance_now(world))


def books(world: World) -> Json:
    """Every row and the sums by currency: what somebody else's ledger must come to."""
    rows = world.store.rows("SELECT id FROM objects WHERE kind = 'balance_transaction' ORDER BY seq")
    transactions = [found for row in rows if (found := world.store.get(row[0])) is not None]
    totals: dict[str, dict[str, int]] = {}
    for row in transactions:
        total = totals.setdefault(row["currency"], {"count": 0, "amount": 0, "fee": 0, "net": 0})
        total["count"] += 1
        for column in ("amount", "fee", "net"):
            total[column] += row[column]
    return {"balance_transactions": transactions, "totals": totals}
