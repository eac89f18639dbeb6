"""A payment reaches the balance: what it comes to in the account's currency, less Stripe's fee."""

from decimal import Decimal

from sandbox.stripe import money, rates
from sandbox.stripe.errors import Json
from sandbox.stripe.objects import balance
from sandbox.stripe.world import World

DAYS_PENDING = 2


def receive(world: World, charge: Json, at_once: bool) -> Json:
    """A card's charge has been captured."""
    settled = rates.settled(world, charge["amount"], charge["currency"])
    fee = money.fee(settled.amount, settled.currency)
    return balance.move(
        world,
        amount=settled.amount,
        fee_details=balance.processing_fees(fee, settled.currency),
        currency=settled.currency,
        description=charge["description"],
        exchange_rate=settled.rate,
        kind="charge",
        category="charge",
        source=charge["id"],
        days=0 if at_once else DAYS_PENDING,
    )


def expect(world: World, charge: Json, method: str, available_on: int) -> Json:
    """A bank debit has been asked for: its row waits until the bank has answered."""
    settled = rates.settled(world, charge["amount"], charge["currency"])
    fee = money.debit_fee(settled.amount, method)
    return balance.move(
        world,
        amount=settled.amount,
        fee_details=balance.processing_fees(fee, settled.currency),
        currency=settled.currency,
        description=charge["description"],
        exchange_rate=settled.rate,
        kind="payment",
        category="charge",
        source=charge["id"],
        available_on=available_on,
        hidden={"held": True},
    )


def never_came(world: World, charge: Json) -> Json:
    """The bank refused: what was expected goes, and the fee with it."""
    expected = world.store.get(charge["balance_transaction"])
    assert expected is not None
    balance.sure(world, expected)
    rate = expected["exchange_rate"]
    return balance.move(
        world,
        amount=-expected["amount"],
        fee_details=[{**part, "amount": -part["amount"]} for part in expected["fee_details"]],
        currency=expected["currency"],
        description="PAYMENT FAILURE",
        exchange_rate=None if rate is None else Decimal(str(rate)),
        kind="payment_failure_refund",
        category="charge_failure",
        source=charge["id"],
        available_on=max(expected["available_on"], world.now()),
    )
