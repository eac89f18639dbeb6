"""Which rows of the balance a payout takes with it, and when that can be seen."""

from sandbox.stripe import money
from sandbox.stripe.errors import Json
from sandbox.stripe.objects import balance
from sandbox.stripe.world import World

# `payout_of` is what the sandbox knows at once, `payout` what can be asked for: later.
WAITING = (
    "kind = 'balance_transaction' AND json_extract(hidden, '$.payout_of') IS NULL "
    "AND json_extract(body, '$.status') = 'available' "
    f"AND json_extract(body, '$.balance_type') = '{balance.OWN}'"
)


def waiting(world: World) -> dict[str, int]:
    """What is available and in no automatic payout yet, by currency."""
    named = "json_extract(body, '$.currency'), sum(json_extract(body, '$.net'))"
    return dict(world.store.rows(f"SELECT {named} FROM objects WHERE {WAITING} GROUP BY 1 ORDER BY 1"))  # noqa: S608


def payable(currency: str, net: int, minimum: int) -> int:
    """As much of it as may leave: a minimum stays, and some currencies are paid out in whole units."""
    left = net - minimum
    return left - left % money.payout_multiple(currency)


def gather(world: World, payout: Json, minimum_kept: int) -> None:
    """The rows that wait go with this payout; what has to stay goes out of it by a row of its own."""
    mark(world, payout["id"], payout["currency"])
    if not minimum_kept:
        return
    for sign, kind, word, hidden in (
        (-1, "payout_minimum_balance_hold", "hold", {"payout_of": payout["id"]}),
        (1, "payout_minimum_balance_release", "release", None),
    ):
        balance.move(
            world,
            amount=sign * minimum_kept,
            currency=payout["currency"],
            kind=kind,
            category=kind,
            source=None,
            description=f"Minimum balance {word}",
            hidden=hidden,
        )


def mark(world: World, payout_id: str, currency: str) -> None:
    rows = f"{WAITING} AND json_extract(body, '$.currency') = ?"
    taken = "hidden = json_set(hidden, '$.payout_of', ?)"
    world.store.execute(f"UPDATE objects SET {taken} WHERE {rows}", (payout_id, currency))  # noqa: S608


def reveal(world: World, payout_id: str) -> None:
    """From now on the rows can be found by their payout."""
    world.store.execute(
        "UPDATE objects SET hidden = json_set(hidden, '$.payout', ?1) "
        "WHERE kind = 'balance_transaction' AND json_extract(hidden, '$.payout_of') = ?1",
        (payout_id,),
    )
