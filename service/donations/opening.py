"""Opens a checkout for a wish: committed before Stripe is called, so that no page exists without its row.

It opens two transactions with a call to Stripe between them; the API and the form both come through here.
"""

import logging

from service.donations import checkouts
from service.donations.checkouts import AttemptSpent
from service.donations.locales import with_territory
from service.donations.models import Checkout
from service.donations.wishes import Wish
from service.gateway import OpenedCheckout, StripeAway, StripeFailed, StripeRefused
from service.parts import Parts
from service.problems import Problem

log = logging.getLogger(__name__)


def open_checkout(parts: Parts, wish: Wish, request_id: str) -> tuple[Checkout, bool]:
    """(the checkout with its page, whether this call opened it). Raises Problem 409, 502 or 503."""
    try:
        with parts.sessions.begin() as session:
            checkout = checkouts.write_down(
                session,
                parts.keyring,
                wish,
                locale=with_territory(wish.locale, parts.settings.locales),
                request_id=request_id,
            )
    except AttemptSpent as spent:
        raise Problem(409, str(spent), errors={"attempt": [str(spent)]}) from None
    if checkout.session_url:
        return checkout, False
    page = _ask_stripe(parts, checkout)
    with parts.sessions.begin() as session:
        checkout = checkouts.opened(session, checkout.id, page)
    log.info("checkout opened", extra={"checkout": checkout.id, "session": checkout.session_id})
    return checkout, True


def _ask_stripe(parts: Parts, checkout: Checkout) -> OpenedCheckout:
    try:
        return parts.gateway.open_checkout(checkouts.order(checkout, parts.keyring, parts.settings))
    except StripeAway as away:
        log.warning("stripe could not be reached for a checkout", extra={"checkout": checkout.id})
        if isinstance(away, StripeFailed):
            _give_up(parts, checkout)
        raise Problem(
            503, "The payment page cannot be reached just now; please try again.", retry_after=5
        ) from None
    except StripeRefused as refused:
        log.error(
            "stripe refused a checkout",
            extra={"checkout": checkout.id, "code": refused.code, "param": refused.param},
        )
        _give_up(parts, checkout)
        raise Problem(502, "The payment page could not be opened.") from None


def _give_up(parts: Parts, checkout: Checkout) -> None:
    with parts.sessions.begin() as session:
        checkouts.gave_up(session, checkout.id)
