"""Is this webhook body Stripe's? One check over the raw bytes, with several secrets while one is rolled."""

from collections.abc import Sequence

from stripe import SignatureVerificationError, WebhookSignature

TOLERANCE_SECONDS = 300


class NotStripes(Exception):
    """The signature is missing, stale, of another secret, or over other bytes."""


def verify(body: bytes, header: str | None, secrets: Sequence[str]) -> str:
    """The body as text, when one of the secrets signed it within the tolerance; NotStripes otherwise."""
    try:
        text = body.decode()
    except UnicodeDecodeError as garbage:
        raise NotStripes("the body is not UTF-8") from garbage
    reason = "no webhook secret is configured"
    for secret in secrets:
        try:
            WebhookSignature.verify_header(text, header, secret, TOLERANCE_SECONDS)
            return text
        except SignatureVerificationError as refused:
            reason = str(refused.user_message or refused)
    raise NotStripes(reason)
