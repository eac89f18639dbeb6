"""Checkouts, donations and recurring donations: what a donor wished, paid, and keeps paying."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from service.database import Base

FREQUENCIES = ("once", "monthly", "annual")


def _one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class Checkout(Base):
    """One attempt to give, and the Stripe Checkout Session opened for it.

    It is committed before Stripe is called, and every parameter of that call comes from this row,
    so that a retry asks for the same session in the same bytes.
    """

    __tablename__ = "checkouts"
    __table_args__ = (
        _one_of("frequency", FREQUENCIES),
        _one_of("status", ("open", "processing", "paid", "failed", "expired")),
        CheckConstraint("amount > 0", name="amount"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    # The donor's click, as a UUID made by the page: however often it arrives, it opens one session.
    attempt: Mapped[str] = mapped_column(unique=True)
    # What was asked for with that attempt; the same attempt with another wish is refused.
    wish_digest: Mapped[bytes]
    frequency: Mapped[str]
    amount: Mapped[int]
    currency: Mapped[str]
    locale: Mapped[str]
    attribution: Mapped[dict[str, Any]] = mapped_column(JSONB)
    # An address the page already knew; sealed, and gone once the checkout has ended.
    email_sealed: Mapped[bytes | None]
    status: Mapped[str]
    created_at: Mapped[datetime]
    # The web request that opened it: followed to the entry in the books.
    request_id: Mapped[str]
    session_id: Mapped[str | None] = mapped_column(unique=True, default=None)
    session_url: Mapped[str | None] = mapped_column(default=None)
    expires_at: Mapped[datetime | None] = mapped_column(default=None)
    donor_id: Mapped[str | None] = mapped_column(ForeignKey("donors.id"), default=None)


class RecurringDonation(Base):
    """A monthly or annual arrangement; mirrors one Stripe Subscription, `status` in Stripe's own words."""

    __tablename__ = "recurring_donations"
    __table_args__ = (CheckConstraint("amount >= 0", name="amount"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    subscription_id: Mapped[str] = mapped_column(unique=True)
    checkout_id: Mapped[str | None] = mapped_column(ForeignKey("checkouts.id"), index=True)
    donor_id: Mapped[str | None] = mapped_column(ForeignKey("donors.id"), index=True)
    frequency: Mapped[str]
    amount: Mapped[int]
    currency: Mapped[str]
    status: Mapped[str]
    attribution: Mapped[dict[str, Any]] = mapped_column(JSONB)
    started_at: Mapped[datetime]
    current_period_end: Mapped[datetime | None]
    # Scheduled to end: the portal sets this, and so does "at the end of the period".
    cancel_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    # Stripe collects nothing for the time being, and the status stays as it is.
    collection_paused: Mapped[bool] = mapped_column(default=False)
    resumes_at: Mapped[datetime | None] = mapped_column(default=None)


class Donation(Base):
    """One payment of money: a one-time donation, or one instalment of a recurring donation.

    `amount` and `currency` are what was charged; what reached the account stands in the books.
    """

    __tablename__ = "donations"
    __table_args__ = (
        _one_of("frequency", FREQUENCIES),
        _one_of("status", ("processing", "paid", "failed")),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("refunded >= 0", name="refunded"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    payment_intent_id: Mapped[str] = mapped_column(unique=True)
    checkout_id: Mapped[str | None] = mapped_column(ForeignKey("checkouts.id"), index=True)
    recurring_donation_id: Mapped[str | None] = mapped_column(
        ForeignKey("recurring_donations.id"), index=True
    )
    donor_id: Mapped[str | None] = mapped_column(ForeignKey("donors.id"), index=True)
    frequency: Mapped[str]
    amount: Mapped[int]
    currency: Mapped[str]
    status: Mapped[str]
    attribution: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    charge_id: Mapped[str | None] = mapped_column(unique=True)
    # None until Stripe has made the row: "paid" and "posted" are two things.
    balance_transaction_id: Mapped[str | None] = mapped_column(unique=True)
    invoice_id: Mapped[str | None]
    method: Mapped[str]
    card_brand: Mapped[str | None]
    card_country: Mapped[str | None]
    presentment_amount: Mapped[int | None]
    presentment_currency: Mapped[str | None]
    failure_code: Mapped[str | None]
    # Given back so far, or on its way back; of `amount`, in its currency.
    refunded: Mapped[int] = mapped_column(default=0)
    # Of the newest dispute, in Stripe's own words; None when there never was one.
    dispute_status: Mapped[str | None] = mapped_column(default=None)
