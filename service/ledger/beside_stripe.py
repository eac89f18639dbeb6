"""The mirror held against what Stripe lists: rows that are missing, rows too many, rows that differ."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.gateway import BalanceTransaction
from service.ledger import accounts
from service.ledger.balances import trial_balance
from service.ledger.book import as_given
from service.ledger.canonical import ink
from service.ledger.finding import Finding
from service.ledger.models import Entry, Mirror

MISSING = "missing row"
TOO_MANY = "row too many"


def compare_mirror(
    session: Session, listed: Mapping[str, BalanceTransaction], since: datetime
) -> Iterator[Finding]:
    """`listed` is all that Stripe has from `since` on, by id."""
    seen = set()
    for row in session.scalars(select(Mirror).where(Mirror.created_at >= since).order_by(Mirror.id)):
        seen.add(row.id)
        theirs = listed.get(row.id)
        if theirs is None:
            yield Finding(TOO_MANY, row.id, "Stripe lists no such balance transaction")
            continue
        here, there = ink(as_given(row)), ink(theirs)
        for field in here:
            if here[field] != there[field]:
                yield Finding(
                    "altered row", row.id, f"{field} is {here[field]} here and {there[field]} at Stripe"
                )
    for missing in sorted(listed.keys() - seen):
        yield Finding(MISSING, missing, "Stripe lists it, and settling has not booked it")


def stripe_balances(session: Session) -> dict[str, int]:
    """What the books say Stripe holds, by currency."""
    return {row.currency: row.balance for row in trial_balance(session) if row.account == accounts.STRIPE}


def has_entries(session: Session) -> bool:
    return session.scalar(select(Entry.id).limit(1)) is not None
