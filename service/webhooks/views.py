"""The webhook: verify, keep, 204. Nothing else happens in this request."""

import logging

from flask import Blueprint, g, request

from service.gateway import NotStripes, verify
from service.http import Problem
from service.parts import parts
from service.webhooks import inbox

LARGEST_EVENT = 1024 * 1024

blueprint = Blueprint("webhooks", __name__)
log = logging.getLogger(__name__)


@blueprint.post("/webhooks/stripe")
def stripe() -> tuple[str, int]:
    """204 kept (or known already) · 400 not Stripe's · 413 too large · 5xx try again."""
    request.max_content_length = LARGEST_EVENT
    ours = parts()
    body = request.get_data(cache=False)
    try:
        text = verify(
            body, request.headers.get("Stripe-Signature"), ours.settings.stripe_webhook_secrets
        )
        envelope = inbox.Envelope.of(text, live=ours.settings.live)
    except NotStripes as forged:
        log.warning("a webhook was not signed by Stripe", extra={"reason": str(forged)})
        raise Problem(400, "The signature does not fit.") from None
    except inbox.Malformed as malformed:
        raise Problem(400, f"Not an event: {malformed}.") from None
    except inbox.WrongMode:
        with ours.autocommit.connect() as connection:
            inbox.count_refused(connection, "livemode")
        log.error("an event of the wrong mode was refused", extra={"live": ours.settings.live})
        raise Problem(400, "The event's livemode is not this service's.") from None
    with ours.autocommit.connect() as connection:
        inbox.keep(connection, ours.keyring, envelope, body, g.request_id)
    return "", 204
