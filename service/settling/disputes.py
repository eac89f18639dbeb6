"""What a dispute's outcome means for the books: a claim that is lost becomes a loss, once."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from service import ledger
from service.gateway import BalanceTransaction, Dispute
from service.ledger import Context, LostDispute


def settle(
    session: Session, disputes: Sequence[Dispute], rows: Sequence[BalanceTransaction], context: Context
) -> None:
    """`rows` are those of the balance transactions that belong into our books."""
    ours = {row.id for row in rows}
    for dispute in disputes:
        moved = [row for row in dispute.balance_transactions if row.id in ours]
        if not moved:
            continue
        taken = -sum(row.amount for row in moved)
        last = max(row.created for row in moved)
        if dispute.status == "lost" and taken > 0:
            ledger.write_off(session, _lost(dispute, moved, context))
        elif dispute.status == "won":
            ledger.undo_write_off(session, dispute.id, last)


def _lost(dispute: Dispute, moved: Sequence[BalanceTransaction], context: Context) -> LostDispute:
    """Dated by the last money it moved: Stripe tells no date of the outcome that stays the same."""
    return LostDispute(
        dispute_id=dispute.id,
        amount=-sum(row.amount for row in moved),
        currency=moved[0].currency,
        at=max(row.created for row in moved),
        donation_id=context.donation_id,
        request_id=context.request_id,
    )
