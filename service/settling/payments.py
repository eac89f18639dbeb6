"""Settles a payment: every row of money that hangs on it is booked, the donation and its letters follow."""

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy.orm import Session

from service import ledger
from service.crypto import Keyring
from service.donations import receiving, recurring
from service.donations.receiving import Received
from service.gateway import BalanceTransaction, Charge, Refund
from service.ledger import Context, RefundOf
from service.mail import outbox
from service.settling import beginning
from service.settling.disputes import settle as settle_disputes
from service.settling.looking import SeenPayment
from service.settling.outcomes import Done, NotYet

Fact = tuple[BalanceTransaction, Context]


def settle(session: Session, keyring: Keyring, seen: SeenPayment) -> Done | NotYet:
    payment = seen.payment
    if seen.subscription is not None:
        recurring.begin_recurring(
            session, seen.subscription, adopted=beginning.is_adopted(session, seen.subscription.created)
        )
    received = receiving.note_payment(session, keyring, payment)
    for charge in payment.charges:
        _book(session, charge, _context(received))
    if received is not None:
        _promise_letters(session, received)
    for charge in payment.charges:
        if missing := _missing(charge):
            return NotYet(missing)
    return Done() if received else Done("not ours, or not paid yet")


def settle_foreign(session: Session, charge: Charge) -> Done | NotYet:
    """Money that is not a donation of ours is money all the same: it is booked as other income."""
    _book(session, charge, Context())
    missing = _missing(charge)
    return NotYet(missing) if missing else Done("not ours")


def _context(received: Received | None) -> Context:
    if received is None:
        return Context()
    return Context(
        frequency=received.donation.frequency,
        donation_id=received.donation.id,
        request_id=received.request_id,
    )


def _book(session: Session, charge: Charge, context: Context) -> None:
    facts = list(_facts(charge, context))
    rows = beginning.within(session, (moved for moved, _ in facts))
    begun = {row.id for row in rows}
    ours = [fact for fact in facts if fact[0].id in begun]
    new = set(ledger.post(session, ours))
    for moved, now_known in ours:
        # What was booked before we knew whose it was is put where it belongs, by an entry of its own.
        if moved.id not in new:
            ledger.reclassify(session, moved.id, now_known)
    settle_disputes(session, charge.disputes, rows, context)


def _facts(charge: Charge, context: Context) -> Iterator[Fact]:
    """Every balance transaction of this charge that exists by now, with what the rules must know of it."""
    for moved in (charge.balance_transaction, charge.failure_balance_transaction):
        if moved is not None:
            yield moved, context
    before = 0
    for refund in sorted(charge.refunds, key=_in_order):
        of = replace(context, refund=_refund_of(charge, refund, before))
        for moved in (refund.balance_transaction, refund.failure_balance_transaction):
            if moved is not None:
                yield moved, of
        before += refund.amount
    for dispute in charge.disputes:
        for moved in dispute.balance_transactions:
            yield moved, context


def _refund_of(charge: Charge, refund: Refund, before: int) -> RefundOf | None:
    """What the charge came to, so that a refund at another rate takes back just that."""
    settled = charge.balance_transaction
    if settled is None:
        return None
    return RefundOf(
        settled=settled.amount,
        settled_currency=settled.currency,
        charged=charge.amount,
        refunded=refund.amount,
        refunded_before=before,
    )


def _in_order(refund: Refund) -> tuple[float, str]:
    return refund.created.timestamp(), refund.id


def _missing(charge: Charge) -> str:
    """Which row of money Stripe has still to make; "" when none is."""
    if not charge.captured:
        return ""
    if charge.status == "succeeded" and charge.balance_transaction is None:
        return "the charge succeeded and its balance transaction does not exist yet"
    for refund in charge.refunds:
        if refund.status == "succeeded" and refund.balance_transaction is None:
            return f"{refund.id} succeeded and its balance transaction does not exist yet"
    return ""


def _promise_letters(session: Session, received: Received) -> None:
    """A receipt once the money is in the books; and word to the donor when it was taken back after all."""
    donation = received.donation
    if donation.donor_id is None or donation.balance_transaction_id is None:
        return
    if donation.status == "paid":
        _promise(session, "receipt", received)
    elif donation.status == "failed" and outbox.was_promised(
        session, kind="receipt", subject=donation.id, period=donation.charge_id or ""
    ):
        _promise(session, "receipt-revoked", received)


def _promise(session: Session, kind: str, received: Received) -> None:
    outbox.promise(
        session,
        kind=kind,
        subject=received.donation.id,
        # A debit that was taken back and then paid by another charge is a receipt of its own.
        period=received.donation.charge_id or "",
        recipient=received.donation.donor_id or "",
        locale=received.locale,
        request_id=received.request_id,
    )
