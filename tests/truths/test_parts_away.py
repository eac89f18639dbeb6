"""A part goes away under load and comes back: nothing is lost or half-written, no one restarts anything."""

import time
import uuid
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import redis
from sqlalchemy import text

from sandbox.embedded import Embedded
from service.checkup import as_redis_url
from tests.conftest import Database
from tests.programs import WEBHOOK_SECRET, ask, pay, until
from tests.running import Running
from tests.stripe_signing import encode, event, signature
from tests.truths.conftest import Start


def open_and_pay(newsroom: Running, number: int = 0) -> str:
    opened = ask(
        f"{newsroom.web}/api/checkouts",
        {"frequency": "once", "amount": 1000 + number, "currency": "eur", "attempt": str(uuid.uuid4())},
    )
    pay(newsroom.stripe, opened["url"].rpartition("/")[2])
    return str(opened["id"])


def is_paid(newsroom: Running, checkout_id: str) -> bool:
    return bool(ask(f"{newsroom.web}/api/checkouts/{checkout_id}")["status"] == "paid")


def posted(database: Database) -> int:
    with database.engine.connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM entries")) or 0)


def status_of(url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> int:
    try:
        with urlopen(Request(url, body, headers or {}), timeout=30) as answer:
            return int(answer.status)
    except HTTPError as refused:
        refused.close()
        return int(refused.code)


@pytest.mark.timeout(400)
def test_redis_away(run_newsroom: Start, database: Database, embedded: Embedded) -> None:
    newsroom = run_newsroom()
    first = open_and_pay(newsroom)
    until(lambda: is_paid(newsroom, first), "a first donation")
    embedded.stop_valkey(kill=True)
    try:
        given = [open_and_pay(newsroom, number) for number in range(20)]
        time.sleep(2)
    finally:
        embedded.start_valkey()
    until(lambda: all(is_paid(newsroom, each) for each in given), "the queue to drain", seconds=150)
    until(lambda: posted(database) == len(given) + 1, "all of it to be in the books")
    with database.engine.connect() as connection:
        paid = connection.scalar(text("SELECT count(*) FROM donations WHERE status = 'paid'"))
    assert paid == len(given) + 1


@pytest.mark.timeout(400)
def test_postgres_away(run_newsroom: Start, database: Database, embedded: Embedded) -> None:
    newsroom = run_newsroom()
    first = open_and_pay(newsroom)
    until(lambda: is_paid(newsroom, first), "a first donation")
    hook = encode(event("charge.succeeded", {"object": "charge", "id": "ch_1", "payment_intent": "pi_none"}))
    embedded.stop_postgres(mode="kill")
    try:
        answers = {
            "webhook": status_of(
                f"{newsroom.web}/webhooks/stripe",
                hook,
                {"Stripe-Signature": signature(hook, WEBHOOK_SECRET), "Content-Type": "application/json"},
            ),
            "readyz": status_of(f"{newsroom.web}/readyz"),
            "healthz": status_of(f"{newsroom.web}/healthz"),
            "options": status_of(f"{newsroom.web}/api/options"),
        }
        refused: Any = ask(
            f"{newsroom.web}/api/checkouts", {"frequency": "once", "amount": 500, "currency": "usd"}
        )
    finally:
        embedded.start_postgres()
    assert answers == {"webhook": 503, "readyz": 503, "healthz": 200, "options": 200}
    assert refused["status"] == 503
    assert until(lambda: status_of(f"{newsroom.web}/readyz") == 200, "the service to be ready again")
    second = open_and_pay(newsroom)
    until(lambda: is_paid(newsroom, second), "a donation after the database is back", seconds=150)
    with database.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM events WHERE object_id = 'pi_none'")) == 0
        assert connection.scalar(text("SELECT coalesce(sum(amount), 0) FROM postings")) == 0


@pytest.mark.timeout(400)
def test_a_night_without_a_worker(run_newsroom: Start, database: Database) -> None:
    """The clock ticks on while no worker listens: the broker stays small, and what waited is settled."""
    newsroom = run_newsroom(processes=())
    ticking = newsroom.start("clock", name="clock")
    checkout_id = open_and_pay(newsroom)
    broker = redis.Redis.from_url(as_redis_url(newsroom.environment["REDIS_URL"]))
    until(lambda: broker.llen("ticks") == 2, "the queue to hold what it may")
    # A night of ticks is 30,000; twenty seconds show that the queue does not grow with them.
    time.sleep(20)
    assert broker.llen("ticks") <= 2
    assert broker.llen("mail") <= 2
    assert broker.info("memory")["used_memory"] < 2 * 1024 * 1024
    assert ticking.poll() is None
    newsroom.start("worker", "--queue", "ticks", name="worker")
    until(lambda: "ready" in (newsroom.folder / "worker.log").read_text(), "the worker to be there")
    until(lambda: posted(database) == 1, "the first settling")
    assert until(lambda: is_paid(newsroom, checkout_id), "the checkout to be paid")
    broker.close()
