"""A checkout is written down, then opened at Stripe, then known to be open; each step may be repeated."""

import re
from datetime import timedelta
from urllib.parse import urlencode

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service import clock
from service.crypto import Keyring
from service.database import new_id
from service.donations.models import Checkout
from service.donations.wishes import Wish
from service.gateway import CheckoutOrder, OpenedCheckout
from service.settings import Settings

# Stripe keeps an idempotency key for a day; an attempt that never got its answer by then is given up.
UNANSWERED = timedelta(hours=23)
CHECKOUT_ID = re.compile(r"chk_[a-z2-7]{26}")
TITLES = {
    "once": "One-time donation to {newsroom}",
    "monthly": "Monthly donation to {newsroom}",
    "annual": "Annual donation to {newsroom}",
}


class AttemptSpent(Exception):
    """The attempt cannot open a page any more; the message says why, in words for the donor."""


def write_down(session: Session, keyring: Keyring, wish: Wish, *, locale: str, request_id: str) -> Checkout:
    """The checkout of this attempt, made on first sight. Raises AttemptSpent."""
    checkout_id = new_id("chk")
    session.execute(
        insert(Checkout)
        .values(
            id=checkout_id,
            attempt=wish.attempt,
            wish_digest=wish.digest,
            frequency=wish.frequency,
            amount=wish.amount,
            currency=wish.currency,
            locale=locale,
            attribution=wish.attribution,
            email_sealed=keyring.seal(wish.email.encode(), _email_place(checkout_id)) if wish.email else None,
            status="open",
            created_at=clock.now(),
            request_id=request_id,
        )
        .on_conflict_do_nothing(index_elements=["attempt"])
    )
    checkout = session.scalars(select(Checkout).where(Checkout.attempt == wish.attempt)).one()
    if checkout.wish_digest != wish.digest:
        raise AttemptSpent("This attempt has already been used for another donation.")
    _still_open(checkout)
    return checkout


def _still_open(checkout: Checkout) -> None:
    if checkout.status in ("paid", "processing"):
        raise AttemptSpent("This donation has already been made.")
    ends = checkout.expires_at or checkout.created_at + UNANSWERED
    if checkout.status != "open" or ends <= clock.now():
        raise AttemptSpent("This attempt has expired; please start again.")


def find(session: Session, checkout_id: str) -> Checkout | None:
    """The checkout of an id that came from outside, whatever was written there."""
    return session.get(Checkout, checkout_id) if CHECKOUT_ID.fullmatch(checkout_id) else None


def order(checkout: Checkout, keyring: Keyring, settings: Settings) -> CheckoutOrder:
    """What Stripe is asked for; from the row and the settings alone."""
    back = {"frequency": checkout.frequency, "amount": checkout.amount, "currency": checkout.currency}
    sealed = checkout.email_sealed
    return CheckoutOrder(
        checkout_id=checkout.id,
        frequency=checkout.frequency,
        amount=checkout.amount,
        currency=checkout.currency,
        title=TITLES[checkout.frequency].format(newsroom=settings.newsroom_name),
        success_url=f"{settings.public_url}/thanks?{urlencode({'checkout': checkout.id})}",
        cancel_url=f"{settings.public_url}/donate?{urlencode(back)}",
        locale=checkout.locale.replace("_", "-"),
        email=keyring.open(sealed, _email_place(checkout.id)).decode() if sealed else None,
        statement_suffix=settings.statement_suffix,
    )


def opened(session: Session, checkout_id: str, page: OpenedCheckout) -> Checkout:
    """Keep where the page is; of two requests for one attempt both got the same page from Stripe."""
    session.execute(
        update(Checkout)
        .where(
            Checkout.id == checkout_id,
            Checkout.session_url.is_(None),
            or_(Checkout.session_id.is_(None), Checkout.session_id == page.session_id),
        )
        .values(session_id=page.session_id, session_url=page.url, expires_at=page.expires_at)
    )
    return session.get_one(Checkout, checkout_id)


def gave_up(session: Session, checkout_id: str) -> None:
    """The attempt got an answer that it would get for ever; the donor's next one starts afresh."""
    session.execute(
        update(Checkout)
        .where(Checkout.id == checkout_id, Checkout.session_id.is_(None))
        .values(status="failed", email_sealed=None)
    )


def _email_place(checkout_id: str) -> str:
    return f"checkouts.email of {checkout_id}"
