"""Reads the books as a stream: each entry with its postings and the balance transaction that it speaks of."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, case, func, lateral, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from service.ledger.book import as_given
from service.ledger.deriving import Stands
from service.ledger.entry import NewPosting
from service.ledger.models import Account, Entry, Mirror, Posting
from service.ledger.reclassifying import KIND, ROW

AT_ONCE = 500

LINES = lateral(
    select(
        func.array_agg(aggregate_order_by(Account.code, Posting.line)).label("codes"),
        func.array_agg(aggregate_order_by(Posting.currency, Posting.line)).label("currencies"),
        func.array_agg(aggregate_order_by(Posting.amount, Posting.line)).label("amounts"),
    )
    .join(Account, Account.id == Posting.account_id)
    .where(Posting.entry_id == Entry.id)
    .correlate(Entry)
)

SPOKEN_OF = case(
    (Entry.key.like("stripe:%"), func.substr(Entry.key, 8)),
    (Entry.kind == KIND, Entry.context[ROW].astext),
)

ENTRIES = (
    select(
        Entry.id,
        Entry.key,
        Entry.kind,
        Entry.effective_at,
        Entry.context,
        Entry.reverses_id,
        LINES.c.codes,
        LINES.c.currencies,
        LINES.c.amounts,
        Mirror,
    )
    .outerjoin(Mirror, Mirror.id == SPOKEN_OF)
    .join(LINES, true())
    .order_by(Entry.id)
)


def standing_entries(session: Session, among: ColumnElement[bool]) -> Iterator[Stands]:
    """Only a few are held at any moment, however many there are."""
    rows = session.execute(ENTRIES.where(among).execution_options(yield_per=AT_ONCE))
    for row in rows:
        lines = zip(row.codes or (), row.amounts or (), strict=True)
        yield Stands(
            id=row.id,
            key=row.key,
            kind=row.kind,
            effective_at=row.effective_at,
            context=row.context,
            reverses_id=row.reverses_id,
            currencies=tuple(row.currencies or ()),
            postings=tuple(NewPosting(code, amount) for code, amount in lines),
            moved=as_given(row.Mirror) if row.Mirror else None,
        )
