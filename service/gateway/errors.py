"""Stripe's errors in our words: away, failed, refused, gone."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import stripe

log = logging.getLogger(__name__)


class StripeAway(Exception):
    """Stripe did not answer, or asked to be left alone: what happened is unknown, try again."""


class StripeFailed(StripeAway):
    """Stripe answered with a failure of its own; under the same idempotency key it will answer it again."""


class StripeRefused(Exception):
    """Stripe understood and said no; the message is Stripe's own."""

    def __init__(self, message: str, *, code: str = "", param: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.param = param


class ObjectGone(StripeRefused):
    """Stripe knows no object of this id."""


@contextmanager
def our_errors() -> Iterator[None]:
    """Say what went wrong in our words; the request id goes to the log, for Stripe's support."""
    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError) as away:
        log.warning("stripe did not answer", extra={"stripe_request": away.request_id})
        raise StripeAway(type(away).__name__) from away
    except stripe.APIError as failed:
        log.warning("stripe failed", extra={"stripe_request": failed.request_id})
        raise StripeFailed(type(failed).__name__) from failed
    except stripe.InvalidRequestError as refused:
        said = refused.user_message or str(refused)
        kind = ObjectGone if refused.code == "resource_missing" else StripeRefused
        if refused.http_status == 409 or refused.code == "lock_timeout":
            raise StripeAway(said) from refused
        raise kind(said, code=refused.code or "", param=refused.param or "") from refused
    except stripe.StripeError as refused:
        said = refused.user_message or str(refused)
        log.warning("stripe refused", extra={"stripe_request": refused.request_id})
        raise StripeRefused(said, code=refused.code or "") from refused
