"""Settles a payout: its own rows are booked, and every row that it pays out is tagged with it."""

from sqlalchemy.orm import Session

from service import ledger
from service.ledger import Context
from service.settling.looking import SeenPayout
from service.settling.outcomes import Done, NotYet
from service.settling.roots import root_of


def settle(session: Session, seen: SeenPayout) -> Done | NotYet:
    payout = seen.payout
    own = [row for row in (payout.balance_transaction, payout.failure_balance_transaction) if row]
    ledger.post(session, [(row, Context()) for row in own])
    if waiting := ledger.unknown(session, seen.rows):
        return NotYet(f"{len(waiting)} of its rows are settled first", also=tuple(map(root_of, waiting)))
    return Done()
