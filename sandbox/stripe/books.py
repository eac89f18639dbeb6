"""The books of the account as the sandbox knows them: what somebody else's ledger must come to."""

from collections.abc import Iterator

from sandbox.stripe.errors import Json
from sandbox.stripe.objects.balance import OWN
from sandbox.stripe.world import World

# What a test compares beside the rows of the balance, and under which name.
SHOWN = {
    "charges": "charge",
    "refunds": "refund",
    "disputes": "dispute",
    "payouts": "payout",
    "topups": "topup",
    "fraud_warnings": "radar.early_fraud_warning",
}


def books(world: World) -> Json:
    """Every row, the sums by currency, and everything that moved money, with its state."""
    rows = list(every(world, "balance_transaction"))
    shown: Json = {name: list(every(world, kind)) for name, kind in SHOWN.items()}
    return {
        "balance_transactions": rows,
        "totals": totals([row for row in rows if row["balance_type"] == OWN]),
        "other_balances": {
            kind: totals([row for row in rows if row["balance_type"] == kind])
            for kind in sorted({row["balance_type"] for row in rows} - {OWN})
        },
        "paid_out": paid_out(world),
        **shown,
    }


def totals(rows: list[Json]) -> dict[str, dict[str, int]]:
    sums: dict[str, dict[str, int]] = {}
    for row in rows:
        total = sums.setdefault(row["currency"], {"count": 0, "amount": 0, "fee": 0, "net": 0})
        total["count"] += 1
        for column in ("amount", "fee", "net"):
            total[column] += row[column]
    return sums


def paid_out(world: World) -> dict[str, str]:
    """By row, the automatic payout that it went into; Stripe shows it the other way round only."""
    return dict(
        world.store.rows(
            "SELECT id, json_extract(hidden, '$.payout') FROM objects "
            "WHERE kind = 'balance_transaction' AND json_extract(hidden, '$.payout') IS NOT NULL ORDER BY seq"
        )
    )


def every(world: World, kind: str) -> Iterator[Json]:
    rows = world.store.rows("SELECT id FROM objects WHERE kind = ? ORDER BY seq", (kind,))
    for (object_id,) in rows:
        if (found := world.store.get(object_id)) is not None:
            yield found
