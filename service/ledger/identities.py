"""What must always be true of our own books, asked row by row: each break is named.

The letters are those of the design: I1 a balance transaction adds up, I2 the mirror is the balance at
Stripe, I3 the rows of a payout are the payout, I6 the books balance and mirror and entries are the same
set. And: nothing stays in suspense, no payout stays on its way.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, TextClause, text
from sqlalchemy.orm import Session

from service.ledger import accounts
from service.ledger.finding import MOST, Finding

LONGEST_ON_THE_WAY = timedelta(days=7)
# A payout soon after the opening may pay out money of before it, whose rows are not in these books.
SINCE_OPENING = timedelta(days=60)

ADDS_UP = text("""
    SELECT moved.id, moved.amount, moved.fee, moved.net, details.fee AS parts
    FROM balance_transactions moved
    CROSS JOIN LATERAL (
        SELECT coalesce(sum((detail ->> 'amount')::bigint), 0) AS fee
        FROM jsonb_array_elements(moved.fee_details) detail
        WHERE detail ->> 'currency' = moved.currency
    ) details
    WHERE moved.net <> moved.amount - moved.fee OR details.fee <> moved.fee
    ORDER BY moved.id LIMIT :most
""")

IS_THE_BALANCE = text("""
    SELECT coalesce(mirror.currency, books.currency) AS currency,
        coalesce(mirror.net, 0) AS mirrored, coalesce(books.stands, 0) AS stands,
        coalesce(books.opened, 0) AS opened
    FROM (SELECT currency, sum(net) AS net FROM balance_transactions GROUP BY currency) mirror
    FULL JOIN (
        SELECT account.currency, sum(posting.amount) AS stands,
            sum(posting.amount) FILTER (WHERE entry.kind = 'opening') AS opened
        FROM accounts account
        JOIN postings posting ON posting.account_id = account.id
        JOIN entries entry ON entry.id = posting.entry_id
        WHERE account.code = :stripe
        GROUP BY account.currency
    ) books ON books.currency = mirror.currency
    WHERE coalesce(mirror.net, 0) + coalesce(books.opened, 0) <> coalesce(books.stands, 0)
    ORDER BY 1
""")

ARE_THE_PAYOUT = text("""
    SELECT payout.id, payout.currency, count(moved.id) AS rows, coalesce(sum(moved.net), 0) AS difference,
        coalesce(bool_or(moved.id = payout.balance_transaction_id), false) AS own_row,
        min(moved.id) FILTER (WHERE moved.currency <> payout.currency) AS foreign_row
    FROM payouts payout
    LEFT JOIN payout_rows tagged ON tagged.payout_id = payout.id
    LEFT JOIN balance_transactions moved ON moved.id = tagged.balance_transaction_id
    WHERE payout.automatic AND payout.reconciliation_status = 'completed' AND NOT EXISTS (
        SELECT FROM entries opening WHERE opening.key = 'opening:' || payout.currency
            AND payout.created_at < opening.effective_at + CAST(:since_opening AS interval))
    GROUP BY payout.id
    HAVING coalesce(sum(moved.net), 0) <> 0
        OR NOT coalesce(bool_or(moved.id = payout.balance_transaction_id), false)
        OR count(*) FILTER (WHERE moved.currency <> payout.currency) > 0
    ORDER BY payout.id LIMIT :most
""")

OUT_OF_BALANCE = text("""
    SELECT currency, sum(amount) AS off FROM postings GROUP BY currency HAVING sum(amount) <> 0 ORDER BY 1
""")
UNBALANCED_ENTRIES = text("""
    SELECT coalesce(entry.key, 'entry ' || off.entry_id) AS name, off.amount FROM (
        SELECT entry_id, sum(amount) AS amount FROM postings WHERE currency = :currency
        GROUP BY entry_id HAVING sum(amount) <> 0 ORDER BY entry_id LIMIT :most
    ) off LEFT JOIN entries entry ON entry.id = off.entry_id
    ORDER BY off.entry_id
""")

WITHOUT_ENTRY = text("""
    SELECT moved.id FROM balance_transactions moved
    LEFT JOIN entries entry ON entry.key = 'stripe:' || moved.id
    WHERE entry.id IS NULL AND (moved.amount <> 0 OR moved.fee <> 0 OR moved.net <> 0)
    ORDER BY moved.id LIMIT :most
""")
WITHOUT_MIRROR = text("""
    SELECT entry.key FROM entries entry
    LEFT JOIN balance_transactions moved ON 'stripe:' || moved.id = entry.key
    WHERE entry.key LIKE 'stripe:%' AND moved.id IS NULL
    ORDER BY entry.key LIMIT :most
""")

IN_SUSPENSE = text("""
    SELECT split_part(entry.key, ':', 2) AS subject, posting.currency, sum(posting.amount) AS amount
    FROM accounts account
    JOIN postings posting ON posting.account_id = account.id
    JOIN entries entry ON entry.id = posting.entry_id
    WHERE account.code = :suspense
    GROUP BY 1, 2 HAVING sum(posting.amount) <> 0
    ORDER BY 1, 2 LIMIT :most
""")

ON_THE_WAY = text("""
    SELECT coalesce(moved.source, entry.context ->> 'payout_id', entry.key) AS payout, posting.currency,
        sum(posting.amount) AS amount, min(entry.effective_at) AS since
    FROM accounts account
    JOIN postings posting ON posting.account_id = account.id
    JOIN entries entry ON entry.id = posting.entry_id
    LEFT JOIN balance_transactions moved
        ON moved.id = substr(entry.key, 8) AND entry.key = 'stripe:' || moved.id
    WHERE account.code = :in_transit
    GROUP BY 1, 2 HAVING sum(posting.amount) <> 0 AND min(entry.effective_at) < :before
    ORDER BY 1, 2 LIMIT :most
""")


def identities(session: Session, now: datetime) -> list[Finding]:
    """Every break that there is, up to a hundred of each kind."""
    return [
        *_rows_add_up(session),
        *_mirror_is_the_balance(session),
        *_rows_are_the_payout(session),
        *_books_balance(session),
        *_mirror_and_entries_are_one(session),
        *_suspense_is_empty(session),
        *_payouts_arrive(session, now),
    ]


def _rows_add_up(session: Session) -> Iterator[Finding]:
    for row in _ask(session, ADDS_UP):
        if row.net != row.amount - row.fee:
            cause = f"amount {row.amount} less fee {row.fee} is not net {row.net}"
        else:
            cause = f"the parts of the fee come to {row.parts}, the fee is {row.fee}"
        yield Finding("I1 balance transaction does not add up", row.id, cause)


def _mirror_is_the_balance(session: Session) -> Iterator[Finding]:
    for row in _ask(session, IS_THE_BALANCE, stripe=accounts.STRIPE):
        opened = f" after an opening of {row.opened}" if row.opened else ""
        yield Finding(
            "I2 mirror and balance differ",
            f"{accounts.STRIPE} {row.currency}",
            f"the rows of Stripe come to {row.mirrored}{opened}, the account stands at {row.stands}: "
            "an entry or a row was altered or deleted",
        )


def _rows_are_the_payout(session: Session) -> Iterator[Finding]:
    for row in _ask(session, ARE_THE_PAYOUT, since_opening=SINCE_OPENING):
        if row.foreign_row:
            cause = f"{row.foreign_row} is in another currency than the payout ({row.currency})"
        elif not row.own_row:
            cause = f"the payout's own row is not among its {row.rows} rows: it was not tagged"
        else:
            cause = f"its {row.rows} rows leave {row.difference}: a row is missing, altered or tagged wrongly"
        yield Finding("I3 rows are not the payout", row.id, cause)


def _books_balance(session: Session) -> Iterator[Finding]:
    for off in _ask(session, OUT_OF_BALANCE):
        for row in _ask(session, UNBALANCED_ENTRIES, currency=off.currency):
            yield Finding(
                "I6 books out of balance",
                row.name,
                f"its postings leave {row.amount} of {off.off} {off.currency}: one was altered or deleted",
            )


def _mirror_and_entries_are_one(session: Session) -> Iterator[Finding]:
    for row in _ask(session, WITHOUT_ENTRY):
        yield Finding("I6 balance transaction without entry", row.id, "its entry was deleted")
    for row in _ask(session, WITHOUT_MIRROR):
        yield Finding("I6 entry without balance transaction", row.key, "its balance transaction was deleted")


def _suspense_is_empty(session: Session) -> Iterator[Finding]:
    for row in _ask(session, IN_SUSPENSE, suspense=accounts.SUSPENSE):
        yield Finding(
            "in suspense", row.subject, f"{row.amount} {row.currency} that no rule explains; reclassify it"
        )


def _payouts_arrive(session: Session, now: datetime) -> Iterator[Finding]:
    before = now - LONGEST_ON_THE_WAY
    for row in _ask(session, ON_THE_WAY, in_transit=accounts.PAYOUTS_IN_TRANSIT, before=before):
        yield Finding(
            "payout on its way for too long",
            row.payout,
            f"{row.amount} {row.currency} since {row.since:%Y-%m-%d}: neither at the bank nor sent back",
        )


def _ask(session: Session, question: TextClause, **given: object) -> Iterable[Row[Any]]:
    return session.execute(question, {"most": MOST} | given)
