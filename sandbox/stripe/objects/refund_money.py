"""A refund's rows in the balance: the money that leaves, and the money that comes back."""

from decimal import Decimal

from sandbox.stripe import rates
from sandbox.stripe.errors import Json
from sandbox.stripe.objects import balance
from sandbox.stripe.world import World


def withdraw(world: World, refund: Json, charge: Json, returned_fee: int = 0) -> None:
    """The money leaves the balance, at the rate of the day."""
    settled = rates.settled(world, refund["amount"], refund["currency"])
    taken = world.store.get(charge["balance_transaction"] or "")
    pending = taken is not None and taken["status"] == "pending"
    by_card = charge["payment_method_details"]["type"] == "card"
    words = f"REFUND FOR {'CHARGE' if by_card else 'PAYMENT'}"
    row = balance.move(
        world,
        amount=-settled.amount,
        fee_details=balance.processing_fees(-returned_fee, settled.currency, "Stripe processing fee refund"),
        currency=settled.currency,
        description=f"{words} ({charge['description']})" if charge["description"] else words,
        exchange_rate=settled.rate,
        kind="refund" if by_card else "payment_refund",
        category="refund",
        source=refund["id"],
        available_on=taken["available_on"] if taken and pending else None,
    )
    refund["balance_transaction"] = row["id"]


def returned(world: World, refund: Json, taken: Json) -> Json:
    """The mirror image of the row with which the money left."""
    return balance.move(
        world,
        amount=-taken["amount"],
        fee_details=[{**part, "amount": -part["amount"]} for part in taken["fee_details"]],
        currency=taken["currency"],
        description="REFUND FAILURE",
        exchange_rate=None if taken["exchange_rate"] is None else Decimal(str(taken["exchange_rate"])),
        kind="refund_failure",
        category="refund_failure",
        source=refund["id"],
        available_on=taken["available_on"] if taken["status"] == "pending" else None,
    )
