"""What stands on each account: debits, credits and balance, at any instant and as known at any instant."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.ledger.models import Account
from service.ledger.sealed_sums import Span, sums


@dataclass(frozen=True)
class Balance:
    """One account in one currency. `credit` is counted positive."""

    account: str
    currency: str
    debit: int
    credit: int

    @property
    def balance(self) -> int:
        return self.debit - self.credit


@dataclass(frozen=True)
class Day:
    """What one day (UTC) moved on an account, and what stood on it when the day was over."""

    day: date
    debit: int
    credit: int
    balance: int


@dataclass(frozen=True)
class Statement:
    """One account over a time: what stood on it, each day that moved something, what stands on it."""

    account: str
    currency: str
    opening: int
    days: tuple[Day, ...]
    closing: int


def trial_balance(
    session: Session, *, until: datetime | None = None, as_of: datetime | None = None
) -> list[Balance]:
    """Every account that was posted to: what happened before `until`, as far as recorded by `as_of`."""
    return [
        Balance(row.code, row.currency, int(row.debit), int(row.credit))
        for row in sums(session, Span(until=until, as_of=as_of))
    ]


def statement(
    session: Session,
    account: str,
    currency: str,
    *,
    start: datetime | None = None,
    until: datetime | None = None,
    as_of: datetime | None = None,
) -> Statement:
    """One account from `start` on and before `until`, as far as recorded by `as_of`."""
    account_id = session.scalar(
        select(Account.id).where(Account.code == account, Account.currency == currency)
    )
    if account_id is None:
        return Statement(account, currency, 0, (), 0)
    opening = stands = 0
    if start is not None:
        before = Span(until=start, as_of=as_of, account_id=account_id)
        opening = stands = sum(int(row.debit) - int(row.credit) for row in sums(session, before))
    days = []
    asked = Span(start=start, until=until, as_of=as_of, account_id=account_id)
    for row in sums(session, asked, by_day=True):
        stands += int(row.debit) - int(row.credit)
        days.append(Day(row.day, int(row.debit), int(row.credit), stands))
    return Statement(account, currency, opening, tuple(days), stands)
