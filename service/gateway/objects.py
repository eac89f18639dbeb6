"""Stripe's objects in our words: what the rest of the program sees of Stripe, and all it sees.

Amounts are minor units of their currency (lower-case code); instants are aware UTC.
Field paths follow API 2026-10-28.endive.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class CheckoutOrder:
    """Everything a Checkout Session is opened with; the same order makes byte-identical calls."""

    checkout_id: str
    frequency: str
    amount: int
    currency: str
    title: str
    success_url: str
    cancel_url: str
    locale: str | None
    email: str | None
    statement_suffix: str


@dataclass(frozen=True)
class OpenedCheckout:
    session_id: str
    url: str
    expires_at: datetime


@dataclass(frozen=True)
class Session:
    """A Checkout Session as it stands. `payment_status`: paid, unpaid, no_payment_required."""

    id: str
    checkout_id: str | None
    status: str
    payment_status: str
    payment_intent_id: str | None
    payment_intent_status: str | None
    subscription_id: str | None
    subscription_status: str | None
    email: str | None
    name: str | None


@dataclass(frozen=True)
class FeeDetail:
    type: str
    amount: int
    currency: str
    description: str


@dataclass(frozen=True)
class BalanceTransaction:
    """Stripe's row of money moved; net = amount - fee, each with its sign."""

    id: str
    type: str
    reporting_category: str
    amount: int
    fee: int
    net: int
    currency: str
    created: datetime
    available_on: datetime
    status: str
    source: str | None
    description: str
    exchange_rate: str | None
    fee_details: tuple[FeeDetail, ...]


@dataclass(frozen=True)
class Refund:
    """`status`: pending, requires_action, succeeded, failed, canceled; money goes back when it failed."""

    id: str
    status: str
    amount: int
    currency: str
    created: datetime
    balance_transaction: BalanceTransaction | None
    failure_balance_transaction: BalanceTransaction | None


@dataclass(frozen=True)
class Dispute:
    """An inquiry (`warning_…`) moves no money; the others move what their balance transactions say."""

    id: str
    status: str
    amount: int
    currency: str
    created: datetime
    balance_transactions: tuple[BalanceTransaction, ...]


@dataclass(frozen=True)
class Charge:
    """`status`: succeeded, pending, failed. The balance transaction comes a moment later."""

    id: str
    payment_intent_id: str | None
    status: str
    amount: int
    currency: str
    created: datetime
    balance_transaction: BalanceTransaction | None
    failure_balance_transaction: BalanceTransaction | None
    # An authorisation that was not captured moves no money, and neither does its release.
    captured: bool
    amount_refunded: int
    refunds: tuple[Refund, ...]
    disputes: tuple[Dispute, ...]
    failure_code: str | None
    email: str | None
    name: str | None
    method: str
    card_brand: str | None
    card_country: str | None
    presentment_amount: int | None
    presentment_currency: str | None


@dataclass(frozen=True)
class Instalment:
    """The invoice a payment paid, where it belongs to a subscription."""

    invoice_id: str
    subscription_id: str
    checkout_id: str | None
    billing_reason: str


@dataclass(frozen=True)
class Payment:
    """A Payment Intent with its charges; `charge` is the latest. `status` is Stripe's own word."""

    id: str
    status: str
    amount: int
    currency: str
    created: datetime
    checkout_id: str | None
    charge: Charge | None
    charges: tuple[Charge, ...]
    instalment: Instalment | None
    failure_code: str | None


@dataclass(frozen=True)
class Subscription:
    """A Stripe Subscription with one item. `interval`: month or year."""

    id: str
    status: str
    checkout_id: str | None
    amount: int
    currency: str
    interval: str
    created: datetime
    current_period_end: datetime | None
    cancel_at: datetime | None
    ended_at: datetime | None
    collection_paused: bool
    resumes_at: datetime | None
    payment_intent_ids: tuple[str, ...]


@dataclass(frozen=True)
class Payout:
    """Money on its way to the bank. `status`: pending, in_transit, paid, failed, canceled."""

    id: str
    status: str
    amount: int
    currency: str
    created: datetime
    arrival_date: datetime
    automatic: bool
    reconciliation_status: str
    balance_transaction: BalanceTransaction | None
    failure_balance_transaction: BalanceTransaction | None
    failure_code: str | None
    original_payout_id: str | None
    reversed_by_id: str | None
