"""Changing a subscription: amount, rhythm and quantity with what that costs; trials; pauses."""

from datetime import datetime
from typing import Any

import pytest
import stripe

from tests.sandbox.stripe.subscribing import DAY, HOUR, Donor, price, subscribed


def item(donor: Donor) -> str:
    found: str = donor.now["items"].data[0].id
    return found


def halfway(donor: Donor) -> None:
    """Half of the period is over, to the second: the account's clock does not stand still in a test."""
    start, end = donor.period
    donor.until(start + (end - start) // 2)


def test_another_amount_from_the_next_period_on(sandbox: Any) -> None:
    donor = subscribed(sandbox, 1000)
    mark = sandbox.last_event()
    donor.change(items=[{"id": item(donor), "price": price(sandbox, 2500)}], proration_behavior="none")
    kinds = set(sandbox.event_types(ending_before=mark))
    assert kinds == {"customer.subscription.updated", "price.created", "product.created"}
    told = donor.told("customer.subscription.updated")[-1].data.previous_attributes
    assert told["items"]["data"][0]["price"]["unit_amount"] == 1000
    donor.period_over()
    assert [invoice.amount_paid for invoice in donor.invoices] == [1000, 2500]


def test_more_in_the_middle_of_a_period(sandbox: Any) -> None:
    donor = subscribed(sandbox, 1000)
    halfway(donor)
    donor.change(items=[{"id": item(donor), "price": price(sandbox, 3000)}])
    pending = sandbox.client.v1.invoice_items.list({"customer": donor.customer}).data
    assert sorted(entry.amount for entry in pending) == [-500, 1500]
    assert all(entry.proration and entry.invoice is None for entry in pending)
    donor.period_over()
    lines = sorted(line.amount for line in donor.last.lines.data)
    assert (lines, donor.last.total, donor.last.amount_paid) == ([-500, 1500, 3000], 4000, 4000)
    details = donor.last.lines.data[0].parent.subscription_item_details
    assert (details.proration, details.subscription_item) == (True, item(donor))


def test_more_at_once(sandbox: Any) -> None:
    donor = subscribed(sandbox, 1000)
    halfway(donor)
    donor.change(items=[{"id": item(donor), "quantity": 3}], proration_behavior="always_invoice")
    last = donor.last
    assert (last.billing_reason, last.total, last.status) == ("subscription_update", 1000, "paid")
    assert donor.now.latest_invoice == last.id


def test_less_at_once_is_kept_for_the_next_invoice(sandbox: Any) -> None:
    donor = subscribed(sandbox, 4000)
    halfway(donor)
    donor.change(
        items=[{"id": item(donor), "price": price(sandbox, 1000)}], proration_behavior="always_invoice"
    )
    assert (donor.last.total, donor.last.amount_due, donor.last.ending_balance) == (-1500, 0, -1500)
    assert sandbox.client.v1.customers.retrieve(donor.customer).balance == -1500
    donor.period_over()
    assert (donor.last.total, donor.last.starting_balance, donor.last.amount_due) == (1000, -1500, 0)
    assert donor.last.status == "paid"
    donor.period_over()
    assert (donor.last.total, donor.last.amount_due, donor.last.amount_paid) == (1000, 500, 500)
    assert sandbox.client.v1.customers.retrieve(donor.customer).balance == 0


def test_from_monthly_to_yearly(sandbox: Any) -> None:
    donor = subscribed(sandbox, 1000)
    halfway(donor)
    donor.change(items=[{"id": item(donor), "price": price(sandbox, 12_000, every="year")}])
    start, end = donor.period
    assert end - start >= 365 * DAY
    assert (donor.last.total, donor.last.status) == (11_500, "paid")
    assert donor.now.billing_cycle_anchor == start


def test_a_new_period_from_now_on(sandbox: Any) -> None:
    donor = subscribed(sandbox, 1000)
    halfway(donor)
    donor.change(billing_cycle_anchor={"type": "now"}, proration_behavior="none")
    assert (donor.last.total, len(donor.invoices)) == (1000, 2)
    assert donor.now.billing_cycle_anchor == donor.period[0]


def test_a_change_that_the_bank_refuses(sandbox: Any) -> None:
    donor = subscribed(sandbox, 1000)
    donor.card("4000000000000341")
    more = {"items": [{"id": item(donor), "quantity": 9}], "proration_behavior": "always_invoice"}
    with pytest.raises(stripe.CardError):
        donor.change(**more, payment_behavior="error_if_incomplete")
    assert donor.now["items"].data[0].quantity == 1
    assert donor.change(**more).status == "past_due"
    assert donor.last.status == "open"


def test_items_come_and_go(sandbox: Any) -> None:
    donor = subscribed(sandbox, 1000)
    extra = price(sandbox, 200)
    changed = donor.change(items=[{"price": extra, "quantity": 2}], proration_behavior="none")
    first, second = changed["items"].data
    assert (first.price.unit_amount, second.quantity) == (1000, 2)
    changed = donor.change(items=[{"id": first.id, "deleted": True}], proration_behavior="none")
    assert [entry.id for entry in changed["items"].data] == [second.id]
    for wrong in (
        [{"id": second.id, "deleted": True}],
        [{"price": price(sandbox, 100, every="year")}],
        [{"price": price(sandbox, 100, "eur")}],
        [{"id": "si_none", "quantity": 1}],
    ):
        with pytest.raises(stripe.InvalidRequestError):
            donor.change(items=wrong)


def test_a_trial_and_its_end(sandbox: Any) -> None:
    donor = subscribed(sandbox, 1000, trial_period_days=14)
    begun = donor.now
    assert (begun.status, begun.trial_end) == ("trialing", donor.period[1])
    assert (donor.last.total, donor.last.status, donor.last.billing_reason) == (
        0,
        "paid",
        "subscription_create",
    )
    donor.until(begun.trial_end - 2 * DAY)
    (warned,) = donor.told("customer.subscription.trial_will_end")
    assert warned.created == begun.trial_end - 3 * DAY
    donor.until(begun.trial_end + 2 * HOUR)
    assert (donor.now.status, donor.last.amount_paid, donor.last.billing_reason) == (
        "active",
        1000,
        "subscription_cycle",
    )
    told = donor.told("customer.subscription.updated")
    before = [event.data.previous_attributes.to_dict().get("status") for event in told]
    assert before == ["incomplete", "trialing"]


def test_a_trial_ended_or_made_longer_by_hand(sandbox: Any) -> None:
    donor = subscribed(sandbox, 1000, trial_period_days=14)
    longer = donor.now.trial_end + 30 * DAY
    assert donor.change(trial_end=longer).trial_end == longer
    assert donor.period[1] == longer
    ended = donor.change(trial_end="now")
    assert (ended.status, donor.last.amount_paid) == ("active", 1000)
    again = donor.change(trial_end=donor.period[1], proration_behavior="none")
    assert (again.status, again.trial_end) == ("trialing", donor.period[1])


@pytest.mark.parametrize(
    ("wish", "status"), [("cancel", "canceled"), ("pause", "paused"), ("create_invoice", "past_due")]
)
def test_a_trial_without_a_card(sandbox: Any, wish: str, status: str) -> None:
    v1 = sandbox.client.v1
    customer = v1.customers.create({"email": "c@example.org"})
    subscription = v1.subscriptions.create(
        {
            "customer": customer.id,
            "items": [{"price": price(sandbox, 900)}],
            "trial_period_days": 5,
            "trial_settings": {"end_behavior": {"missing_payment_method": wish}},
        }
    )
    donor = Donor(sandbox, customer.id, subscription.id)
    donor.period_over()
    found = donor.now
    assert found.status == status
    if status == "paused":
        assert found.status_details.paused.subscription.type == "trial_end_without_payment_method"
        assert len(donor.told("customer.subscription.paused")) == 1
        donor.card("4242424242424242")
        assert v1.subscriptions.resume(donor.id).status == "active"
        assert donor.last.amount_paid == 900
        assert len(donor.told("customer.subscription.resumed")) == 1


@pytest.mark.parametrize(
    ("behavior", "status"),
    [("void", "void"), ("keep_as_draft", "draft"), ("mark_uncollectible", "uncollectible")],
)
def test_collection_is_paused(sandbox: Any, behavior: str, status: str) -> None:
    donor = subscribed(sandbox, 1000)
    resumes = donor.period[1] + 2 * DAY
    paused = donor.change(pause_collection={"behavior": behavior, "resumes_at": resumes})
    assert (paused.status, paused.pause_collection.behavior) == ("active", behavior)
    donor.period_over()
    assert (donor.last.status, donor.last.amount_paid, donor.now.status) == (status, 0, "active")
    donor.period_over()
    assert donor.now.pause_collection is None
    assert (donor.last.status, donor.last.amount_paid) == ("paid", 1000)
    donor.change(pause_collection={"behavior": "void"})
    assert donor.change(pause_collection="").pause_collection is None


def test_a_subscription_stands_still(sandbox: Any) -> None:
    donor = subscribed(sandbox, 1000)
    v1 = sandbox.client.v1
    halfway(donor)
    paused = v1.subscriptions.pause(donor.id)
    assert (paused.status, paused.status_details.paused.subscription.type) == ("paused", "pause_requested")
    sandbox.lever("advance", seconds=90 * DAY)
    assert len(donor.invoices) == 1
    resumed = v1.subscriptions.resume(donor.id)
    assert resumed.status == "active"
    assert (donor.last.total, donor.last.amount_paid) == (500, 500)
    assert abs(donor.period[0] - donor.last.created) <= 1
    with pytest.raises(stripe.InvalidRequestError, match="Only paused"):
        v1.subscriptions.resume(donor.id)


def test_resuming_waits_for_the_money(sandbox: Any) -> None:
    donor = subscribed(sandbox, 1000)
    v1 = sandbox.client.v1
    v1.subscriptions.pause(donor.id, {"bill_for": {"unused_time_from": {"type": "none"}}})
    donor.card("4000000000000341")
    waits = v1.subscriptions.resume(donor.id, {"payment_behavior": "resume_on_payment_success"})
    assert waits.status == "paused"
    v1.invoices.pay(donor.last.id, {"payment_method": "pm_card_visa"})
    assert donor.now.status == "active"


def test_an_anchor_in_the_future(sandbox: Any) -> None:
    now = datetime.fromisoformat(sandbox.look("clock")["now"]).timestamp()
    donor = subscribed(sandbox, 3000, billing_cycle_anchor=int(now) + 15 * DAY)
    assert donor.period[1] == donor.now.billing_cycle_anchor
    assert 1400 <= donor.last.total <= 1620
    donor.period_over()
    assert donor.last.amount_paid == 3000


def test_over_is_over(sandbox: Any) -> None:
    donor = subscribed(sandbox)
    sandbox.client.v1.subscriptions.cancel(donor.id)
    with pytest.raises(stripe.InvalidRequestError, match="can only update its cancellation_details"):
        donor.change(cancel_at_period_end=True)
    assert donor.change(metadata={"a": "b"}).metadata["a"] == "b"
