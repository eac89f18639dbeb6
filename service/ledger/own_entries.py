"""Posts what no balance transaction tells: lost disputes written off, payouts at the bank and back, openings.

Each is written once, by its key, however often and by whomever it is told; the same key with other
money is a contradiction.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from service.ledger import own_rules
from service.ledger.contradiction import Contradiction
from service.ledger.own_rules import LostDispute, Opening
from service.ledger.payout_facts import PayoutFacts
from service.ledger.standing import post_once, standing


def write_off(session: Session, lost: LostDispute) -> bool:
    """What the dispute took does not come back: from a claim it becomes a loss. True when it is new."""
    undone = standing(session, f"dispute-lost-undone:{lost.dispute_id}")
    if undone is not None:
        raise Contradiction(lost.dispute_id, "outcome", "won after it was lost", "lost again")
    return post_once(session, own_rules.dispute_lost(lost))


def undo_write_off(session: Session, dispute_id: str, at: datetime) -> bool:
    """A dispute that was lost is won after all. Nothing happens where no loss was written down."""
    lost = standing(session, own_rules.lost_key(dispute_id))
    return lost is not None and post_once(session, own_rules.won_after_all(lost, at))


def arrive(session: Session, payout: PayoutFacts) -> bool:
    """The payout is at the bank, since its `arrival_date`. True when it is new."""
    return post_once(session, own_rules.payout_arrived(payout))


def return_payout(session: Session, payout_id: str, at: datetime) -> bool:
    """The bank sent it back after it had arrived. Nothing happens where no arrival was written down.

    `at` is when Stripe took it back: the date of the payout's failure balance transaction.
    """
    arrived = standing(session, own_rules.arrived_key(payout_id))
    return arrived is not None and post_once(session, own_rules.payout_returned(arrived, at))


def open_books(session: Session, found: Opening) -> bool:
    """Begin with what stands at Stripe, where its history is not taken over. True when it is new."""
    return post_once(session, own_rules.opening(found))
