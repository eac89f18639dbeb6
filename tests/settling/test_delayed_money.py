"""Money that takes days, fails, and is tried again: every row booked once, whenever we come to hear of it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from service import clock
from service.donations import checkouts
from service.donations.models import Checkout, Donation
from service.donations.opening import open_checkout
from service.gateway import ObjectGone
from service.parts import Parts
from service.settling import adopting, backlog, polling, queue, reconcile
from tests.programs import ask, pay
from tests.settling.conftest import balances, give, mark, settle_all, wish

DAY = 86_400
DEBIT = {"card": None, "method": "sepa_debit"}


def debit(parts: Parts, stripe: str, outcome: str, **changes: Any) -> Checkout:
    return give(parts, stripe, how=DEBIT | {"outcome": outcome}, **changes)


def advance(stripe: str, days: int) -> None:
    ask(f"{stripe}/_sandbox/advance", {"seconds": days * DAY})


def status(parts: Parts) -> tuple[str, str]:
    with parts.sessions.begin() as session:
        donation = session.scalars(select(Donation)).one()
        return donation.status, session.get_one(Checkout, donation.checkout_id).status


@pytest.mark.parametrize("seen_while_pending", [True, False])
def test_a_debit_that_fails_is_booked_there_and_back(
    parts: Parts, stripe: str, seen_while_pending: bool
) -> None:
    checkout = debit(parts, stripe, "failed")
    if seen_while_pending:
        mark(parts, checkout.session_id or "")
        settle_all(parts)
        assert status(parts) == ("processing", "processing")
    advance(stripe, 10)
    assert reconcile.reconcile(parts) == []
    assert status(parts) == ("failed", "failed")
    assert "income:donations:once" not in balances(parts)
    with parts.sessions.begin() as session:
        kinds = session.execute(
            text(
                "SELECT entries.kind, code, amount FROM entries JOIN postings ON entry_id = entries.id "
                "JOIN accounts ON accounts.id = account_id WHERE code LIKE 'income:%' ORDER BY 3"
            )
        ).all()
    assert [tuple(row) for row in kinds] == [
        ("charge", "income:donations:once", -2500),
        ("charge_failure", "income:donations:once", 2500),
    ]


def test_a_monthly_debit_that_fails_and_is_tried_again(parts: Parts, stripe: str) -> None:
    """Stripe charges the same payment again: the first charge's rows are booked all the same."""
    checkout = debit(parts, stripe, "failed", frequency="monthly")
    mark(parts, checkout.session_id or "")
    advance(stripe, 20)
    assert reconcile.reconcile(parts) == []


def test_a_debit_that_succeeds_days_later(parts: Parts, stripe: str) -> None:
    checkout = debit(parts, stripe, "succeeded")
    mark(parts, checkout.session_id or "")
    settle_all(parts)
    advance(stripe, 10)
    assert reconcile.reconcile(parts) == []
    assert status(parts) == ("paid", "paid")
    with parts.sessions.begin() as session:
        assert session.scalar(text("SELECT count(*) FROM messages WHERE kind = 'receipt'")) == 1


def test_what_was_booked_before_it_was_known_is_put_where_it_belongs(
    parts: Parts, stripe: str, client: Any
) -> None:
    customer = client.v1.customers.create({"payment_method": "pm_card_visa"})
    client.v1.customers.update(customer.id, {"invoice_settings": {"default_payment_method": "pm_card_visa"}})
    product = client.v1.products.create({"name": "Supporter"})
    price = {"currency": "eur", "unit_amount": 700, "product": product.id, "recurring": {"interval": "month"}}
    client.v1.subscriptions.create({"customer": customer.id, "items": [{"price_data": price}]})
    polling.poll(parts)
    settle_all(parts)
    assert balances(parts)["income:other"] == -700
    adopting.adopt(parts, None)
    assert balances(parts)["income:donations:monthly"] == -700
    assert "income:other" not in balances(parts)
    assert reconcile.reconcile(parts) == []


def test_a_poller_that_was_away_for_months_misses_nothing(parts: Parts, stripe: str) -> None:
    polling.poll(parts)
    advance(stripe, 1)
    give(parts, stripe)
    advance(stripe, 90)
    assert polling.poll(parts) == 1


def test_a_mark_made_during_the_last_try_is_not_parked_away(parts: Parts) -> None:
    mark(parts, "pi_gone")
    with parts.sessions.begin() as session:
        (leased,) = queue.lease_due(session)
    mark(parts, "pi_gone")
    with parts.sessions.begin() as session:
        assert queue.put_off(session, leased, str(ObjectGone("gone")), park=True) is False
        assert backlog.parked(session) == []


def test_a_page_that_settling_saw_first_keeps_its_address(parts: Parts, stripe: str) -> None:
    """Killed after Stripe's answer; meanwhile the session was settled from Stripe's list."""
    asked = wish()
    with parts.sessions.begin() as session:
        checkout = checkouts.write_down(session, parts.keyring, asked, locale="en", request_id="request-1")
    parts.gateway.open_checkout(checkouts.order(checkout, parts.keyring, parts.settings))
    reconcile.find_again(parts, clock.now() - timedelta(days=1))
    settle_all(parts)
    again, _ = open_checkout(parts, asked, "request-2")
    assert again.session_url and again.expires_at
    pay(stripe, again.session_id or "")
