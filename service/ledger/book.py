"""The one door to the books: balance transactions go in, each becomes its entry once.

However often and from wherever a row comes (an event, the poller, a payout's list), the second time
changes nothing. A row that comes back with other money is a contradiction, and is never passed over.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import ARRAY, Text, any_, literal, select
from sqlalchemy.orm import Session

from service.gateway import BalanceTransaction, FeeDetail
from service.ledger.canonical import ink, mirror_digest
from service.ledger.contradiction import Contradiction
from service.ledger.entry import Context
from service.ledger.models import Mirror
from service.ledger.rules import description_of, entry_for, key_of
from service.ledger.writing import hexed, write

Fact = tuple[BalanceTransaction, Context]


def post(session: Session, facts: Sequence[Fact]) -> list[str]:
    """Write down what is new; returns the ids of the balance transactions that became an entry now."""
    given = _each_once(facts)
    if not given:
        return []
    entries = [entry for moved, context in given.values() if (entry := entry_for(moved, context))]
    written = write(session, entries, (_mirrored(moved, context) for moved, context in given.values()))
    posted = [moved.id for moved, _ in given.values() if key_of(moved.id) in written]
    _compare(session, [moved for moved, _ in given.values()], new=set(posted))
    return posted


def _each_once(facts: Iterable[Fact]) -> dict[str, Fact]:
    given: dict[str, Fact] = {}
    for moved, context in facts:
        if moved.id in given:
            _refuse_other_ink(ink(given[moved.id][0]), moved)
        else:
            given[moved.id] = (moved, context)
    return given


def _mirrored(moved: BalanceTransaction, context: Context) -> dict[str, Any]:
    return {
        "id": moved.id,
        "type": moved.type,
        "reporting_category": moved.reporting_category,
        "amount": moved.amount,
        "fee": moved.fee,
        "net": moved.net,
        "currency": moved.currency,
        "created_at": moved.created.isoformat(),
        "source": moved.source,
        "description": description_of(moved, context),
        "exchange_rate": moved.exchange_rate,
        "fee_details": [vars(detail) for detail in moved.fee_details],
        "digest": hexed(mirror_digest(moved)),
        "status": moved.status,
        "available_on": moved.available_on.isoformat(),
    }


def _compare(session: Session, given: Iterable[BalanceTransaction], new: Collection[str]) -> None:
    """Hold what was known already against what came; by digest, and field by field where that differs."""
    again = {moved.id: moved for moved in given if moved.id not in new}
    if not again:
        return
    digests = select(Mirror.id, Mirror.digest).where(Mirror.id == any_(literal(list(again), ARRAY(Text))))
    differing = [row.id for row in session.execute(digests) if row.digest != mirror_digest(again[row.id])]
    for row in session.scalars(select(Mirror).where(Mirror.id.in_(differing)).order_by(Mirror.id)):
        _refuse_other_ink(ink(as_given(row)), again[row.id])


def _refuse_other_ink(known: dict[str, str], moved: BalanceTransaction) -> None:
    for field, given in ink(moved).items():
        if given != known[field]:
            raise Contradiction(moved.id, field, known[field], given)


def as_given(row: Mirror) -> BalanceTransaction:
    """The row as Stripe gave it, but for what Stripe still changes (status, available_on)."""
    return BalanceTransaction(
        id=row.id,
        type=row.type,
        reporting_category=row.reporting_category,
        amount=row.amount,
        fee=row.fee,
        net=row.net,
        currency=row.currency,
        created=row.created_at,
        available_on=row.created_at,
        status="",
        source=row.source,
        description=row.description,
        exchange_rate=row.exchange_rate,
        fee_details=tuple(FeeDetail(**detail) for detail in row.fee_details),
    )
