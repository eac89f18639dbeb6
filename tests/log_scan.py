"""Reads logs for what must never stand there: a person, an address, a key, a token."""

import re
from collections.abc import Iterable
from pathlib import Path

from tests.programs import WEBHOOK_SECRET

DONOR = "secret.donor+paper@lantern-reader.example"
NAME = "Аврора Ивановна Zzyzx"
FORBIDDEN = {
    "an email address": re.compile(r"[\w.+-]+(?:@|%40)[\w-]+\.[\w.-]+"),
    "a Stripe key": re.compile(r"(?:sk|rk)_(?:test|live)_\w{8}"),
    "a webhook secret": re.compile(rf"whsec_\w{{8}}|{WEBHOOK_SECRET}"),
    "a signature": re.compile(r"v1=[0-9a-f]{16}"),
    "a network address": re.compile(r"\b(?!127\.0\.0\.1\b)(?:\d{1,3}\.){3}\d{1,3}\b"),
    "a password in an address": re.compile(r"://[^\s/:@]+:[^\s/@<]+@"),
    "this run's donor": re.compile(r"Zzyzx|Аврора|secret\.donor", re.IGNORECASE),
    # An email's or a card's digits have no business here either.
    "a card number": re.compile(r"\b4\d{15}\b"),
}
# Celery's own names for itself look like addresses and are none: `ticks@host-123`.
CELERY_NODE = re.compile(r"\b(?:ticks|mail|celery)@[\w.-]+")


def forbidden_in(logs: Iterable[Path]) -> list[str]:
    """Each line that names what it must not, with its file and number."""
    return [
        f"{path.name}:{number}: {what}: {line[:300]}"
        for path in logs
        if path.exists()
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        for what, pattern in FORBIDDEN.items()
        if pattern.search(CELERY_NODE.sub("", line))
    ]
