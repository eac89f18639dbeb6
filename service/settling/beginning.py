"""Where our books begin: the whole of Stripe's history, or an opening balance from a day on.

What Stripe moved before the beginning stands in the opening entry; booking it again would count it twice.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service.gateway import BalanceTransaction
from service.settling.models import Poll

BOOKS = "the books begin"
ADOPTED = "subscriptions are adopted"


def of_books(session: Session) -> datetime | None:
    """None: the books hold everything."""
    return through(session, BOOKS)


def within(session: Session, rows: Iterable[BalanceTransaction]) -> list[BalanceTransaction]:
    """Those of the rows that belong into our books."""
    begin = of_books(session)
    return [row for row in rows if begin is None or row.created >= begin]


def is_adopted(session: Session, created: datetime) -> bool:
    """Was a subscription that was made at this instant there when the account was taken over?"""
    adopted = through(session, ADOPTED)
    return adopted is not None and created <= adopted


def through(session: Session, name: str) -> datetime | None:
    return session.scalar(select(Poll.through).where(Poll.name == name))


def remember(session: Session, name: str, instant: datetime) -> None:
    """Never backwards: of two that remember at once the later one holds."""
    new = insert(Poll).values(name=name, through=instant)
    session.execute(
        new.on_conflict_do_update(
            index_elements=["name"],
            set_={"through": new.excluded.through},
            where=Poll.through < new.excluded.through,
        )
    )
