"""Learning more later: an entry is not changed, another one moves what the new knowledge moves.

It is dated as the first one is, so that the books come to the same whenever it was learned (unless that
month is closed by then). The context used last is kept with the entry that was written last.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from service.gateway import BalanceTransaction
from service.ledger.accounts import STRIPE
from service.ledger.book import as_given
from service.ledger.entry import Context, NewEntry, NewPosting
from service.ledger.models import Entry, Mirror
from service.ledger.rules import description_of, entry_for, key_of
from service.ledger.writing import write

KIND = "reclassification"
ROW = "balance_transaction_id"


class NotBooked(Exception):
    """The books do not know this balance transaction."""


@dataclass(frozen=True)
class Said:
    """What one entry said of its balance transaction."""

    key: str
    context: Context


def reclassify(session: Session, balance_transaction_id: str, context: Context) -> bool:
    """Book what the new context moves; False when it is the one that was used last, or when the row moves
    nothing at all. Raises NotBooked.
    """
    mirror = session.get(Mirror, balance_transaction_id)
    if mirror is None:
        raise NotBooked(balance_transaction_id)
    while said := contexts(session, balance_transaction_id):
        if said[-1].context == context:
            return False
        entry = reclassification(as_given(mirror), said[-1].context, context, number=len(said))
        if entry is None or write(session, [entry]):
            return entry is not None
        # Somebody else was quicker with this number: look again.
    return False


def last_context(session: Session, balance_transaction_id: str) -> Context | None:
    """None where the balance transaction has no entry."""
    said = contexts(session, balance_transaction_id)
    return said[-1].context if said else None


def contexts(session: Session, balance_transaction_id: str) -> Sequence[Said]:
    """Every context that was used for this row, in the order in which they were learned."""
    ours = or_(
        Entry.key == key_of(balance_transaction_id),
        and_(Entry.kind == KIND, Entry.context[ROW].astext == balance_transaction_id),
    )
    rows = session.execute(select(Entry.key, Entry.context).where(ours).order_by(Entry.id))
    return [Said(key, Context.read(kept)) for key, kept in rows]


def reclassification(
    moved: BalanceTransaction, old: Context, new: Context, *, number: int
) -> NewEntry | None:
    """What turns the entry of the old context into that of the new one; None where there is no entry."""
    before, after = entry_for(moved, old), entry_for(moved, new)
    if before is None or after is None:
        return None
    return NewEntry(
        key=f"reclassified:{moved.id}:{number}",
        kind=KIND,
        effective_at=moved.created,
        currency=moved.currency,
        postings=_difference(before, after) or _same_again(before),
        context=new.kept | {ROW: moved.id},
        memo=description_of(moved, new),
    )


def _difference(before: NewEntry, after: NewEntry) -> tuple[NewPosting, ...]:
    amounts: dict[str, int] = {}
    for sign, entry in ((-1, before), (1, after)):
        for posting in entry.postings:
            amounts[posting.account] = amounts.get(posting.account, 0) + sign * posting.amount
    return tuple(NewPosting(account, amount) for account, amount in amounts.items() if amount)


def _same_again(entry: NewEntry) -> tuple[NewPosting, ...]:
    """No money moves, only whose it is: out of the account and in again, so that the books show it."""
    counter = next(posting for posting in reversed(entry.postings) if posting.account != STRIPE)
    return (NewPosting(counter.account, -counter.amount), counter)
