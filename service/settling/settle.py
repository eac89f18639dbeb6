"""Settles one object: the books, the donation and the outbox change together, or not at all."""

from dataclasses import dataclass
from typing import assert_never

from sqlalchemy.orm import Session

from service import ledger
from service.crypto import Keyring
from service.donations import receiving
from service.gateway import Payment
from service.ledger import Context
from service.mail import outbox
from service.settling.looking import Elsewhere, Seen, SeenPayment, SeenSession, SeenSubscription


@dataclass(frozen=True)
class Done:
    """Nothing is left to do; `also` are objects that are to be settled because of this one."""

    outcome: str = "settled"
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class NotYet:
    """What could be done is done; the rest waits for Stripe."""

    reason: str


def settle(session: Session, keyring: Keyring, seen: Seen) -> Done | NotYet:
    """Bring our rows up to what was seen. Called again with the same, it changes nothing."""
    match seen:
        case SeenSession():
            return _settle_session(session, keyring, seen)
        case SeenPayment():
            return _settle_payment(session, keyring, seen)
        case SeenSubscription():
            return _settle_subscription(session, seen)
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
    paid_by = (seen.session.payment_intent_id, seen.session.subscription_id)
    return Done(also=tuple(object_id for object_id in paid_by if object_id))


def _settle_subscription(session: Session, seen: SeenSubscription) -> Done:
    if receiving.note_subscription(session, seen.subscription) is None:
        return Done("not ours")
    return Done(also=_not_yet_donations(session, seen.subscription.payment_intent_ids))


def _not_yet_donations(session: Session, payment_intent_ids: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(intent for intent in payment_intent_ids if not receiving.has_money(session, intent))


def _settle_payment(session: Session, keyring: Keyring, seen: SeenPayment) -> Done | NotYet:
    payment = seen.payment
    if seen.subscription is not None:
        receiving.begin_recurring(session, seen.subscription)
    received = receiving.note_payment(session, keyring, payment)
    if payment.charge is None or payment.charge.status != "succeeded":
        return Done() if received else Done("no payment yet")
    if payment.charge.balance_transaction is None:
        return NotYet("the charge succeeded and its balance transaction does not exist yet")
    _post(session, payment, received)
    if received is None:
        return Done("not ours")
    if received.donation.status == "paid" and received.donation.donor_id:
        outbox.promise(
            session,
            kind="receipt",
            subject=received.donation.id,
            recipient=received.donation.donor_id,
            locale=received.checkout.locale,
            request_id=received.checkout.request_id,
        )
    return Done()


def _post(session: Session, payment: Payment, received: receiving.Received | None) -> None:
    """Money that is not a donation of ours is money all the same: it is booked as other income."""
    assert payment.charge is not None and payment.charge.balance_transaction is not None
    context = (
        Context(
            frequency=received.donation.frequency,
            donation_id=received.donation.id,
            request_id=received.checkout.request_id,
        )
        if received
        else Context()
    )
    ledger.post(session, [(payment.charge.balance_transaction, context)])
