"""A dispute's rows in the balance: what the bank takes with its fee, and what it gives back."""

from sandbox.stripe import events, rates
from sandbox.stripe.errors import Json
from sandbox.stripe.objects import balance
from sandbox.stripe.world import World

FEE = 1500


def withdraw(world: World, dispute: Json, fee: int) -> None:
    """The bank takes the money while it looks into the matter, and Stripe its fee."""
    row(world, dispute, -1, "dispute", f"Chargeback withdrawal for {dispute['charge']}", fee)
    events.emit(world, "charge.dispute.funds_withdrawn", dispute)


def reinstate(world: World, dispute: Json) -> None:
    """The money is back, at the rate of the day; the fee only where that was agreed."""
    returned = int(world.store.hidden(dispute["id"]).get("returned_fee") or 0)
    words = f"Chargeback reversal for {dispute['charge']}"
    row(world, dispute, 1, "dispute_reversal", words, -returned)
    events.emit(world, "charge.dispute.funds_reinstated", dispute)


def row(world: World, dispute: Json, sign: int, category: str, description: str, fee: int) -> None:
    settled = rates.settled(world, dispute["amount"], dispute["currency"])
    moved = balance.move(
        world,
        amount=sign * settled.amount,
        fee_details=balance.processing_fees(fee, settled.currency, "Dispute fee"),
        currency=settled.currency,
        description=description,
        exchange_rate=settled.rate,
        kind="adjustment",
        category=category,
        source=dispute["id"],
    )
    dispute["balance_transactions"] = [*dispute["balance_transactions"], moved]
    world.store.save(dispute)
