"""Keeps what is known of payouts: how they stand, and which balance transactions each of them pays out."""

from collections.abc import Iterable
from dataclasses import asdict

from sqlalchemy import and_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service.ledger.contradiction import Contradiction
from service.ledger.payout_facts import PayoutFacts
from service.ledger.payout_models import Payout

INK = ("amount", "currency", "automatic", "created_at")

# In the order of their ids, so that two who tag the same rows wait for each other.
TAG = text("""
    INSERT INTO payout_rows (balance_transaction_id, payout_id)
    SELECT id, :payout_id FROM unnest(CAST(:ids AS text[])) AS given(id) ORDER BY id
    ON CONFLICT (balance_transaction_id) DO NOTHING
    RETURNING balance_transaction_id
""")
ELSEWHERE = text("""
    SELECT balance_transaction_id, payout_id FROM payout_rows
    WHERE balance_transaction_id = ANY(CAST(:ids AS text[])) AND payout_id <> :payout_id
    ORDER BY balance_transaction_id LIMIT 1
""")


def note_payout(session: Session, payout: PayoutFacts) -> None:
    """Bring our row of the payout up to what Stripe says now; other money under its id is a contradiction."""
    given = asdict(payout)
    new = insert(Payout).values(given)
    followed = {name: new.excluded[name] for name in given if name != "id" and name not in INK}
    same = and_(*(getattr(Payout, name) == new.excluded[name] for name in INK))
    noted = session.execute(
        new.on_conflict_do_update(index_elements=["id"], set_=followed, where=same).returning(Payout.id)
    )
    if noted.first() is None:
        _refuse_other_ink(session, payout)


def tag_rows(session: Session, payout_id: str, balance_transaction_ids: Iterable[str]) -> int:
    """These rows are paid out with this payout (both must be known); returns how many were not tagged yet.

    A row that is in another payout already is a contradiction.
    """
    given = {"payout_id": payout_id, "ids": sorted(set(balance_transaction_ids))}
    tagged = len(session.execute(TAG, given).all())
    elsewhere = session.execute(ELSEWHERE, given).first()
    if elsewhere is not None:
        raise Contradiction(elsewhere.balance_transaction_id, "payout_id", elsewhere.payout_id, payout_id)
    return tagged


def _refuse_other_ink(session: Session, payout: PayoutFacts) -> None:
    known = session.execute(select(*(getattr(Payout, name) for name in INK)).where(Payout.id == payout.id))
    for field, stands in known.mappings().one().items():
        if stands != getattr(payout, field):
            raise Contradiction(payout.id, field, stands, getattr(payout, field))
