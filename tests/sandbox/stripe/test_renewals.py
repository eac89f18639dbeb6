"""Renewals by the clock: announced, drafted, final after an hour, paid; months of every length; the end."""

from typing import Any

import pytest

from tests.sandbox.stripe.subscribing import DAY, HOUR, Donor, at, day, subscribed


def test_a_month_passes(sandbox: Any) -> None:
    donor = subscribed(sandbox)
    start, end = donor.period
    mark = sandbox.last_event()
    donor.period_over()
    assert donor.now.status == "active"
    assert donor.period[0] == end
    first, second = donor.invoices
    assert (first.billing_reason, second.billing_reason) == ("subscription_create", "subscription_cycle")
    assert (second.status, second.amount_paid, second.attempt_count) == ("paid", 1000, 1)
    assert (second.period_start, second.period_end, second.created) == (start, end, end)
    line = second.lines.data[0]
    assert (line.period.start, line.period.end) == donor.period
    assert second.status_transitions.finalized_at == end + HOUR
    kinds = [kind for kind in sandbox.event_types(ending_before=mark) if kind != "balance.available"]
    wanted = [
        "invoice.upcoming", "invoice.created", "customer.subscription.updated", "invoice.finalized",
        "payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "invoice_payment.paid",
        "invoice.paid", "invoice.payment_succeeded", "charge.updated",
    ]  # fmt: skip
    assert kinds == wanted
    (upcoming,) = donor.told("invoice.upcoming")
    assert (upcoming.created, upcoming.data.object.amount_due) == (end - 7 * DAY, 1000)
    assert upcoming.data.object.id.startswith("upcoming_in_")
    (created,) = [event for event in donor.told("invoice.created") if event.created == end]
    drafted = created.data.object
    assert (drafted.status, drafted.next_payment_attempt) == ("draft", end + HOUR)
    renewed = donor.told("customer.subscription.updated")[-1]
    before = renewed.data.previous_attributes
    assert before["items"]["data"][0]["current_period_end"] == end
    assert before["latest_invoice"] == first.id
    assert renewed.data.object.latest_invoice == second.id


def test_the_money_arrives_with_the_renewal(sandbox: Any) -> None:
    donor = subscribed(sandbox, 2000)
    donor.period_over()
    (payment,) = sandbox.client.v1.invoice_payments.list({"invoice": donor.last.id}).data
    assert (payment.status, payment.amount_paid) == ("paid", 2000)
    charge = sandbox.charge_of(payment.payment.payment_intent)
    row = sandbox.client.v1.balance_transactions.retrieve(charge.balance_transaction)
    assert (row.amount, row.net) == (2000, 1912)
    assert row.created == donor.last.status_transitions.paid_at


@pytest.mark.parametrize(
    ("begins", "every", "ends"),
    [
        ("2027-01-31", "month", ["2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]),
        ("2028-01-30", "month", ["2028-02-29", "2028-03-30", "2028-04-30"]),
        ("2028-02-29", "year", ["2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]),
        ("2027-11-30", "month", ["2027-12-30", "2028-01-30", "2028-02-29", "2028-03-30"]),
    ],
)
def test_every_month_keeps_its_day(sandbox: Any, begins: str, every: str, ends: list[str]) -> None:
    """By a test clock: the account's own clock need not wait for the last of January."""
    clocks = sandbox.client.v1.test_helpers.test_clocks
    clock = clocks.create({"frozen_time": at(begins)})
    donor = subscribed(sandbox, every=every, customer={"test_clock": clock.id})
    seen = [day(donor.period[1])]
    while len(seen) < len(ends):
        clocks.advance(clock.id, {"frozen_time": donor.period[1] + 2 * HOUR})
        seen.append(day(donor.period[1]))
    assert seen == ends
    assert [invoice.status for invoice in donor.invoices] == ["paid"] * len(ends)
    assert {invoice.test_clock for invoice in donor.invoices} == {clock.id}


def test_a_year_of_months_at_once(sandbox: Any) -> None:
    donor = subscribed(sandbox, 500)
    start = donor.period[0]
    sandbox.lever("advance", seconds=366 * DAY)
    paid = [invoice.status_transitions.paid_at for invoice in donor.invoices]
    assert len(paid) == 13
    assert paid == sorted(paid)
    assert day(donor.period[0])[8:] == day(start)[8:]


def test_a_gift_from_the_page_comes_again(sandbox: Any) -> None:
    told = sandbox.pay(sandbox.open(1500, "eur", "month", customer_email="b@example.org"))
    sandbox.lever("advance", seconds=32 * DAY)
    found = sandbox.client.v1.invoices.list({"subscription": told["subscription"]}).data
    assert [(row.status, row.amount_paid, row.currency) for row in found] == [("paid", 1500, "eur")] * 2


def test_cancelling_at_the_end_of_the_period(sandbox: Any) -> None:
    donor = subscribed(sandbox)
    end = donor.period[1]
    changed = donor.change(
        cancel_at_period_end=True, cancellation_details={"comment": "moving", "feedback": "other"}
    )
    assert (changed.cancel_at, changed.cancel_at_period_end) == (end, True)
    back = donor.change(cancel_at_period_end=False)
    assert (back.cancel_at, back.canceled_at, back.cancellation_details.reason) == (None, None, None)
    later = donor.change(cancel_at="min_period_end")
    assert (later.cancel_at, later.cancel_at_period_end) == (end, False)
    donor.period_over()
    over = donor.now
    assert (over.status, over.ended_at, over.cancellation_details.reason) == (
        "canceled",
        end,
        "cancellation_requested",
    )
    assert len(donor.invoices) == 1
    assert donor.told("invoice.upcoming") == []
    (deleted,) = donor.told("customer.subscription.deleted")
    assert deleted.created == end


def test_cancelling_at_an_instant(sandbox: Any) -> None:
    donor = subscribed(sandbox)
    when = donor.period[1] + 10 * DAY
    donor.change(cancel_at=when)
    donor.until(when + 1)
    assert (donor.now.status, donor.now.ended_at) == ("canceled", when)
    assert len(donor.invoices) == 2


def test_cancelling_now(sandbox: Any) -> None:
    donor = subscribed(sandbox)
    over = sandbox.client.v1.subscriptions.cancel(
        donor.id, {"cancellation_details": {"feedback": "too_expensive"}}
    )
    assert (over.status, over.cancellation_details.feedback) == ("canceled", "too_expensive")
    sandbox.lever("advance", seconds=40 * DAY)
    assert len(donor.invoices) == 1


def test_cancelling_now_with_what_is_left_given_back(sandbox: Any) -> None:
    donor = subscribed(sandbox, 3000)
    start, end = donor.period
    donor.until(start + (end - start) // 2)
    sandbox.client.v1.subscriptions.cancel(donor.id, {"prorate": True, "invoice_now": True})
    last = donor.last
    assert (last.total, last.amount_due, last.status) == (-1500, 0, "paid")
    assert sandbox.client.v1.customers.retrieve(donor.customer).balance == -1500


def test_a_deleted_customer_is_charged_no_more(sandbox: Any) -> None:
    donor = subscribed(sandbox)
    sandbox.client.v1.customers.delete(donor.customer)
    assert donor.now.status == "canceled"
    sandbox.lever("advance", seconds=40 * DAY)
    assert len(donor.invoices) == 1


def test_a_donor_who_pays_in_another_currency_does_so_again(sandbox: Any) -> None:
    told = sandbox.pay(sandbox.open(2000, every="month"), presentment_currency="sek")
    donor = Donor(sandbox, told["customer"], told["subscription"])
    assert donor.now.presentment_details.presentment_currency == "sek"
    donor.period_over()
    charges = sandbox.client.v1.charges.list({"customer": donor.customer}).data
    assert [charge.amount for charge in charges] == [2000, 2000]
    assert [charge.presentment_details.presentment_currency for charge in charges] == ["sek", "sek"]


def test_a_customer_in_their_own_time_pays_on_the_page(sandbox: Any) -> None:
    v1 = sandbox.client.v1
    clock = v1.test_helpers.test_clocks.create({"frozen_time": at("2035-03-31")})
    customer = v1.customers.create({"test_clock": clock.id, "email": "a@b.example"})
    told = sandbox.pay(sandbox.open(900, every="month", customer=customer.id))
    donor = Donor(sandbox, customer.id, told["subscription"])
    assert [day(instant) for instant in donor.period] == ["2035-03-31", "2035-04-30"]
    v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": at("2035-06-01")})
    assert [invoice.status for invoice in donor.invoices] == ["paid"] * 3
