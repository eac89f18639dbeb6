"""Ten thousand signed events, each twice and shuffled; four workers, one killed: each effect once."""

import os
import random
import signal
import socket
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text

from service.donations.opening import open_checkout
from service.donations.wishes import Wish
from service.parts import assemble
from service.settings import Settings
from tests.conftest import Database
from tests.programs import WEBHOOK_SECRET, ask, pay, until
from tests.running import Running
from tests.stripe_signing import encode, signature
from tests.truths.conftest import Start

EVENTS = 10_000
SEED = 20261124
# A paid one-time checkout tells seven events or so, a recurring one ten or more.
EVENTS_OF_A_CHECKOUT = 7


@pytest.mark.timeout(420)
def test_each_effect_exactly_once(run_newsroom: Start, database: Database) -> None:
    newsroom = run_newsroom(processes=("clock",))
    # The sandbox must not deliver by itself: this test does it, in its own order.
    ask(f"{newsroom.stripe}/_sandbox/faults", {"delivery": "*", "kind": "drop", "rate": 1})
    given = give_many(newsroom, EVENTS // EVENTS_OF_A_CHECKOUT)
    events = list(all_events(newsroom.stripe))
    assert len(events) >= EVENTS
    workers = [newsroom.start("worker", "--queue", "ticks", name=f"worker-{n}") for n in range(4)]
    deliveries = [*events, *events]
    random.Random(SEED).shuffle(deliveries)
    half = len(deliveries) // 2
    deliver(newsroom.web, deliveries[:half])
    os.killpg(workers[0].pid, signal.SIGKILL)
    deliver(newsroom.web, deliveries[half:])

    def settled() -> bool:
        with database.engine.connect() as connection:
            return bool(connection.scalar(text("SELECT count(*) = 0 FROM work")))

    until(settled, "all work to be done", seconds=300)
    check_effects(database, newsroom.stripe, given, events)


def give_many(newsroom: Running, count: int) -> dict[str, str]:
    """Open and pay checkouts; {checkout id: frequency}."""
    parts = assemble(Settings.from_environment(newsroom.environment))

    def give(number: int) -> tuple[str, str]:
        frequency = ("once", "once", "monthly", "annual")[number % 4]
        wish = Wish(
            attempt=str(uuid.UUID(int=number)),
            frequency=frequency,
            amount=1000 + number,
            currency=("eur", "usd", "jpy")[number % 3],
        )
        checkout, _ = open_checkout(parts, wish, f"request-{number}")
        assert checkout.session_id
        pay(newsroom.stripe, checkout.session_id, email=f"donor{number % 300}@example.org")
        return checkout.id, frequency

    try:
        with ThreadPoolExecutor(8) as many:
            return dict(many.map(give, range(count)))
    finally:
        parts.close()


def all_events(stripe: str) -> Iterator[dict[str, Any]]:
    """Every event that the sandbox has kept, page by page, as Stripe lists them."""
    after = ""
    while True:
        page = _listed(f"{stripe}/v1/events?limit=100{after}")
        yield from page["data"]
        if not page["has_more"]:
            return
        after = f"&starting_after={page['data'][-1]['id']}"


def _listed(url: str) -> Any:
    import requests

    return requests.get(url, auth=("sk_test_" + "0" * 24, ""), timeout=30).json()


def deliver(web: str, events: Sequence[dict[str, Any]]) -> None:
    """Sign and post; every one must be answered 204."""
    host, _, port = web.removeprefix("http://").partition(":")

    def send(share: Sequence[dict[str, Any]]) -> None:
        with socket.create_connection((host, int(port)), timeout=60) as connection:
            for event in share:
                body = encode(event)
                head = (
                    f"POST /webhooks/stripe HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n"
                    f"Stripe-Signature: {signature(body, WEBHOOK_SECRET)}\r\n\r\n"
                )
                connection.sendall(head.encode() + body)
                answer = connection.recv(4096)
                assert answer.startswith(b"HTTP/1.1 204"), answer

    with ThreadPoolExecutor(4) as many:
        list(many.map(send, [events[start::4] for start in range(4)]))


def check_effects(
    database: Database, stripe: str, given: dict[str, str], events: Sequence[dict[str, Any]]
) -> None:
    books = ask(f"{stripe}/_sandbox/books")["balance_transactions"]
    with database.engine.connect() as connection:

        def number(query: str) -> int:
            return int(connection.scalar(text(query)) or 0)

        def pairs(query: str) -> set[tuple[Any, ...]]:
            return {tuple(row) for row in connection.execute(text(query))}

        assert number("SELECT count(*) FROM events") == len(events)
        assert number("SELECT count(*) FROM events WHERE closed_at IS NULL") == 0
        assert pairs("SELECT checkout_id, frequency FROM donations WHERE status = 'paid'") == set(
            given.items()
        )
        assert number("SELECT count(*) FROM donations") == len(given)
        assert number("SELECT count(*) FROM checkouts WHERE status <> 'paid'") == 0
        recurring = {checkout for checkout, frequency in given.items() if frequency != "once"}
        assert pairs("SELECT checkout_id FROM recurring_donations WHERE status = 'active'") == {
            (checkout,) for checkout in recurring
        }
        assert pairs("SELECT id, amount, fee, net, currency FROM balance_transactions") == {
            (row["id"], row["amount"], row["fee"], row["net"], row["currency"]) for row in books
        }
        assert number("SELECT count(*) FROM entries") == len(books) == len(given)
        assert pairs("SELECT currency, sum(amount) FROM postings GROUP BY currency") == {
            (currency, 0) for currency in ("eur", "usd", "jpy")
        }
        assert number("SELECT count(*) FROM messages WHERE kind = 'receipt'") == len(given)
        assert number("SELECT count(*) FROM donors") == min(300, len(given))
