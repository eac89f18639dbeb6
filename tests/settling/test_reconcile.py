"""Reconciling names what is wrong, whoever did it; and adopting makes an account that lives our own."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import stripe as library
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.test import Client

from service import clock, ledger
from service.parts import Parts
from service.settling import adopting, reconcile
from service.webhooks.endpoint import PATH, WebhookEndpoint
from tests.conftest import Database
from tests.programs import WEBHOOK_SECRET, ask, until
from tests.settling.conftest import balances, give, mark, settle_all
from tests.stripe_signing import encode, signature

DAY = 86_400


@pytest.fixture
def settled(parts: Parts, stripe: str) -> Parts:
    """Three donations in the books, sealed; everything agrees."""
    for each in ("once", "monthly", "annual"):
        checkout = give(parts, stripe, frequency=each)
        mark(parts, checkout.session_id or "")
    settle_all(parts)
    with parts.sessions.begin() as session:
        ledger.seal(session)
    assert reconcile.reconcile(parts) == []
    return parts


@contextmanager
def as_the_owner(database: Database, *tables: str) -> Iterator[Session]:
    """What somebody with the owner's password could do: put the guards aside."""
    with database.owner_engine.begin() as connection:
        for table in tables:
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
    with Session(database.owner_engine) as session, session.begin():
        yield session
    with database.owner_engine.begin() as connection:
        for table in tables:
            connection.execute(text(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only"))


def found(parts: Parts) -> str:
    return "\n".join(map(str, reconcile.reconcile(parts)))


def test_a_tampered_posting_is_found_and_named(settled: Parts, database: Database) -> None:
    with as_the_owner(database, "postings") as session:
        key = session.scalar(
            text(
                "UPDATE postings SET amount = amount + 1 WHERE (entry_id, line) = "
                "(SELECT entry_id, line FROM postings ORDER BY 1, 2 LIMIT 1) "
                "RETURNING (SELECT key FROM entries WHERE id = entry_id)"
            )
        )
    assert str(key) in found(settled)


def test_a_deleted_entry_is_found_and_named(settled: Parts, database: Database) -> None:
    with as_the_owner(database, "postings", "entries", "entry_digests") as session:
        entry_id, key = session.execute(text("SELECT id, key FROM entries ORDER BY id LIMIT 1")).one()
        for statement in (
            "DELETE FROM postings WHERE entry_id = :id",
            "DELETE FROM entries WHERE id = :id",
            "DELETE FROM entry_digests WHERE entry_id = :id",
        ):
            session.execute(text(statement), {"id": entry_id})
    assert str(key).removeprefix("stripe:") in found(settled)


def test_an_altered_mirror_row_is_found_and_named(settled: Parts, database: Database) -> None:
    with as_the_owner(database, "balance_transactions") as session:
        row = session.scalar(
            text(
                "UPDATE balance_transactions SET amount = amount + 5, net = net + 5 WHERE id = "
                "(SELECT min(id) FROM balance_transactions) RETURNING id"
            )
        )
    assert str(row) in found(settled)


def test_a_row_that_stripe_does_not_know_is_named(settled: Parts, stripe: str) -> None:
    ask(f"{stripe}/_sandbox/reset", {})
    assert "row too many: txn_" in found(settled)


def test_what_cannot_be_settled_is_named_with_its_reason(settled: Parts) -> None:
    mark(settled, "pi_gone")
    assert "parked: pi_gone: ObjectGone: No such payment_intent" in found(settled)


def test_any_order_gives_the_same_books(settled: Parts, stripe: str) -> None:
    """Everything looked at again, in two other orders: not a byte of the books changes."""
    before = books(settled)
    for reverse in (False, True):
        for object_id in sorted(objects(settled), reverse=reverse):
            mark(settled, object_id)
            settle_all(settled)
    assert books(settled) == before


def books(parts: Parts) -> list[tuple[Any, ...]]:
    with parts.sessions.begin() as session:
        rows = session.execute(
            text(
                "SELECT key, entries.kind, effective_at, context::text, code, amount FROM entries "
                "JOIN postings ON entry_id = entries.id JOIN accounts ON accounts.id = account_id "
                "ORDER BY key, line"
            )
        )
        return [tuple(row) for row in rows]


def objects(parts: Parts) -> list[str]:
    with parts.sessions.begin() as session:
        return list(
            session.scalars(
                text(
                    "SELECT session_id FROM checkouts UNION SELECT payment_intent_id FROM donations UNION "
                    "SELECT charge_id FROM donations UNION SELECT subscription_id FROM recurring_donations"
                )
            )
        )


def a_shop(client: library.StripeClient) -> None:
    """Somebody else's business on the same account: one sale, one monthly subscription."""
    client.v1.payment_intents.create(
        params={"amount": 4200, "currency": "eur", "payment_method": "pm_card_visa", "confirm": True}
    )
    customer = client.v1.customers.create(
        params={
            "payment_method": "pm_card_visa",
            "invoice_settings": {"default_payment_method": "pm_card_visa"},
        }
    )
    product = client.v1.products.create(params={"name": "Supporter"})
    price = {"currency": "eur", "unit_amount": 700, "product": product.id, "recurring": {"interval": "month"}}
    client.v1.subscriptions.create(params={"customer": customer.id, "items": [{"price_data": price}]})  # type: ignore[arg-type]


def test_adopting_a_whole_history(parts: Parts, stripe: str, client: library.StripeClient) -> None:
    a_shop(client)
    adopting.adopt(parts, None)
    assert reconcile.reconcile(parts) == []
    standing = balances(parts)
    assert standing["income:other"] == -4200
    assert standing["income:donations:monthly"] == -700
    with parts.sessions.begin() as session:
        adopted = session.execute(text("SELECT status, amount, checkout_id FROM recurring_donations")).all()
    assert [tuple(row) for row in adopted] == [("active", 700, None)]


def totals(stripe: str) -> dict[str, int]:
    found: dict[str, int] = ask(f"{stripe}/_sandbox/books")["totals"]["eur"]
    return found


def test_adopting_from_a_day(parts: Parts, stripe: str, client: library.StripeClient) -> None:
    a_shop(client)
    sold = until(lambda: totals(stripe) if totals(stripe)["count"] == 2 else None, "both sales to be settled")
    ask(f"{stripe}/_sandbox/advance", {"seconds": 2 * DAY})
    begin = clock.now() - timedelta(days=1)
    client.v1.payment_intents.create(
        params={"amount": 900, "currency": "eur", "payment_method": "pm_card_visa", "confirm": True}
    )
    adopting.adopt(parts, begin)
    assert reconcile.reconcile(parts) == []
    standing = balances(parts)
    assert standing["equity:opening"] == -sold["net"]
    assert standing["income:other"] == -900
    adopting.adopt(parts, begin)
    assert balances(parts) == standing
    with pytest.raises(adopting.CannotAdopt, match="entries already"):
        adopting.adopt(parts, begin - timedelta(days=1))


def test_events_that_come_after_all_double_nothing(
    settled: Parts, stripe: str, client: library.StripeClient
) -> None:
    """A month without a webhook, the books completed alone; then every event of it arrives, twice."""
    before = books(settled)
    endpoint = Client(WebhookEndpoint(settled, None))
    events = [
        event.to_dict(for_json=True) for event in client.v1.events.list({"limit": 100}).auto_paging_iter()
    ]
    assert len(events) > 20
    for told in [*reversed(events), *events]:
        body = encode(told)
        sent = endpoint.post(PATH, data=body, headers={"Stripe-Signature": signature(body, WEBHOOK_SECRET)})
        assert sent.status_code == 204
    settle_all(settled)
    assert books(settled) == before
    with settled.sessions.begin() as session:
        assert session.scalar(text("SELECT count(*) FROM events WHERE closed_at IS NULL")) == 0
        assert session.scalar(text("SELECT count(*) FROM messages")) == 3
    assert reconcile.reconcile(settled) == []
