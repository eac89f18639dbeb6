"""Settles a payout: its own rows are booked, its arrival too, and each row that it pays out is tagged."""

from sqlalchemy.orm import Session

from service import ledger
from service.gateway import Payout
from service.ledger import Context, PayoutFacts
from service.settling import beginning
from service.settling.looking import SeenPayout
from service.settling.outcomes import Done, NotYet
from service.settling.roots import root_of


def settle(session: Session, seen: SeenPayout) -> Done | NotYet:
    payout = seen.payout
    own = [row for row in (payout.balance_transaction, payout.failure_balance_transaction) if row]
    ledger.post(session, [(row, Context()) for row in beginning.within(session, own)])
    facts = _facts(payout)
    ledger.note_payout(session, facts)
    if beginning.within(session, own):
        _follow_to_the_bank(session, payout, facts)
    rows = beginning.within(session, seen.rows)
    waiting = ledger.unknown(session, rows)
    if waiting:
        return NotYet(f"{len(waiting)} of its rows are settled first", also=tuple(map(root_of, waiting)))
    ledger.tag_rows(session, payout.id, (row.id for row in rows))
    return Done()


def _follow_to_the_bank(session: Session, payout: Payout, facts: PayoutFacts) -> None:
    """Paid means arrived. One that failed on or after its day had arrived, whether we saw that or not."""
    if payout.status == "paid":
        ledger.arrive(session, facts)
    returned = payout.failure_balance_transaction
    if returned is not None and returned.created >= payout.arrival_date:
        ledger.arrive(session, facts)
        ledger.return_payout(session, payout.id, returned.created)


def _facts(payout: Payout) -> PayoutFacts:
    return PayoutFacts(
        id=payout.id,
        amount=payout.amount,
        currency=payout.currency,
        automatic=payout.automatic,
        created_at=payout.created,
        status=payout.status,
        arrival_date=payout.arrival_date,
        reconciliation_status=payout.reconciliation_status,
        balance_transaction_id=payout.balance_transaction.id if payout.balance_transaction else None,
        failure_balance_transaction_id=(
            payout.failure_balance_transaction.id if payout.failure_balance_transaction else None
        ),
        failure_code=payout.failure_code,
        original_payout_id=payout.original_payout_id,
        reversed_by_id=payout.reversed_by_id,
    )
