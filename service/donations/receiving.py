"""What we keep of Stripe's objects: the state of checkouts, recurring donations and donations.

Each verb is called by the holder of that object's lease, in one transaction, with the object as Stripe
has it now; called again with the same object it changes nothing.
"""

import logging
from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.crypto import Keyring
from service.database import derived_id
from service.donations.models import Checkout, Donation, RecurringDonation
from service.donors import recognise
from service.gateway import Payment, Subscription
from service.gateway import Session as StripeSession

log = logging.getLogger(__name__)

FREQUENCY_OF_INTERVAL = {"month": "monthly", "year": "annual"}


@dataclass(frozen=True)
class Received:
    """A donation as it now stands, and the checkout that it came from."""

    donation: Donation
    checkout: Checkout


def note_session(session: Session, keyring: Keyring, seen: StripeSession) -> Checkout | None:
    """The checkout follows its Checkout Session; None when it is not one of ours."""
    checkout = session.get(Checkout, seen.checkout_id) if seen.checkout_id else None
    if checkout is None or checkout.session_id not in (None, seen.id):
        return None
    checkout.session_id = seen.id
    checkout.status = _checkout_status(seen)
    if checkout.status != "open":
        checkout.email_sealed = None
    if seen.email and seen.status == "complete":
        checkout.donor_id = recognise(
            session, keyring, email=seen.email, name=seen.name, locale=checkout.locale
        )
    return checkout


def _checkout_status(seen: StripeSession) -> str:
    """A complete session need not be paid: a bank debit is processing for days, and may fail."""
    if seen.status != "complete":
        return "expired" if seen.status == "expired" else "open"
    if seen.payment_status in ("paid", "no_payment_required"):
        return "paid"
    return "failed" if seen.payment_intent_status in ("requires_payment_method", "canceled") else "processing"


def note_subscription(session: Session, seen: Subscription) -> RecurringDonation | None:
    """The recurring donation follows its Subscription; None when it was not begun here."""
    checkout = session.get(Checkout, seen.checkout_id) if seen.checkout_id else None
    frequency = FREQUENCY_OF_INTERVAL.get(seen.interval)
    if checkout is None or frequency is None:
        return None
    recurring = session.get(RecurringDonation, derived_id("rec", seen.id))
    if recurring is None:
        recurring = _begin(session, seen, checkout, frequency)
    recurring.donor_id = recurring.donor_id or checkout.donor_id
    recurring.frequency = frequency
    recurring.amount = seen.amount
    recurring.status = seen.status
    recurring.current_period_end = seen.current_period_end
    recurring.cancel_at = seen.cancel_at
    recurring.ended_at = seen.ended_at
    return recurring


def begin_recurring(session: Session, seen: Subscription) -> None:
    """Make the row that an instalment hangs on, when that is seen first; what is there stays as it is."""
    if session.get(RecurringDonation, derived_id("rec", seen.id)) is None:
        note_subscription(session, seen)


def has_money(session: Session, payment_intent_id: str) -> bool:
    """Is this payment a donation whose money is in the books?"""
    donation = session.get(Donation, derived_id("don", payment_intent_id))
    return donation is not None and donation.balance_transaction_id is not None


def _begin(session: Session, seen: Subscription, checkout: Checkout, frequency: str) -> RecurringDonation:
    recurring = RecurringDonation(
        id=derived_id("rec", seen.id),
        subscription_id=seen.id,
        checkout_id=checkout.id,
        donor_id=checkout.donor_id,
        frequency=frequency,
        amount=seen.amount,
        currency=seen.currency,
        status=seen.status,
        attribution=checkout.attribution,
        started_at=seen.created,
        current_period_end=seen.current_period_end,
        cancel_at=seen.cancel_at,
        ended_at=seen.ended_at,
    )
    session.add(recurring)
    session.flush()
    return recurring


def note_payment(session: Session, keyring: Keyring, seen: Payment) -> Received | None:
    """The donation follows its Payment Intent; None when it is not one of ours, or nothing is paid yet."""
    checkout = _checkout_of(session, seen)
    if checkout is None:
        return None
    donation = session.get(Donation, derived_id("don", seen.id))
    if donation is None:
        if seen.status not in ("succeeded", "processing"):
            return None  # a declined try on a page that is still open: the donor may try again
        donation = _first_seen(session, seen, checkout)
    donation.status = _donation_status(seen)
    donation.failure_code = seen.failure_code
    charge = seen.charge
    if charge is not None:
        donation.charge_id = charge.id
        donation.method = charge.method
        donation.card_brand = charge.card_brand
        donation.card_country = charge.card_country
        donation.presentment_amount = charge.presentment_amount
        donation.presentment_currency = charge.presentment_currency
        if donation.status == "paid":
            donation.paid_at = charge.created
        if charge.balance_transaction is not None:
            donation.balance_transaction_id = charge.balance_transaction.id
        if donation.donor_id is None and checkout.donor_id is None and charge.email:
            donation.donor_id = recognise(
                session, keyring, email=charge.email, name=charge.name, locale=checkout.locale
            )
    donation.donor_id = donation.donor_id or checkout.donor_id
    return Received(donation, checkout)


def _checkout_of(session: Session, seen: Payment) -> Checkout | None:
    checkout_id = seen.checkout_id or (seen.instalment.checkout_id if seen.instalment else None)
    return session.get(Checkout, checkout_id) if checkout_id else None


def _first_seen(session: Session, seen: Payment, checkout: Checkout) -> Donation:
    instalment = seen.instalment
    donation = Donation(
        id=derived_id("don", seen.id),
        payment_intent_id=seen.id,
        checkout_id=checkout.id,
        recurring_donation_id=derived_id("rec", instalment.subscription_id) if instalment else None,
        donor_id=checkout.donor_id,
        frequency=checkout.frequency,
        amount=seen.amount,
        currency=seen.currency,
        status="processing",
        attribution=checkout.attribution,
        created_at=seen.created,
        paid_at=None,
        charge_id=None,
        balance_transaction_id=None,
        invoice_id=instalment.invoice_id if instalment else None,
        method="",
        card_brand=None,
        card_country=None,
        presentment_amount=None,
        presentment_currency=None,
        failure_code=None,
    )
    session.add(donation)
    session.flush()
    return donation


def _donation_status(seen: Payment) -> str:
    if seen.status == "succeeded":
        return "paid"
    return "processing" if seen.status == "processing" else "failed"
