"""The environment in which the service runs in the demo: settings alone make the world a sandbox."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.demo.addresses import LOOPBACK, Addresses
from sandbox.demo.leftovers import MARK

NEWSROOM = {
    "NEWSROOM_NAME": "The Lantern",
    "NEWSROOM_TIMEZONE": "Europe/Riga",
    "NEWSROOM_ADDRESS": "The Lantern, 4 Mill Lane, Haldra",
    "MAIL_FROM": "support@lantern.example",
}


@dataclass(frozen=True)
class Databases:
    owner_url: str
    database_url: str
    redis_url: str


def given(name: str) -> str | None:
    """What the environment says, if anything."""
    return os.environ.get(name) or None


def settings(databases: Databases, addresses: Addresses, secrets: Mapping[str, str]) -> dict[str, str]:
    """Every setting that the demo makes; others may still come from outside."""
    return {
        "DATABASE_URL": databases.database_url,
        "DATABASE_OWNER_URL": databases.owner_url,
        "REDIS_URL": databases.redis_url,
        "PUBLIC_URL": addresses.web,
        "ALLOWED_ORIGINS": addresses.newsroom,
        "STRIPE_API_BASE": addresses.stripe,
        "CLOCK_URL": f"{addresses.stripe}/_sandbox/clock",
        "SMTP_URL": addresses.smtp,
        **NEWSROOM,
        **secrets,
    }


def environment(settings: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Ours first: neither a live key given as a file nor a proxy comes between us and the sandbox."""
    around = {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in settings}
    here = f"{LOOPBACK},localhost"
    ours = {"NO_PROXY": here, "no_proxy": here, "PYTHONUNBUFFERED": "1", MARK: str(folder.resolve())}
    return {**around, **settings, **ours}
