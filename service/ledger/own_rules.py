"""Entries that come from no balance transaction: a lost dispute, a payout at the bank, an opening.

Each is made from its fact alone and keeps the fact as its context, so that it can be derived again.
All dates are Stripe's: in whatever order things are heard of, the same bytes are written.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.ledger import accounts
from service.ledger.entry import NewEntry, NewPosting
from service.ledger.payout_facts import PayoutFacts
from service.ledger.standing import Standing

LOST, WON_AFTER_ALL = "dispute_lost", "dispute_lost_undone"
ARRIVED, RETURNED = "payout_arrived", "payout_returned"
OPENING = "opening"


@dataclass(frozen=True, kw_only=True)
class LostDispute:
    """A dispute that Stripe has closed as lost; `amount` is what it took from the balance, without its fee.

    Amount and currency are the balance's, as the dispute's balance transactions have them; `at` is an
    instant of Stripe's that stays the same whenever it is looked at.
    """

    dispute_id: str
    amount: int
    currency: str
    at: datetime
    donation_id: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Opening:
    """What stood on Stripe's balance in one currency when the books began."""

    amount: int
    currency: str
    at: datetime


def dispute_lost(lost: LostDispute) -> NewEntry:
    return NewEntry(
        key=lost_key(lost.dispute_id),
        kind=LOST,
        effective_at=lost.at,
        currency=lost.currency,
        postings=_moved(accounts.DISPUTE_LOSSES, accounts.DISPUTES, lost.amount),
        context=_kept(vars(lost)),
        memo=f"Dispute {lost.dispute_id} is lost",
    )


def won_after_all(lost: Standing, at: datetime) -> NewEntry:
    dispute_id = lost.context["dispute_id"]
    also = {name: lost.context[name] for name in ("dispute_id", "donation_id", "request_id")}
    return _reversal(
        lost, f"dispute-lost-undone:{dispute_id}", WON_AFTER_ALL, at, also, f"Dispute {dispute_id} is won"
    )


def payout_arrived(payout: PayoutFacts) -> NewEntry:
    fact = {
        "payout_id": payout.id,
        "amount": payout.amount,
        "currency": payout.currency,
        "at": payout.arrival_date,
    }
    return NewEntry(
        key=arrived_key(payout.id),
        kind=ARRIVED,
        effective_at=payout.arrival_date,
        currency=payout.currency,
        postings=_moved(accounts.BANK, accounts.PAYOUTS_IN_TRANSIT, payout.amount),
        context=_kept(fact),
        memo=f"Payout {payout.id} is at the bank",
    )


def payout_returned(arrival: Standing, at: datetime) -> NewEntry:
    payout_id = arrival.context["payout_id"]
    return _reversal(
        arrival,
        f"payout-returned:{payout_id}",
        RETURNED,
        at,
        {"payout_id": payout_id},
        f"Payout {payout_id} came back",
    )


def opening(found: Opening) -> NewEntry:
    return NewEntry(
        key=f"opening:{found.currency}",
        kind=OPENING,
        effective_at=found.at,
        currency=found.currency,
        postings=_moved(accounts.STRIPE, accounts.OPENING, found.amount),
        context=_kept(vars(found)),
        memo="Balance at Stripe when the books began",
    )


def lost_key(dispute_id: str) -> str:
    return f"dispute-lost:{dispute_id}"


def arrived_key(payout_id: str) -> str:
    return f"payout-arrived:{payout_id}"


def _moved(debit: str, credit: str, amount: int) -> tuple[NewPosting, ...]:
    if not amount:
        raise ValueError("nothing moves")
    return (NewPosting(debit, amount), NewPosting(credit, -amount))


def _reversal(
    stands: Standing, key: str, kind: str, at: datetime, about: Mapping[str, Any], memo: str
) -> NewEntry:
    return NewEntry(
        key=key,
        kind=kind,
        effective_at=at,
        currency=stands.currency,
        postings=stands.taken_back,
        context=_kept({**about, "at": at}),
        memo=memo,
        reverses_id=stands.id,
    )


def _kept(fact: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in fact.items()}
