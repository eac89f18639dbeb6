"""Renewals that fail: tried again by a schedule, recovered, or ended as the dashboard says."""

from typing import Any

import pytest
import requests
import stripe

from tests.sandbox.stripe.subscribing import DAY, HOUR, Donor, subscribed

FAILS = "4000000000000341"
PAYS = "4242424242424242"


@pytest.fixture(autouse=True)
def usual_rules(sandbox: Any) -> None:
    sandbox.lever(
        "billing",
        retries=[3, 5, 7],
        subscription="cancel",
        invoice="open",
        upcoming_days=7,
        finalize_seconds=3600,
    )


def test_it_is_tried_again_and_recovers(sandbox: Any) -> None:
    donor = subscribed(sandbox)
    end = donor.period[1]
    donor.card(FAILS)
    donor.period_over()
    failed = donor.last
    assert donor.now.status == "past_due"
    assert (failed.status, failed.attempt_count, failed.attempted) == ("open", 1, True)
    assert failed.next_payment_attempt == end + HOUR + 3 * DAY
    (told,) = donor.told("invoice.payment_failed")
    assert told.data.object.next_payment_attempt == failed.next_payment_attempt
    late = donor.told("customer.subscription.updated")[-1]
    assert late.data.previous_attributes["status"] == "active"
    (payment,) = sandbox.client.v1.invoice_payments.list({"invoice": failed.id}).data
    intent = sandbox.client.v1.payment_intents.retrieve(payment.payment.payment_intent)
    assert (intent.status, intent.last_payment_error.decline_code) == (
        "requires_payment_method",
        "generic_decline",
    )

    donor.until(failed.next_payment_attempt + 1)
    assert (donor.last.attempt_count, donor.last.next_payment_attempt) == (2, end + HOUR + 8 * DAY)
    donor.card(PAYS)
    donor.until(donor.last.next_payment_attempt + 1)
    assert (donor.last.status, donor.last.attempt_count, donor.last.amount_paid) == ("paid", 3, 1000)
    assert donor.last.next_payment_attempt is None
    assert donor.now.status == "active"
    assert donor.told("customer.subscription.updated")[-1].data.previous_attributes.to_dict() == {
        "status": "past_due"
    }
    assert len(donor.told("invoice.payment_failed")) == 2
    donor.period_over()
    assert (donor.now.status, len(donor.invoices)) == ("active", 3)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("4000000000009995", "insufficient_funds"),
        ("4000000000009987", "lost_card"),
        ("4000000000000069", "expired_card"),
        ("4000000000000119", "processing_error"),
    ],
)
def test_every_refusal_can_come_at_a_renewal(sandbox: Any, number: str, code: str) -> None:
    donor = subscribed(sandbox)
    donor.card(number)
    donor.period_over()
    charge = sandbox.client.v1.charges.list({"customer": donor.customer}).data[0]
    assert (charge.status, charge.outcome.reason) == ("failed", code)
    assert donor.now.status == "past_due"


@pytest.mark.parametrize(
    ("subscription", "invoice", "status", "invoice_status"),
    [
        ("cancel", "open", "canceled", "open"),
        ("unpaid", "open", "unpaid", "open"),
        ("past_due", "open", "past_due", "open"),
        ("cancel", "uncollectible", "canceled", "uncollectible"),
    ],
)
def test_after_the_last_try(
    sandbox: Any, subscription: str, invoice: str, status: str, invoice_status: str
) -> None:
    sandbox.lever("billing", retries=[1, 2], subscription=subscription, invoice=invoice)
    donor = subscribed(sandbox)
    end = donor.period[1]
    donor.card(FAILS)
    donor.until(end + 6 * DAY)
    found = donor.now
    last = donor.invoices[1]
    assert (found.status, last.status, last.attempt_count) == (status, invoice_status, 3)
    assert last.next_payment_attempt is None
    failures = donor.told("invoice.payment_failed")
    assert [event.created for event in failures] == [end + HOUR, end + HOUR + DAY, end + HOUR + 3 * DAY]
    if status == "canceled":
        assert found.cancellation_details.reason == "payment_failed"
        assert found.ended_at == failures[-1].created
    if invoice_status == "uncollectible":
        assert last.status_details.uncollectible.reason == "max_payment_attempts"


def test_unpaid_goes_on_with_drafts_until_somebody_pays(sandbox: Any) -> None:
    sandbox.lever("billing", retries=[], subscription="unpaid")
    donor = subscribed(sandbox)
    donor.card(FAILS)
    donor.period_over()
    owed = donor.last
    assert donor.now.status == "unpaid"
    donor.period_over()
    assert (donor.last.status, donor.last.auto_advance) == ("draft", False)
    donor.card(PAYS)
    sandbox.client.v1.invoices.pay(owed.id)
    assert donor.now.status == "active"


def test_paying_by_hand_between_the_tries(sandbox: Any) -> None:
    donor = subscribed(sandbox)
    donor.card(FAILS)
    donor.period_over()
    due = donor.last.next_payment_attempt
    with pytest.raises(stripe.CardError) as refused:
        sandbox.client.v1.invoices.pay(donor.last.id)
    assert refused.value.code == "card_declined"
    assert (donor.last.attempt_count, donor.last.next_payment_attempt) == (1, due)
    paid = sandbox.client.v1.invoices.pay(donor.last.id, {"payment_method": "pm_card_visa"})
    assert (paid.status, paid.attempt_count) == ("paid", 1)
    assert donor.now.status == "active"
    with pytest.raises(stripe.InvalidRequestError, match="already paid"):
        sandbox.client.v1.invoices.pay(donor.last.id)


@pytest.mark.parametrize(
    ("verb", "status"), [("void_invoice", "void"), ("mark_uncollectible", "uncollectible")]
)
def test_giving_up_what_is_owed(sandbox: Any, verb: str, status: str) -> None:
    donor = subscribed(sandbox)
    donor.card(FAILS)
    donor.period_over()
    assert getattr(sandbox.client.v1.invoices, verb)(donor.last.id).status == status
    assert donor.now.status == "active"
    donor.card(PAYS)
    donor.until(donor.last.created + 12 * DAY)
    assert donor.last.status == status


def test_paid_in_another_way(sandbox: Any) -> None:
    donor = subscribed(sandbox)
    donor.card(FAILS)
    donor.period_over()
    paid = sandbox.client.v1.invoices.pay(donor.last.id, {"paid_out_of_band": True})
    assert (paid.status, paid.amount_paid_off_stripe, paid.amount_remaining) == ("paid", 1000, 0)
    assert donor.now.status == "active"
    (payment,) = sandbox.client.v1.invoice_payments.list({"invoice": paid.id}).data
    assert payment.status == "canceled"
    intent = sandbox.client.v1.payment_intents.retrieve(payment.payment.payment_intent)
    assert intent.status == "canceled"


def test_no_card_at_all(sandbox: Any) -> None:
    donor = subscribed(sandbox)
    method = sandbox.client.v1.payment_methods.list({"customer": donor.customer}).data[0]
    sandbox.client.v1.payment_methods.detach(method.id)
    donor.period_over()
    assert (donor.last.status, donor.last.attempt_count, donor.now.status) == ("open", 1, "past_due")


def test_a_card_that_the_bank_has_replaced(sandbox: Any) -> None:
    donor = subscribed(sandbox)
    told = donor.card("5555555555554444", keep=True)
    (method,) = told["payment_methods"]
    found = sandbox.client.v1.payment_methods.retrieve(method)
    assert (found.card.last4, found.customer) == ("4444", donor.customer)
    (event,) = donor.told("payment_method.automatically_updated")
    assert event.data.previous_attributes["card"]["last4"] == "4242"
    donor.card(FAILS, keep=True)
    donor.period_over()
    assert donor.now.status == "past_due"


def test_a_first_payment_that_fails_is_not_tried_again(sandbox: Any) -> None:
    v1 = sandbox.client.v1
    customer = v1.customers.create({"payment_method": "pm_card_chargeCustomerFail"})
    method = v1.payment_methods.list({"customer": customer.id}).data[0].id
    item = {"price_data": {"currency": "usd", "unit_amount": 700, "recurring": {"interval": "month"},
                           "product": v1.products.create({"name": "Donation"}).id}}  # fmt: skip
    wanted = {"customer": customer.id, "items": [item], "default_payment_method": method}
    with pytest.raises(stripe.CardError):
        v1.subscriptions.create({**wanted, "payment_behavior": "error_if_incomplete"})
    assert v1.subscriptions.list({"customer": customer.id, "status": "all"}).data == []
    subscription = v1.subscriptions.create(wanted)
    assert subscription.status == "incomplete"
    first = v1.invoices.retrieve(subscription.latest_invoice)
    assert (first.status, first.attempt_count, first.next_payment_attempt) == ("open", 1, None)
    sandbox.lever("advance", seconds=23 * HOUR + 60)
    assert v1.subscriptions.retrieve(subscription.id).status == "incomplete_expired"
    assert v1.invoices.retrieve(first.id).status == "void"


def test_bad_orders_to_the_levers(sandbox: Any) -> None:
    donor = subscribed(sandbox)
    for lever, given, words in (
        ("billing", {"subscription": "shout"}, "subscription is one of"),
        ("billing", {"retries": "3"}, "a list of days"),
        ("billing", {"upcoming_days": -1}, "whole number"),
        ("billing", {"colour": 1}, "unknown: colour"),
        ("card", {"customer": "cus_none", "number": PAYS}, "no such customer"),
        ("card", {"customer": donor.customer, "number": "12"}, "no such card"),
    ):
        answer = requests.post(f"{sandbox.url}/_sandbox/{lever}", json=given, timeout=5)
        assert answer.status_code in (400, 404)
        assert words in answer.json()["error"]
    assert sandbox.lever("billing")["retries"] == [3, 5, 7]


def test_a_bank_debit_that_fails_days_after_its_renewal(sandbox: Any) -> None:
    told = sandbox.pay(sandbox.open(2000, "eur", "month"), method="sepa_debit")
    donor = Donor(sandbox, told["customer"], told["subscription"])
    assert (donor.now.status, donor.last.status, donor.last.attempt_count) == ("active", "open", 1)
    end = donor.period[1]
    donor.until(end - DAY)
    assert (donor.now.status, donor.last.status) == ("active", "paid")
    donor.until(end + 2 * HOUR)
    assert (donor.now.status, donor.last.status, donor.last.next_payment_attempt) == ("active", "open", None)
    (payment,) = sandbox.client.v1.invoice_payments.list({"invoice": donor.last.id}).data
    sandbox.lever("settle", payment_intent=payment.payment.payment_intent, outcome="failed")
    assert (donor.now.status, donor.last.attempt_count) == ("past_due", 1)
    donor.until(donor.last.next_payment_attempt + 20 * DAY)
    assert (donor.now.status, donor.last.status, donor.last.attempt_count) == ("active", "paid", 2)


def test_a_first_bank_debit_that_fails(sandbox: Any) -> None:
    """The subscription ran already: it is past due now, and the debit is tried again."""
    told = sandbox.pay(sandbox.open(2000, "eur", "month"), method="sepa_debit", outcome="failed")
    donor = Donor(sandbox, told["customer"], told["subscription"])
    assert donor.now.status == "active"
    donor.until(donor.now.created + 20 * DAY)
    assert donor.now.status == "past_due"
    assert (donor.last.status, donor.last.attempt_count > 1) == ("open", True)
