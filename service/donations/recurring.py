"""Recurring donations follow their Stripe Subscriptions: begun here, or taken over."""

from sqlalchemy.orm import Session

from service.database import derived_id
from service.donations.models import Checkout, RecurringDonation
from service.gateway import Subscription

FREQUENCY_OF_INTERVAL = {"month": "monthly", "year": "annual"}


def note_subscription(session: Session, seen: Subscription, *, adopted: bool) -> RecurringDonation | None:
    """The recurring donation follows its Subscription; None when it was neither begun here nor adopted."""
    recurring = session.get(RecurringDonation, derived_id("rec", seen.id))
    if recurring is None:
        checkout = session.get(Checkout, seen.checkout_id) if seen.checkout_id else None
        if not (checkout or adopted) or seen.interval not in FREQUENCY_OF_INTERVAL:
            return None
        recurring = _begin(session, seen, checkout)
    elif recurring.donor_id is None and recurring.checkout_id:
        recurring.donor_id = session.get_one(Checkout, recurring.checkout_id).donor_id
    recurring.frequency = FREQUENCY_OF_INTERVAL.get(seen.interval, recurring.frequency)
    recurring.amount = seen.amount
    recurring.status = seen.status
    recurring.current_period_end = seen.current_period_end
    recurring.cancel_at = seen.cancel_at
    recurring.ended_at = seen.ended_at
    recurring.collection_paused = seen.collection_paused
    recurring.resumes_at = seen.resumes_at
    return recurring


def is_settled(session: Session, subscription_id: str) -> bool:
    """Is it there, and known from whom?"""
    recurring = session.get(RecurringDonation, derived_id("rec", subscription_id))
    return recurring is not None and recurring.donor_id is not None


def begin_recurring(session: Session, seen: Subscription, *, adopted: bool) -> None:
    """Make the row that an instalment hangs on, when that is seen first; what is there stays as it is."""
    if session.get(RecurringDonation, derived_id("rec", seen.id)) is None:
        note_subscription(session, seen, adopted=adopted)


def _begin(session: Session, seen: Subscription, checkout: Checkout | None) -> RecurringDonation:
    recurring = RecurringDonation(
        id=derived_id("rec", seen.id),
        subscription_id=seen.id,
        checkout_id=checkout.id if checkout else None,
        donor_id=checkout.donor_id if checkout else None,
        frequency=FREQUENCY_OF_INTERVAL[seen.interval],
        amount=seen.amount,
        currency=seen.currency,
        status=seen.status,
        attribution=checkout.attribution if checkout else {},
        started_at=seen.created,
        current_period_end=seen.current_period_end,
        cancel_at=seen.cancel_at,
        ended_at=seen.ended_at,
    )
    session.add(recurring)
    session.flush()
    return recurring
