"""Settles one object: the books, the donation and the outbox change together, or not at all."""

from typing import assert_never

from sqlalchemy.orm import Session

from service import ledger
from service.crypto import Keyring
from service.donations import receiving, recurring
from service.ledger import Context
from service.settling import beginning, payments, payouts
from service.settling.looking import (
    Elsewhere,
    Seen,
    SeenCharge,
    SeenPayment,
    SeenPayout,
    SeenSession,
    SeenSubscription,
    SeenTransaction,
)
from service.settling.outcomes import Done, NotYet
from service.settling.roots import root_of

# So often a balance transaction is left to the payment it belongs to, before it is booked as it is.
TRIES_BY_ITS_ROOT = 3


def settle(session: Session, keyring: Keyring, seen: Seen, attempts: int = 0) -> Done | NotYet:
    """Bring our rows up to what was seen. Called again with the same, it changes nothing."""
    match seen:
        case SeenSession():
            return _settle_session(session, keyring, seen)
        case SeenPayment():
            return payments.settle(session, keyring, seen)
        case SeenSubscription():
            return _settle_subscription(session, seen)
        case SeenCharge():
            return payments.settle_foreign(session, seen.charge)
        case SeenPayout():
            return payouts.settle(session, seen)
        case SeenTransaction():
            return _settle_transaction(session, seen, attempts)
        case Elsewhere():
            return Done("settled elsewhere", also=seen.object_ids)
        case _:
            assert_never(seen)


def _settle_session(session: Session, keyring: Keyring, seen: SeenSession) -> Done:
    checkout = receiving.note_session(session, keyring, seen.session)
    if checkout is None:
        return Done("not ours")
    if seen.session.status != "complete":
        return Done()
    # Only now the donor is known for certain; and no event about the money may have reached us.
    also = []
    intent, subscription = seen.session.payment_intent_id, seen.session.subscription_id
    if intent and not receiving.is_settled(session, intent):
        also.append(intent)
    if subscription and not recurring.is_settled(session, subscription):
        also.append(subscription)
    return Done(also=tuple(also))


def _settle_subscription(session: Session, seen: SeenSubscription) -> Done:
    adopted = beginning.is_adopted(session, seen.subscription.created)
    if recurring.note_subscription(session, seen.subscription, adopted=adopted) is None:
        return Done("not ours")
    instalments = seen.subscription.payment_intent_ids
    return Done(also=tuple(each for each in instalments if not receiving.has_money(session, each)))


def _settle_transaction(session: Session, seen: SeenTransaction, attempts: int) -> Done | NotYet:
    """Rows with a payment or a payout behind them are booked with it, where that is known to be so."""
    moved = seen.moved
    if ledger.is_known(session, moved.id) or not beginning.within(session, [moved]):
        return Done()
    root = root_of(moved)
    if root != moved.id and attempts < TRIES_BY_ITS_ROOT:
        return NotYet(f"{root} is settled first", also=(root,))
    ledger.post(session, [(moved, Context())])
    return Done("booked by itself")
