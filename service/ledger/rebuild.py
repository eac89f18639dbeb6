"""Derives the whole of the books again and compares: entries from mirror and contexts, totals from postings.

It reads the books as a stream and keeps nothing, however long they have grown.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from sqlalchemy import ColumnElement, select, text, true
from sqlalchemy.orm import Session

from service.ledger.book import as_given
from service.ledger.deriving import Stands, Underivable, derive
from service.ledger.entry import Context, NewEntry, NewPosting
from service.ledger.finding import MOST, Finding
from service.ledger.models import Entry, Mirror
from service.ledger.periods import closed_periods
from service.ledger.rules import entry_for
from service.ledger.standing import happened_at
from service.ledger.stream import AT_ONCE, standing_entries
from service.ledger.writing import ORIGINAL

# Each seal's entries are found by their transactions, one seal after another.
TOTALS = text("""
    SELECT coalesce(total.seal_id, posted.seal_id) AS seal_id, coalesce(total.day, posted.day) AS day,
        account.code, account.currency,
        coalesce(total.debit, 0) AS debit, coalesce(total.credit, 0) AS credit,
        coalesce(posted.debit, 0) AS posted_debit, coalesce(posted.credit, 0) AS posted_credit
    FROM (
        SELECT seal.id AS seal_id, sums.* FROM seals seal CROSS JOIN LATERAL (
            SELECT (entry.effective_at AT TIME ZONE 'UTC')::date AS day, posting.account_id,
                coalesce(sum(posting.amount) FILTER (WHERE posting.amount > 0), 0) AS debit,
                coalesce(-sum(posting.amount) FILTER (WHERE posting.amount < 0), 0) AS credit
            FROM entries entry JOIN postings posting ON posting.entry_id = entry.id
            WHERE entry.xid >= seal.from_xid AND entry.xid < seal.to_xid
                AND entry.id > seal.after_id AND entry.id <= seal.reach
            GROUP BY 1, 2
        ) sums
        WHERE CAST(:seal AS bigint) IS NULL OR seal.id = :seal
    ) posted
    FULL JOIN (SELECT * FROM seal_totals WHERE CAST(:seal AS bigint) IS NULL OR seal_id = :seal) total
        ON total.seal_id = posted.seal_id AND total.day = posted.day
        AND total.account_id = posted.account_id
    JOIN accounts account ON account.id = coalesce(total.account_id, posted.account_id)
    WHERE (total.debit, total.credit) IS DISTINCT FROM (posted.debit, posted.credit)
    ORDER BY 1, 2, 3, 4 LIMIT :most
""")


def rebuild_check(session: Session) -> list[Finding]:
    """Every difference between what stands and what is derived, up to a hundred of each kind."""
    return [
        *islice(differences(session, true()), MOST),
        *islice(_missing_entries(session), MOST),
        *other_totals(session),
    ]


def differences(session: Session, among: ColumnElement[bool]) -> Iterator[Finding]:
    """Entries that are not what their balance transaction or fact and their context make of them."""
    opens = {period.through for period in closed_periods(session)}
    for stands in standing_entries(session, among):
        try:
            made = derive(session, stands)
        except Underivable as reason:
            yield Finding("entry cannot be derived", stands.key, str(reason))
            continue
        if cause := _difference(stands, made, opens):
            yield Finding("entry is not what it derives to", stands.key, cause)


def _difference(stands: Stands, made: NewEntry, opens: set[datetime]) -> str:
    """In words, what is other than it should be; "" when nothing is."""
    if stands.key != made.key:
        return f"its key should be {made.key}"
    if stands.kind != made.kind:
        return f"its kind is {stands.kind}, and should be {made.kind}"
    if set(stands.currencies) != {made.currency}:
        return f"its currency is {', '.join(stands.currencies)}, and should be {made.currency}"
    for line, (stood, should) in enumerate(_side_by_side(stands.postings, made.postings), start=1):
        if stood != should:
            return f"posting {line} is {_words(stood)}, and should be {_words(should)}"
    if happened_at(stands.context, stands.effective_at) != made.effective_at:
        return f"it is dated {stands.effective_at.isoformat()}, and happened {made.effective_at.isoformat()}"
    if ORIGINAL in stands.context and stands.effective_at not in opens:
        return f"it is dated {stands.effective_at.isoformat()}, where no closed period ends"
    return ""


def _side_by_side(
    stood: tuple[NewPosting, ...], should: tuple[NewPosting, ...]
) -> Iterator[tuple[NewPosting | None, NewPosting | None]]:
    for line in range(max(len(stood), len(should))):
        yield (
            stood[line] if line < len(stood) else None,
            should[line] if line < len(should) else None,
        )


def _words(posting: NewPosting | None) -> str:
    return f"{posting.account} {posting.amount}" if posting else "not there"


def _missing_entries(session: Session) -> Iterator[Finding]:
    booked = select(Entry.id).where(Entry.key == "stripe:" + Mirror.id).exists()
    alone = select(Mirror).where(~booked).order_by(Mirror.id)
    for mirror in session.scalars(alone.execution_options(yield_per=AT_ONCE)):
        if entry_for(as_given(mirror), Context()) is not None:
            yield Finding(
                "entry is missing", f"stripe:{mirror.id}", "its balance transaction is in the mirror"
            )


def other_totals(session: Session, seal_id: int | None = None) -> Iterator[Finding]:
    """Sealed totals that are not the sums of their postings: of one seal, or of all."""
    for row in session.execute(TOTALS, {"most": MOST, "seal": seal_id}):
        yield Finding(
            "sealed totals are not the postings",
            f"seal {row.seal_id}",
            f"{row.day} {row.code} {row.currency}: sealed {row.debit} and {row.credit}, "
            f"the postings say {row.posted_debit} and {row.posted_credit} (debit and credit)",
        )
