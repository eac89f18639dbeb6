"""Balance transactions for tests, as Stripe would make them."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

from service.gateway import BalanceTransaction, FeeDetail
from service.ledger import Context, PayoutFacts

MONTHLY = Context(frequency="monthly", donation_id="don_1", request_id="req_1")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

_numbers = count(1)


def row(amount: int = 5000, fee: int = 175, **other: Any) -> BalanceTransaction:
    """A card charge, unless told otherwise; the whole fee is Stripe's for processing."""
    number = next(_numbers)
    usual = BalanceTransaction(
        id=f"txn_{number:08d}",
        type="charge",
        reporting_category="charge",
        amount=amount,
        fee=fee,
        net=amount - fee,
        currency="usd",
        created=NOON,
        available_on=datetime(2026, 3, 3, tzinfo=UTC),
        status="pending",
        source=f"ch_{number:08d}",
        description="Monthly donation",
        exchange_rate=None,
        fee_details=(part("stripe_fee", fee),) if fee else (),
    )
    return replace(usual, **other)


def part(kind: str, amount: int, currency: str = "usd") -> FeeDetail:
    return FeeDetail(type=kind, amount=amount, currency=currency, description="Stripe processing fees")


def payout(payout_id: str, amount: int, **other: Any) -> PayoutFacts:
    """An automatic payout that has arrived, unless told otherwise; its own row is `txn_po_…`."""
    usual = PayoutFacts(
        id=payout_id,
        amount=amount,
        currency="usd",
        automatic=True,
        created_at=NOON,
        status="paid",
        arrival_date=datetime(2026, 3, 4, tzinfo=UTC),
        reconciliation_status="completed",
        balance_transaction_id=f"txn_{payout_id}",
    )
    return replace(usual, **other)
