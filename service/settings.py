"""Settings: read once from the environment, checked as a whole, each with its reason.

`.env.example` lists the same names in the same order with the same reasons; a test holds the two equal.
A setting may also be given as a file: `NAME_FILE=/run/secrets/name` (container secrets).
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError

from service.crypto import Key
from service.money import Currency

SHORTEST_SECRET = 32
# Known to everybody, so that a first look needs no set-up; a live service refuses all of them.
PUBLISHED_SECRET = "not-secret-not-secret-not-secret"  # noqa: S105 - the point is that it is known
PUBLISHED_KEY = "published:bm90LXNlY3JldC1ub3Qtc2VjcmV0LW5vdC1zZWNyZXQ"


class Misconfigured(Exception):
    """The environment does not make a program; `problems` says each reason in one line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def text(value: str) -> str:
    return value


def words(value: str) -> tuple[str, ...]:
    """Values separated by commas; spaces around them do not count."""
    return tuple(word.strip() for word in value.split(",") if word.strip())


def locales(value: str) -> tuple[str, ...]:
    """As Babel writes them: `pt_BR`."""
    try:
        return tuple(str(Locale.parse(word.replace("-", "_"))) for word in words(value))
    except (ValueError, UnknownLocaleError) as unknown:
        raise ValueError(f"{unknown}") from unknown


def keys(value: str) -> tuple[Key, ...]:
    return tuple(Key.parse(part) for part in words(value))


def whole_number(value: str) -> int:
    if not re.fullmatch(r"\d{1,6}", value):
        raise ValueError("must be a whole number")
    return int(value)


def web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be an http(s) address")
    return value.rstrip("/")


def web_addresses(value: str) -> tuple[str, ...]:
    return tuple(web_address(word) for word in words(value))


def smtp_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("smtp", "smtp+tls", "smtps") or not parts.hostname:
        raise ValueError("must be smtp://, smtp+tls:// or smtps://[user:password@]host[:port]")
    return value


def email_address(value: str) -> str:
    local, _, domain = value.rpartition("@")
    if not local or not domain or re.search(r"[\s<>,;\"]", value):
        raise ValueError("must be one plain email address")
    return value


def zone(value: str) -> ZoneInfo:
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as unknown:
        raise ValueError(f"{value!r} is no time zone of the IANA list") from unknown


def currency(value: str) -> str:
    return Currency.of(value.lower()).code


def stripe_key(value: str) -> str:
    if not value.startswith(("sk_test_", "sk_live_", "rk_test_", "rk_live_")):
        raise ValueError("must start with sk_test_, sk_live_, rk_test_ or rk_live_")
    return value


def log_level(value: str) -> str:
    if value.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
    return value.upper()


def setting(
    reason: str, parse: Callable[[str], Any] = text, *, default: str | None = None, secret: bool = False
) -> Any:
    """One setting; without a default it must be given. `secret` keeps its value out of every message."""
    return field(metadata={"reason": reason, "parse": parse, "default": default, "secret": secret})


@dataclass(frozen=True, kw_only=True, repr=False)
class Settings:
    """All of them. Field `database_url` is the variable `DATABASE_URL`, and so on."""

    database_url: str = setting("PostgreSQL 15 or newer, as the application's own role.", secret=True)
    database_owner_url: str = setting(
        "The same database as its owner: only `sustainer migrate` uses it. Empty: DATABASE_URL.",
        default="",
        secret=True,
    )
    redis_url: str = setting("Valkey or Redis for the Celery queues; losing it loses nothing.", secret=True)
    secret_key: str = setting(
        "Signs forms and links; 32 characters or more.", default=PUBLISHED_SECRET, secret=True
    )
    pii_keys: tuple[Key, ...] = setting(
        "Keys that wrap each person's data key, newest first: id:base64url of 32 bytes, comma separated.",
        keys,
        default=PUBLISHED_KEY,
        secret=True,
    )
    lookup_keys: tuple[Key, ...] = setting(
        "Keys of the hash by which an address is found, newest first; old ones must stay.",
        keys,
        default=PUBLISHED_KEY,
        secret=True,
    )
    clock_url: str = setting("Follow the sandbox's clock; refused with a live Stripe key.", default="")
    trusted_proxies: int = setting(
        "How many proxies in front of us set X-Forwarded-For and -Proto.", whole_number, default="0"
    )
    public_url: str = setting(
        "The address under which readers reach this service.", web_address, default="http://127.0.0.1:8000"
    )
    allowed_origins: tuple[str, ...] = setting(
        "Origins of the newsroom's sites that carry the widget, comma separated.", web_addresses, default=""
    )
    newsroom_name: str = setting(
        "As it stands on pages, receipts and Stripe's checkout.", default="Our newsroom"
    )
    newsroom_timezone: ZoneInfo = setting("Days in reports and mail are days here.", zone, default="UTC")
    newsroom_address: str = setting("Postal address for receipts.", default="")
    receipt_line: str = setting(
        "The line receipts end with, such as a tax number or 'No goods or services were provided.'",
        default="",
    )
    stripe_secret_key: str = setting("Stripe's API key; a restricted key will do.", stripe_key, secret=True)
    stripe_webhook_secrets: tuple[str, ...] = setting(
        "Signing secrets of the webhook endpoint, comma separated; two while one is rolled.",
        words,
        default="",
        secret=True,
    )
    stripe_api_base: str = setting(
        "Another Stripe than the real one: the sandbox.", web_address, default="https://api.stripe.com"
    )
    statement_suffix: str = setting(
        "What follows the newsroom's name on a card statement; at most 10 characters.", default=""
    )
    smtp_url: str = setting(
        "The mail relay: smtp://, smtp+tls:// or smtps://[user:password@]host[:port].",
        smtp_address,
        default="smtp://127.0.0.1:25",
        secret=True,
    )
    mail_from: str = setting(
        "The sender of receipts and notices, an address that is read.",
        email_address,
        default="support@newsroom.example",
    )
    default_currency: str = setting(
        "Offered when a reader's locale suggests no other.", currency, default="usd"
    )
    locales: tuple[str, ...] = setting(
        "Languages offered to readers, comma separated, the first is the default.", locales, default="en"
    )
    web_processes: int = setting("gunicorn processes.", whole_number, default="2")
    web_threads: int = setting("Threads of each gunicorn process.", whole_number, default="8")
    worker_processes: int = setting("Celery processes for each queue.", whole_number, default="2")
    log_level: str = setting("DEBUG, INFO, WARNING or ERROR.", log_level, default="INFO")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Raises Misconfigured with every problem at once."""
        values: dict[str, Any] = {}
        problems = []
        for each in fields(cls):
            name = each.name.upper()
            try:
                written = _written(name, environment)
                given = written or each.metadata["default"]
                if given is None:
                    raise ValueError("is not set")
                values[each.name] = each.metadata["parse"](given)
            except ValueError as reason:
                problems.append(f"{name}: {reason}")
        if problems:
            raise Misconfigured(problems)
        settings = cls(**values)
        if unsafe := settings.unsafe():
            raise Misconfigured(unsafe)
        return settings

    @property
    def live(self) -> bool:
        return "_live_" in self.stripe_secret_key

    @property
    def owner_url(self) -> str:
        return self.database_owner_url or self.database_url

    @cached_property
    def public_origin(self) -> str:
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}"

    def unsafe(self) -> list[str]:
        """What must not be true anywhere, and what must not be true where real money moves."""
        problems = [
            f"{name}: no key is given"
            for name, given in (("PII_KEYS", self.pii_keys), ("LOOKUP_KEYS", self.lookup_keys))
            if not given
        ]
        if len(self.statement_suffix) > 10:
            problems.append("STATEMENT_SUFFIX: has more than 10 characters")
        if not self.live:
            return problems
        if self.secret_key == PUBLISHED_SECRET or len(self.secret_key) < SHORTEST_SECRET:
            problems.append("SECRET_KEY: a live service needs a secret of its own, 32 characters or more")
        published = Key.parse(PUBLISHED_KEY)
        problems += [
            f"{name}: a live service needs keys of its own"
            for name, given in (("PII_KEYS", self.pii_keys), ("LOOKUP_KEYS", self.lookup_keys))
            if any(key.secret == published.secret for key in given)
        ]
        if self.mail_from.endswith(".example"):
            problems.append("MAIL_FROM: a live service writes from an address that is read")
        if not self.stripe_webhook_secrets:
            problems.append("STRIPE_WEBHOOK_SECRETS: a live service cannot take events unsigned")
        if not self.public_url.startswith("https://"):
            problems.append("PUBLIC_URL: a live service is reached by https only")
        if self.clock_url:
            problems.append("CLOCK_URL: a live service does not follow a played clock")
        return problems


def _written(name: str, environment: Mapping[str, str]) -> str:
    if file := environment.get(f"{name}_FILE"):
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except OSError as unreadable:
            raise ValueError(f"{name}_FILE cannot be read: {unreadable.strerror}") from unreadable
    return environment.get(name, "").strip()
