"""Settling against the sandbox's Stripe: what was paid there stands here, once, to the cent."""

import pytest
import stripe as library
from sqlalchemy import select, text

from service.donations.models import Checkout, Donation, RecurringDonation
from service.donations.opening import open_checkout
from service.donors import reveal
from service.parts import Parts
from service.settling import backlog, rounds
from tests.programs import ask, pay
from tests.settling.conftest import balances, give, mark, settle_all, wish


def test_a_one_time_donation_is_paid_posted_and_promised_a_receipt(parts: Parts, stripe: str) -> None:
    checkout = give(parts, stripe)
    assert checkout.session_id
    mark(parts, checkout.session_id)
    settle_all(parts)
    with parts.sessions.begin() as session:
        donation = session.scalars(select(Donation)).one()
        settled = session.get_one(Checkout, checkout.id)
        message = session.execute(text("SELECT kind, subject, recipient, locale FROM messages")).one()
        entry = session.execute(text("SELECT donation_id, request_id FROM entries")).one()
        assert donation.donor_id
        person = reveal(session, parts.keyring, donation.donor_id)
    assert (donation.status, donation.amount, donation.currency) == ("paid", 2500, "eur")
    assert (settled.status, settled.donor_id) == ("paid", donation.donor_id)
    assert message == ("receipt", donation.id, donation.donor_id, "en")
    assert entry == (donation.id, "request-1")
    assert person is not None
    assert (person.email, person.name) == ("reader@example.org", "A Reader")
    (row,) = ask(f"{stripe}/_sandbox/books")["balance_transactions"]
    assert balances(parts) == {
        "assets:stripe": row["net"],
        "expenses:fees:processing": row["fee"],
        "income:donations:once": -2500,
    }


@pytest.mark.parametrize("frequency", ["monthly", "annual"])
def test_the_first_payment_of_a_recurring_donation(parts: Parts, stripe: str, frequency: str) -> None:
    checkout = give(parts, stripe, frequency=frequency, amount=1000)
    assert checkout.session_id
    mark(parts, checkout.session_id)
    settle_all(parts)
    with parts.sessions.begin() as session:
        donation = session.scalars(select(Donation)).one()
        recurring = session.scalars(select(RecurringDonation)).one()
    assert (donation.status, donation.frequency, donation.amount) == ("paid", frequency, 1000)
    assert donation.recurring_donation_id == recurring.id
    assert (recurring.status, recurring.frequency, recurring.amount) == ("active", frequency, 1000)
    assert recurring.donor_id == donation.donor_id is not None
    assert recurring.current_period_end
    assert balances(parts)[f"income:donations:{frequency}"] == -1000


def test_any_order_and_number_of_marks_ends_the_same(
    parts: Parts, stripe: str, client: library.StripeClient
) -> None:
    """Whichever of its objects is settled first, and however often, the donation ends the same."""
    checkouts = [give(parts, stripe, frequency=each) for each in ("monthly", "monthly", "monthly")]
    ids = [_ids_of(client, checkout.session_id or "") for checkout in checkouts]
    orders = [("cs", "sub", "pi"), ("pi", "cs", "sub"), ("sub", "pi", "cs")]
    for found, order in zip(ids, orders, strict=True):
        for each in order:
            for _ in range(2):
                mark(parts, found[each])
                settle_all(parts)
    with parts.sessions.begin() as session:
        donations = session.scalars(select(Donation)).all()
        assert len(donations) == 3
        assert {(each.status, each.frequency) for each in donations} == {("paid", "monthly")}
        assert len({each.donor_id for each in donations}) == 1
        assert session.scalar(text("SELECT count(*) FROM messages")) == 3
        assert session.scalar(text("SELECT count(*) FROM entries")) == 3
        assert session.scalar(text("SELECT sum(amount) FROM postings")) == 0


def _ids_of(client: library.StripeClient, session_id: str) -> dict[str, str]:
    session = client.v1.checkout.sessions.retrieve(session_id)
    subscription = client.v1.subscriptions.retrieve(
        str(session.subscription), params={"expand": ["latest_invoice.payments"]}
    ).to_dict()
    payment = subscription["latest_invoice"]["payments"]["data"][0]["payment"]["payment_intent"]
    return {"cs": session_id, "sub": str(session.subscription), "pi": payment}


def test_a_declined_try_is_no_donation_and_the_page_stays_open(parts: Parts, stripe: str) -> None:
    checkout, _ = open_checkout(parts, wish(), "request-1")
    assert checkout.session_id
    pay(stripe, checkout.session_id, card="4000000000009995")
    mark(parts, checkout.session_id)
    settle_all(parts)
    with parts.sessions.begin() as session:
        assert session.scalars(select(Donation)).all() == []
        assert session.get_one(Checkout, checkout.id).status == "open"
    pay(stripe, checkout.session_id)
    mark(parts, checkout.session_id)
    settle_all(parts)
    with parts.sessions.begin() as session:
        assert session.scalars(select(Donation)).one().status == "paid"


def test_a_page_that_ran_out_is_expired(parts: Parts, stripe: str) -> None:
    checkout, _ = open_checkout(parts, wish(email="reader@example.org"), "request-1")
    assert checkout.session_id
    ask(f"{stripe}/_sandbox/advance", {"seconds": 90_000})
    mark(parts, checkout.session_id)
    settle_all(parts)
    with parts.sessions.begin() as session:
        expired = session.get_one(Checkout, checkout.id)
        assert (expired.status, expired.email_sealed) == ("expired", None)


def test_what_stripe_does_not_know_is_parked_with_the_reason(parts: Parts) -> None:
    mark(parts, "pi_gone")
    settle_all(parts)
    with parts.sessions.begin() as session:
        (work,) = backlog.parked(session)
    assert work.object_id == "pi_gone"
    assert "No such payment_intent" in (work.reason or "")


def test_stripe_away_is_put_off_and_settled_when_it_is_back(parts: Parts, stripe: str) -> None:
    checkout = give(parts, stripe)
    assert checkout.session_id
    ask(f"{stripe}/_sandbox/faults", {"endpoint": "/v1/checkout/sessions/*", "kind": "500", "rate": 1})
    mark(parts, checkout.session_id)
    rounds.settle_due(parts)
    with parts.sessions.begin() as session:
        reason, attempts = session.execute(text("SELECT reason, attempts FROM work")).one()
    assert (reason.split(":")[0], attempts) == ("StripeFailed", 1)
    ask(f"{stripe}/_sandbox/faults", method="DELETE")
    settle_all(parts)
    with parts.sessions.begin() as session:
        assert session.scalars(select(Donation)).one().status == "paid"


def test_money_that_is_no_donation_is_booked_as_other_income(
    parts: Parts, client: library.StripeClient
) -> None:
    shop = client.v1.payment_intents.create(
        params={"amount": 4200, "currency": "eur", "payment_method": "pm_card_visa", "confirm": True}
    )
    mark(parts, shop.id)
    settle_all(parts)
    assert balances(parts)["income:other"] == -4200
    with parts.sessions.begin() as session:
        assert session.scalars(select(Donation)).all() == []
        assert session.scalar(text("SELECT count(*) FROM messages")) == 0
