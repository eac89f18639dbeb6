"""What stands on each account: debits, credits and balance, at any instant and as known at any instant."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.ledger.models import Account, Entry, Posting


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


def trial_balance(
    session: Session, *, until: datetime | None = None, as_of: datetime | None = None
) -> list[Balance]:
    """Every account that was posted to: what happened before `until`, as far as recorded by `as_of`."""
    debit = func.coalesce(func.sum(Posting.amount).filter(Posting.amount > 0), 0)
    credit = func.coalesce(func.sum(-Posting.amount).filter(Posting.amount < 0), 0)
    wanted = (
        select(Account.code, Account.currency, debit, credit)
        .join(Posting, Posting.account_id == Account.id)
        .join(Entry, Entry.id == Posting.entry_id)
        .group_by(Account.code, Account.currency)
        .order_by(Account.code, Account.currency)
    )
    if until is not None:
        wanted = wanted.where(Entry.effective_at < until)
    if as_of is not None:
        wanted = wanted.where(Entry.recorded_at <= as_of)
    return [
        Balance(account, currency, int(debited), int(credited))
        for account, currency, debited, credited in session.execute(wanted)
    ]
