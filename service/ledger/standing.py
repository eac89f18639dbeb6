"""An entry as it stands in the books, with its postings: what a later one is held against."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.ledger.contradiction import Contradiction
from service.ledger.entry import NewEntry, NewPosting
from service.ledger.models import Account, Entry, Posting
from service.ledger.writing import ORIGINAL, write


@dataclass(frozen=True, kw_only=True)
class Standing:
    """`context` is what the rule knew; `happened_at` is the entry's own date, also where it came late."""

    id: int
    key: str
    kind: str
    happened_at: datetime
    currency: str
    postings: tuple[NewPosting, ...]
    context: Mapping[str, Any]

    @property
    def taken_back(self) -> tuple[NewPosting, ...]:
        return tuple(NewPosting(posting.account, -posting.amount) for posting in self.postings)


def standing(session: Session, key: str) -> Standing | None:
    entry = session.scalars(select(Entry).where(Entry.key == key)).one_or_none()
    if entry is None:
        return None
    lines = session.execute(
        select(Account.code, Posting.currency, Posting.amount)
        .join(Account, Account.id == Posting.account_id)
        .where(Posting.entry_id == entry.id)
        .order_by(Posting.line)
    ).all()
    return Standing(
        id=entry.id,
        key=entry.key,
        kind=entry.kind,
        happened_at=happened_at(entry.context, entry.effective_at),
        currency=lines[0].currency,
        postings=tuple(NewPosting(line.code, line.amount) for line in lines),
        context=entry.context,
    )


def happened_at(context: Mapping[str, Any], effective_at: datetime) -> datetime:
    original = context.get(ORIGINAL)
    return datetime.fromisoformat(original) if original else effective_at


def post_once(session: Session, entry: NewEntry) -> bool:
    """Write it down unless it stands already, True if it is new; another one under its key is refused."""
    if write(session, [entry]):
        return True
    known = standing(session, entry.key)
    assert known is not None
    for field, stands, came in (
        ("currency", known.currency, entry.currency),
        ("postings", _money(known.postings), _money(entry.postings)),
        ("effective_at", known.happened_at, entry.effective_at),
    ):
        if stands != came:
            raise Contradiction(entry.key, field, stands, came)
    return False


def _money(postings: tuple[NewPosting, ...]) -> str:
    return ", ".join(f"{posting.account} {posting.amount}" for posting in postings)
