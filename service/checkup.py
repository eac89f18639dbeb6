"""The doctor: is everything there that this program needs, and does it fit together?"""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import redis
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from service import migrate
from service.database import connect
from service.gateway import API_VERSION, Gateway, StripeAway, StripeRefused
from service.mail import Relay
from service.mail.endings import RelayAway
from service.settings import PUBLISHED_SECRET, Settings

# Without these the books stay behind until the poll; the list in full stands in docs/operations.md.
NEEDED_EVENTS = frozenset(
    {
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
        "checkout.session.expired",
        "payment_intent.succeeded",
        "charge.succeeded",
        "charge.updated",
        "customer.subscription.created",
        "customer.subscription.updated",
        "customer.subscription.deleted",
        "invoice.paid",
        "invoice_payment.paid",
        "refund.created",
        "refund.updated",
        "refund.failed",
        "charge.dispute.created",
        "charge.dispute.closed",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
        "payout.created",
        "payout.updated",
        "payout.paid",
        "payout.failed",
        "payout.reconciliation_completed",
    }
)
EVENTS_KEPT = "SELECT reason, sum(count) FROM refused_events GROUP BY reason"
OWNS_THE_BOOKS = "SELECT pg_has_role(tableowner, 'usage') FROM pg_tables WHERE tablename = 'entries'"


@dataclass(frozen=True)
class Finding:
    what: str
    well: bool
    detail: str


def examine(settings: Settings) -> list[Finding]:
    """Every finding, good and bad; settings that do not parse never come this far."""
    return [
        *_settings(settings),
        *_database(settings),
        _broker(settings),
        _relay(settings),
        *_stripe(settings),
    ]


def _settings(settings: Settings) -> Iterator[Finding]:
    mode = "live: real money" if settings.live else "test mode"
    yield Finding("settings", True, f"complete; {mode}")
    if settings.secret_key == PUBLISHED_SECRET:
        yield Finding("SECRET_KEY", True, "is the published one; a live service would refuse to start")


def _database(settings: Settings) -> Iterator[Finding]:
    engine = connect(settings.database_url, pool_size=1)
    try:
        revision = migrate.current(engine)
        newest = migrate.newest()
        behind = f"at revision {revision or 'none'}, newest is {newest}: run sustainer migrate"
        yield Finding(
            "database", revision == newest, f"at revision {newest}" if revision == newest else behind
        )
        if revision == newest:
            yield from _books(engine)
    except SQLAlchemyError as away:
        yield Finding("database", False, f"cannot be reached ({type(away).__name__})")
    finally:
        engine.dispose()


def _books(engine: Engine) -> Iterator[Finding]:
    with engine.connect() as connection:
        owns = bool(connection.scalar(text(OWNS_THE_BOOKS)))
        yield Finding(
            "database role",
            not owns,
            "owns the books and could change them: give the service a role of its own in DATABASE_URL"
            if owns
            else "may add to the books and owns none of them",
        )
        parked = connection.scalar(text("SELECT count(*) FROM work WHERE parked_at IS NOT NULL"))
        yield Finding("parked", not parked, f"{parked} objects wait for a person" if parked else "nothing")
        for reason, count in connection.execute(text(EVENTS_KEPT)):
            yield Finding("refused events", True, f"{count} for {reason}")


def _broker(settings: Settings) -> Finding:
    try:
        redis.Redis.from_url(as_redis_url(settings.redis_url), socket_timeout=3).ping()
    except redis.RedisError as away:
        return Finding("broker", False, f"cannot be reached ({type(away).__name__})")
    return Finding("broker", True, "answers")


def as_redis_url(url: str) -> str:
    """Celery writes a socket as `redis+socket:///path?virtual_host=0`, the redis library as `unix:///path?db=0`."""
    if not url.startswith("redis+socket://"):
        return url
    parts = urlsplit(url)
    database = parts.query.partition("virtual_host=")[2] or "0"
    return f"unix://{parts.path}?db={database}"


def _relay(settings: Settings) -> Finding:
    try:
        Relay.of(settings).check()
    except RelayAway as away:
        return Finding("mail relay", False, f"cannot be used: {away}")
    return Finding("mail relay", True, "answers")


def _stripe(settings: Settings) -> Iterator[Finding]:
    gateway = Gateway(settings.stripe_secret_key, settings.stripe_api_base)
    try:
        live = gateway.livemode()
        yield Finding("stripe key", live == settings.live, "works, live" if live else "works, test mode")
        endpoints = [each for each in gateway.lists.webhook_endpoints() if each.url == _webhook_url(settings)]
    except (StripeAway, StripeRefused) as refused:
        yield Finding("stripe", False, f"{refused}")
        return
    if not settings.stripe_webhook_secrets:
        yield Finding("STRIPE_WEBHOOK_SECRETS", False, "is empty: every event will be refused")
    if not endpoints:
        yield Finding("webhook endpoint", False, f"none is registered at Stripe for {_webhook_url(settings)}")
    for endpoint in endpoints:
        missing = NEEDED_EVENTS - set(endpoint.events) if "*" not in endpoint.events else frozenset()
        yield Finding("webhook endpoint", endpoint.status == "enabled", f"{endpoint.id} is {endpoint.status}")
        yield Finding(
            "webhook version",
            endpoint.api_version == API_VERSION,
            f"{endpoint.api_version or 'the account default'}; this program speaks {API_VERSION}",
        )
        yield Finding(
            "webhook events",
            not missing,
            f"missing {', '.join(sorted(missing))}" if missing else "all needed",
        )


def _webhook_url(settings: Settings) -> str:
    return f"{settings.public_url}/webhooks/stripe"
