"""What we keep of Stripe's objects: the state of checkouts, recurring donations and donations.

Each verb is called by the holder of that object's lease, in one transaction, with the object as Stripe
has it now; called again with the same object it changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from service.crypto import Keyring
from service.database import derived_id
from service.donations.models import Checkout, Donation, RecurringDonation
from service.donors import recognise
from service.gateway import Charge, Dispute, Payment
from service.gateway import Session as StripeSession

DEFAULT_LOCALE = "en"
# Of a payment or a subscription whose checkout is complete: the money did not come.
GIVEN_UP = ("requires_payment_method", "canceled", "incomplete_expired", "past_due", "unpaid")


@dataclass(frozen=True)
class Received:
    """A donation as it now stands, and the checkout that it came from; none where it was adopted."""

    donation: Donation
    checkout: Checkout | None

    @property
    def locale(self) -> str:
        return self.checkout.locale if self.checkout else DEFAULT_LOCALE

    @property
    def request_id(self) -> str | None:
        return self.checkout.request_id if self.checkout else None


@dataclass(frozen=True)
class Origin:
    """Where a payment comes from, and what it takes from there."""

    frequency: str
    checkout: Checkout | None
    recurring_donation_id: str | None
    donor_id: str | None
    attribution: dict[str, Any]


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
    how = seen.payment_intent_status or seen.subscription_status
    if seen.payment_status in ("paid", "no_payment_required") or how in ("succeeded", "active"):
        return "paid"
    return "failed" if how in GIVEN_UP else "processing"


def has_money(session: Session, payment_intent_id: str) -> bool:
    """Is this payment a donation whose money is in the books?"""
    donation = session.get(Donation, derived_id("don", payment_intent_id))
    return donation is not None and donation.balance_transaction_id is not None


def is_settled(session: Session, payment_intent_id: str) -> bool:
    """Is nothing left to learn of this payment: paid, in the books, and known from whom?"""
    donation = session.get(Donation, derived_id("don", payment_intent_id))
    return (
        donation is not None
        and donation.status == "paid"
        and donation.balance_transaction_id is not None
        and donation.donor_id is not None
    )


def note_payment(session: Session, keyring: Keyring, seen: Payment) -> Received | None:
    """The donation follows its Payment Intent; None when it is not one of ours, or nothing is paid yet."""
    origin = _origin_of(session, seen)
    if origin is None:
        return None
    donation = session.get(Donation, derived_id("don", seen.id))
    if donation is None:
        moved = any(charge.balance_transaction for charge in seen.charges)
        if seen.status not in ("succeeded", "processing") and not moved:
            return None  # a declined try on a page that is still open: the donor may try again
        donation = _first_seen(session, seen, origin)
    donation.status = _donation_status(seen)
    donation.failure_code = seen.failure_code
    received = Received(donation, origin.checkout)
    if seen.charge is not None:
        _note_charge(donation, seen.charge)
        if origin.donor_id is None and donation.donor_id is None and seen.charge.email:
            donation.donor_id = recognise(
                session, keyring, email=seen.charge.email, name=seen.charge.name, locale=received.locale
            )
    donation.donor_id = donation.donor_id or origin.donor_id
    disputes = [dispute for charge in seen.charges for dispute in charge.disputes]
    donation.dispute_status = max(disputes, key=_newest).status if disputes else None
    return received


def _note_charge(donation: Donation, charge: Charge) -> None:
    donation.charge_id = charge.id
    donation.method = charge.method
    donation.card_brand = charge.card_brand
    donation.card_country = charge.card_country
    donation.presentment_amount = charge.presentment_amount
    donation.presentment_currency = charge.presentment_currency
    donation.refunded = charge.amount_refunded
    if donation.status == "paid":
        donation.paid_at = charge.created
    moved = charge.balance_transaction
    donation.balance_transaction_id = moved.id if moved else None


def _newest(dispute: Dispute) -> tuple[datetime, str]:
    return dispute.created, dispute.id


def _origin_of(session: Session, seen: Payment) -> Origin | None:
    """The checkout that asked for it, or the recurring donation that it is an instalment of."""
    if seen.instalment is None:
        checkout = session.get(Checkout, seen.checkout_id) if seen.checkout_id else None
        if checkout is None:
            return None
        return Origin("once", checkout, None, checkout.donor_id, checkout.attribution)
    recurring = session.get(RecurringDonation, derived_id("rec", seen.instalment.subscription_id))
    if recurring is None:
        return None
    checkout = session.get(Checkout, recurring.checkout_id) if recurring.checkout_id else None
    donor_id = recurring.donor_id or (checkout.donor_id if checkout else None)
    return Origin(recurring.frequency, checkout, recurring.id, donor_id, recurring.attribution)


def _first_seen(session: Session, seen: Payment, origin: Origin) -> Donation:
    donation = Donation(
        id=derived_id("don", seen.id),
        payment_intent_id=seen.id,
        checkout_id=origin.checkout.id if origin.checkout else None,
        recurring_donation_id=origin.recurring_donation_id,
        donor_id=origin.donor_id,
        frequency=origin.frequency,
        amount=seen.amount,
        currency=seen.currency,
        status="processing",
        attribution=origin.attribution,
        created_at=seen.created,
        paid_at=None,
        charge_id=None,
        balance_transaction_id=None,
        invoice_id=seen.instalment.invoice_id if seen.instalment else None,
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
