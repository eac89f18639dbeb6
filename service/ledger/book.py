"""The one door to the books: balance transactions go in, each becomes its entry once.

However often and from wherever a row comes (an event, the poller, a payout's list), the second time
changes nothing. A row that comes back with other money is a contradiction, and is never passed over.
One call of a function in the database (`post_entries`, migration 0003) writes a whole batch.
"""

import json
import logging
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import ARRAY, Text, any_, literal, select, text
from sqlalchemy.orm import Session

from service import clock
from service.gateway import BalanceTransaction, FeeDetail
from service.ledger.canonical import entry_digest, ink, mirror_digest
from service.ledger.entry import Context, NewEntry
from service.ledger.models import Mirror
from service.ledger.rules import description_of, entry_for, key_of

log = logging.getLogger(__name__)

Fact = tuple[BalanceTransaction, Context]

POST = text("SELECT post_entries(CAST(:mirrored AS jsonb), CAST(:entered AS jsonb), :recorded_at)")


class Contradiction(Exception):
    """A balance transaction that is in the books came again with another value in a field that never changes.

    Whoever meets it must not commit: the rest of the batch is written, and this row is not.
    """

    def __init__(self, balance_transaction_id: str, field: str, known: str, given: str) -> None:
        super().__init__(f"{balance_transaction_id}: {field} is {known!r} in the books and came as {given!r}")
        self.balance_transaction_id = balance_transaction_id
        self.field = field


def post(session: Session, facts: Sequence[Fact]) -> list[str]:
    """Write down what is new; returns the ids of the balance transactions that became an entry now."""
    given = _each_once(facts)
    if not given:
        return []
    entries = [entry for moved, context in given.values() if (entry := entry_for(moved, context))]
    written = session.execute(
        POST,
        {
            "mirrored": _json(_mirrored(moved, context) for moved, context in given.values()),
            "entered": _json(_entered(entry) for entry in entries),
            "recorded_at": clock.now(),
        },
    )
    keys = set(written.scalars())
    posted = [moved.id for moved, _ in given.values() if key_of(moved.id) in keys]
    _compare(session, [moved for moved, _ in given.values()], new=set(posted))
    _tell(entry for entry in entries if entry.key in keys)
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
        "digest": _hex(mirror_digest(moved)),
        "status": moved.status,
        "available_on": moved.available_on.isoformat(),
    }


def _entered(entry: NewEntry) -> dict[str, Any]:
    return {
        "key": entry.key,
        "kind": entry.kind,
        "effective_at": entry.effective_at.isoformat(),
        "currency": entry.currency,
        "postings": [(posting.account, posting.amount) for posting in entry.postings],
        "context": vars(entry.context),
        "memo": entry.memo,
        "digest": _hex(entry_digest(entry)),
    }


def _json(rows: Iterable[dict[str, Any]]) -> str:
    return json.dumps(list(rows))


def _hex(digest: bytes) -> str:
    return "\\x" + digest.hex()


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


def _tell(entries: Iterable[NewEntry]) -> None:
    for entry in entries:
        if entry.alert:
            log.error("posted to suspense", extra={"entry": entry.key, "reason": entry.alert})
