"""No log of the whole run names a person, an address, a key or a token: every line is read."""

import re
from pathlib import Path

import pytest

from sandbox.embedded import Embedded
from tests.conftest import newsroom_environment, own_broker
from tests.programs import LOGS, WEBHOOK_SECRET, ask, pay, until
from tests.running import running

DONOR = "secret.donor+paper@lantern-reader.example"
NAME = "Аврора Ивановна Zzyzx"
FORBIDDEN = {
    "an email address": re.compile(r"[\w.+-]+(?:@|%40)[\w-]+\.[\w.-]+"),
    "a Stripe key": re.compile(r"(?:sk|rk)_(?:test|live)_\w{8}"),
    "a webhook secret": re.compile(r"whsec_\w{8}"),
    "a signature": re.compile(r"v1=[0-9a-f]{16}"),
    "a network address": re.compile(r"\b(?!127\.0\.0\.1\b)(?:\d{1,3}\.){3}\d{1,3}\b"),
    "a password in an address": re.compile(r"://[^\s/:@]+:[^\s/@<]+@"),
    "this run's donor": re.compile(r"Zzyzx|Аврора|secret\.donor", re.IGNORECASE),
    # An email's or a card's digits have no business here either.
    "a card number": re.compile(r"\b4\d{15}\b"),
}
# Celery's own names for itself look like addresses and are none: `ticks@host-123`.
CELERY_NODE = re.compile(r"\b(?:ticks|mail|celery)@[\w.-]+")


@pytest.mark.last
@pytest.mark.timeout(180)
def test_nobody_is_named_in_any_log(embedded: Embedded, template: str, tmp_path: Path) -> None:
    owner_url, url = embedded.create_database("logs_of_the_run", template=template)
    loud = newsroom_environment(owner_url, url, own_broker(embedded)) | {"LOG_LEVEL": "DEBUG"}
    with running(loud, tmp_path) as newsroom:
        wish = {"frequency": "monthly", "amount": 777, "currency": "eur", "email": DONOR}
        opened = ask(f"{newsroom.web}/api/checkouts", wish)
        ask(f"{newsroom.web}/api/checkouts", wish | {"email": "not an address@x.example"})
        ask(f"{newsroom.web}/webhooks/stripe", {"email": DONOR})
        pay(newsroom.stripe, opened["url"].rpartition("/")[2], email=DONOR, name=NAME)
        until(lambda: newsroom.messages_to(DONOR), "the receipt")
    logs = [path for path in LOGS if path.exists()] + list(embedded.logs.rglob("*.log"))
    assert {"web.log", "worker.log", "clock.log"} <= {path.name for path in logs}
    assert sum(path.stat().st_size for path in logs) > 1000
    found = [
        f"{path.name}:{number}: {what}: {line[:300]}"
        for path in logs
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        for what, pattern in FORBIDDEN.items()
        if pattern.search(CELERY_NODE.sub("", line))
    ]
    assert found == []
    assert WEBHOOK_SECRET not in "".join(path.read_text(errors="replace") for path in logs)
