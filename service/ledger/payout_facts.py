"""A payout as the books want to know it, whoever read it from Stripe."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class PayoutFacts:
    """`amount` is positive on its way to the bank. `status`: pending, in_transit, paid, failed, canceled.

    `reconciliation_status` says whether Stripe's list of its rows is complete; only an automatic payout
    has one (not_applicable otherwise).
    """

    id: str
    amount: int
    currency: str
    automatic: bool
    created_at: datetime
    status: str
    arrival_date: datetime
    reconciliation_status: str
    balance_transaction_id: str | None = None
    failure_balance_transaction_id: str | None = None
    failure_code: str | None = None
    original_payout_id: str | None = None
    reversed_by_id: str | None = None
    trace_id: str | None = None
