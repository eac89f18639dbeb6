"""What the books know already: asked by the feeds before they look further."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from service.gateway import BalanceTransaction
from service.ledger.models import Mirror

# Money that is available does not become pending again: such an answer is an old one.
REFRESH = text("""
    UPDATE balance_transaction_status AS known
    SET status = given.status, available_on = given.available_on
    FROM unnest(CAST(:ids AS text[]), CAST(:statuses AS text[]), CAST(:availables AS timestamptz[]))
        AS given(id, status, available_on)
    WHERE known.id = given.id
        AND (known.status, known.available_on) IS DISTINCT FROM (given.status, given.available_on)
        AND NOT (known.status = 'available' AND given.status = 'pending')
""")


def is_known(session: Session, balance_transaction_id: str) -> bool:
    return session.scalar(select(Mirror.id).where(Mirror.id == balance_transaction_id)) is not None


def unknown(session: Session, rows: Sequence[BalanceTransaction]) -> list[BalanceTransaction]:
    """Those of the rows that the books do not know yet."""
    ids = select(Mirror.id).where(Mirror.id.in_([row.id for row in rows]))
    known = set(session.scalars(ids))
    return [row for row in rows if row.id not in known]


def refresh(session: Session, rows: Iterable[BalanceTransaction]) -> None:
    """Follow what Stripe still changes of a row that is known: pending becomes available."""
    listed = list(rows)
    session.execute(
        REFRESH,
        {
            "ids": [row.id for row in listed],
            "statuses": [row.status for row in listed],
            "availables": [row.available_on for row in listed],
        },
    )
