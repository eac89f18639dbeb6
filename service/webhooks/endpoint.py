"""The webhook: verify, keep, 204. Nothing else happens in this request.

It is a WSGI application of its own, mounted before Flask: all of Stripe's traffic comes through here,
in bursts, and a framework's request would take as long as the work itself (docs/performance.md).

204 kept, or known already · 400 not Stripe's · 413 too large · 5xx: Stripe is to try again
"""

import json
import logging
import secrets
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from service.database import DatabaseAway
from service.gateway import NotStripes, verify
from service.logs import working_for
from service.parts import Parts
from service.webhooks import inbox

PATH = "/webhooks/stripe"
LARGEST_EVENT = 1024 * 1024

log = logging.getLogger(__name__)

Start = Any
Environment = dict[str, Any]


class Refused(Exception):
    """Answered with a status and a reason instead of 204."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.status = status


class WebhookEndpoint:
    """Answers `POST /webhooks/stripe`; every other request goes on to `rest`."""

    def __init__(self, parts: Parts, rest: Any) -> None:
        self.parts = parts
        self.rest = rest

    def __call__(self, environ: Environment, start: Start) -> Iterable[bytes]:
        if environ["PATH_INFO"] != PATH:
            passed_on: Iterable[bytes] = self.rest(environ, start)
            return passed_on
        request_id = secrets.token_hex(10)
        with working_for(request_id):
            try:
                self._keep(environ, request_id)
            except Refused as refused:
                return _problem(start, request_id, refused.status, str(refused))
            except DatabaseAway:
                log.exception("an event could not be kept; stripe will send it again")
                return _problem(start, request_id, HTTPStatus.SERVICE_UNAVAILABLE, "Please send it again.")
            except Exception:
                log.exception("an event could not be kept; stripe will send it again")
                return _problem(start, request_id, HTTPStatus.INTERNAL_SERVER_ERROR, "Please send it again.")
        start("204 No Content", [("X-Request-Id", request_id)])
        return []

    def _keep(self, environ: Environment, request_id: str) -> None:
        if environ["REQUEST_METHOD"] != "POST":
            raise Refused(HTTPStatus.METHOD_NOT_ALLOWED, "Events are posted.")
        ours = self.parts
        body = _body(environ)
        try:
            text = verify(body, environ.get("HTTP_STRIPE_SIGNATURE"), ours.settings.stripe_webhook_secrets)
            envelope = inbox.Envelope.of(text, live=ours.settings.live)
        except NotStripes as forged:
            log.warning("a webhook was not signed by stripe", extra={"reason": str(forged)})
            raise Refused(HTTPStatus.BAD_REQUEST, "The signature does not fit.") from None
        except inbox.Malformed as malformed:
            log.warning("a signed webhook is no event", extra={"reason": str(malformed)})
            raise Refused(HTTPStatus.BAD_REQUEST, f"Not an event: {malformed}.") from None
        except inbox.WrongMode:
            inbox.count_refused(ours.inbox, "livemode")
            log.error("an event of the wrong mode was refused", extra={"live": ours.settings.live})
            raise Refused(HTTPStatus.BAD_REQUEST, "The event's livemode is not this service's.") from None
        inbox.keep(ours.inbox, ours.keyring, envelope, body, request_id)


def _body(environ: Environment) -> bytes:
    """Exactly the bytes that were signed."""
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        raise Refused(HTTPStatus.BAD_REQUEST, "The Content-Length is no number.") from None
    if length > LARGEST_EVENT:
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is larger than any event.")
    # One byte more than allowed shows a chunked body that says no length and is too large.
    chunked = environ.get("wsgi.input_terminated") and not length
    body: bytes = environ["wsgi.input"].read(LARGEST_EVENT + 1 if chunked else length)
    if len(body) > LARGEST_EVENT:
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is larger than any event.")
    return body


def _problem(start: Start, request_id: str, status: HTTPStatus, detail: str) -> list[bytes]:
    """problem+json, as everywhere."""
    body = json.dumps(
        {"type": "about:blank", "title": status.phrase, "status": int(status), "detail": detail}
    ).encode()
    headers = [
        ("Content-Type", "application/problem+json"),
        ("Content-Length", str(len(body))),
        ("X-Request-Id", request_id),
    ]
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers.append(("Retry-After", "5"))
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        headers.append(("Allow", "POST"))
    start(f"{int(status)} {status.phrase}", headers)
    return [body]
