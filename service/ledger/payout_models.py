"""Payouts as Stripe has them now, and the balance transactions that each of them pays out."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from service.database import Base


class Payout(Base):
    """Mirrors Stripe. What never changes (id, amount, currency, automatic, created_at) takes no update."""

    __tablename__ = "payouts"
    __table_args__ = (CheckConstraint("currency ~ '^[a-z]{3}$'", name="currency"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    amount: Mapped[int]
    currency: Mapped[str]
    automatic: Mapped[bool]
    created_at: Mapped[datetime]
    status: Mapped[str]
    arrival_date: Mapped[datetime]
    reconciliation_status: Mapped[str]
    balance_transaction_id: Mapped[str | None]
    failure_balance_transaction_id: Mapped[str | None]
    failure_code: Mapped[str | None]
    original_payout_id: Mapped[str | None]
    reversed_by_id: Mapped[str | None]
    trace_id: Mapped[str | None]


class PayoutRow(Base):
    """One balance transaction in one payout, for good."""

    __tablename__ = "payout_rows"

    balance_transaction_id: Mapped[str] = mapped_column(
        ForeignKey("balance_transactions.id"), primary_key=True
    )
    payout_id: Mapped[str] = mapped_column(ForeignKey("payouts.id"), index=True)
