"""Invoices by hand: items, drafts, what a customer has in credit, payments in parts, and test clocks."""

from typing import Any

import pytest
import stripe

from tests.sandbox.stripe.subscribing import DAY, HOUR, at, subscribed


@pytest.fixture
def customer(sandbox: Any) -> str:
    wanted = {
        "payment_method": "pm_card_visa",
        "invoice_settings": {"default_payment_method": "pm_card_visa"},
    }
    found: str = sandbox.client.v1.customers.create({"email": "c@example.org", **wanted}).id
    return found


def drafted(sandbox: Any, customer: str, *amounts: int, **more: Any) -> Any:
    v1 = sandbox.client.v1
    for amount in amounts:
        v1.invoice_items.create({"customer": customer, "amount": amount, "currency": "usd"})
    return v1.invoices.create(
        {"customer": customer, "currency": "usd", "pending_invoice_items_behavior": "include", **more}
    )


def test_an_invoice_by_hand(sandbox: Any, customer: str) -> None:
    invoices = sandbox.client.v1.invoices
    draft = drafted(sandbox, customer, 700, 300, description="Event")
    assert (draft.status, draft.total, draft.billing_reason, draft.parent) == ("draft", 1000, "manual", None)
    assert sorted(line.amount for line in draft.lines.data) == [300, 700]
    assert invoices.update(draft.id, {"metadata": {"a": "b"}}).metadata["a"] == "b"
    final = invoices.finalize_invoice(draft.id)
    assert (final.status, final.amount_due, final.number[-5:]) == ("open", 1000, "-0001")
    with pytest.raises(stripe.InvalidRequestError, match="already finalized"):
        invoices.finalize_invoice(draft.id)
    with pytest.raises(stripe.InvalidRequestError, match="only delete draft"):
        invoices.delete(draft.id)
    assert invoices.pay(draft.id).status == "paid"
    with pytest.raises(stripe.InvalidRequestError, match="no longer editable"):
        sandbox.client.v1.invoice_items.delete(final.lines.data[0].parent.invoice_item_details.invoice_item)


def test_a_draft_that_advances_by_itself(sandbox: Any, customer: str) -> None:
    draft = drafted(sandbox, customer, 900, auto_advance=True)
    assert draft.automatically_finalizes_at == draft.created + HOUR
    sandbox.lever("advance", seconds=2 * HOUR)
    assert sandbox.client.v1.invoices.retrieve(draft.id).status == "paid"


def test_items_before_and_on_a_draft(sandbox: Any, customer: str) -> None:
    items = sandbox.client.v1.invoice_items
    draft = drafted(sandbox, customer, 500)
    extra = items.create({"customer": customer, "amount": 100, "currency": "usd", "invoice": draft.id})
    assert sandbox.client.v1.invoices.retrieve(draft.id).total == 600
    items.update(extra.id, {"amount": 250})
    assert sandbox.client.v1.invoices.retrieve(draft.id).total == 750
    items.delete(extra.id)
    assert sandbox.client.v1.invoices.retrieve(draft.id).total == 500
    sandbox.client.v1.invoices.delete(draft.id)
    (left,) = items.list({"customer": customer}).data
    assert (left.amount, left.invoice) == (500, None)
    assert items.delete(left.id).deleted


def test_an_invoice_that_is_sent(sandbox: Any, customer: str) -> None:
    invoices = sandbox.client.v1.invoices
    draft = drafted(sandbox, customer, 900, collection_method="send_invoice", days_until_due=7)
    sent = invoices.send_invoice(draft.id)
    assert (sent.status, sent.due_date) == ("open", sent.status_transitions.finalized_at + 7 * DAY)
    sandbox.lever("advance", seconds=8 * DAY)
    assert invoices.retrieve(draft.id).status == "open"
    assert "invoice.overdue" in sandbox.event_types()
    with pytest.raises(stripe.InvalidRequestError, match="collection method"):
        invoices.send_invoice(drafted(sandbox, customer, 100).id)


def test_what_a_customer_has_in_credit(sandbox: Any, customer: str) -> None:
    v1 = sandbox.client.v1
    v1.customers.update(customer, {"balance": -300})
    final = v1.invoices.finalize_invoice(drafted(sandbox, customer, 1000).id)
    assert (final.total, final.starting_balance, final.amount_due, final.ending_balance) == (
        1000,
        -300,
        700,
        0,
    )
    assert v1.customers.retrieve(customer).balance == 0
    v1.invoices.void_invoice(final.id)
    assert v1.customers.retrieve(customer).balance == -300
    covered = v1.invoices.finalize_invoice(drafted(sandbox, customer, 200).id)
    assert (covered.status, covered.amount_due, covered.ending_balance) == ("paid", 0, -100)
    assert v1.invoice_payments.list({"invoice": covered.id}).data == []


def test_too_little_to_charge_waits_for_the_next_invoice(sandbox: Any, customer: str) -> None:
    v1 = sandbox.client.v1
    small = v1.invoices.finalize_invoice(drafted(sandbox, customer, 20).id)
    assert (small.status, small.amount_due, small.ending_balance) == ("paid", 0, 20)
    assert v1.invoices.finalize_invoice(drafted(sandbox, customer, 100).id).amount_due == 120


def test_paid_in_parts(sandbox: Any, customer: str) -> None:
    v1 = sandbox.client.v1
    final = v1.invoices.finalize_invoice(drafted(sandbox, customer, 1000).id)
    parts = []
    for amount in (400, 600):
        intent = v1.payment_intents.create(
            {
                "amount": amount,
                "currency": "usd",
                "customer": customer,
                "payment_method": "pm_card_visa",
                "confirm": True,
                "return_url": "https://example.org/",
            }
        )
        now = v1.invoices.attach_payment(final.id, {"payment_intent": intent.id})
        parts.append((now.status, now.amount_paid, now.amount_remaining))
    assert parts == [("open", 400, 600), ("paid", 1000, 0)]
    payments = v1.invoice_payments.list({"invoice": final.id, "status": "paid"}).data
    assert sorted(payment.amount_paid for payment in payments) == [400, 600]
    assert [payment.is_default for payment in payments] == [False, False]


def test_forgiven_and_paid_after_all(sandbox: Any, customer: str) -> None:
    v1 = sandbox.client.v1
    final = v1.invoices.finalize_invoice(drafted(sandbox, customer, 1000).id)
    given_up = v1.invoices.mark_uncollectible(final.id)
    assert (given_up.status, given_up.status_details.uncollectible.reason) == (
        "uncollectible",
        "user_forgiven",
    )
    assert v1.invoices.pay(final.id).status == "paid"
    with pytest.raises(stripe.InvalidRequestError):
        v1.invoices.void_invoice(final.id)


def test_the_bank_wants_to_see_the_donor_at_a_renewal(sandbox: Any) -> None:
    donor = subscribed(sandbox)
    donor.card("4000002760003184")
    donor.period_over()
    assert (donor.now.status, donor.last.status) == ("past_due", "open")
    assert len(donor.told("invoice.payment_action_required")) == 1
    (payment,) = sandbox.client.v1.invoice_payments.list({"invoice": donor.last.id}).data
    intent = sandbox.client.v1.payment_intents.retrieve(payment.payment.payment_intent)
    assert intent.status == "requires_action"


def test_a_preview(sandbox: Any) -> None:
    donor = subscribed(sandbox, 1234)
    invoices = sandbox.client.v1.invoices
    seen = invoices.create_preview({"subscription": donor.id})
    assert (seen.amount_due, seen.status, seen.billing_reason) == (1234, "draft", "upcoming")
    assert seen.lines.data[0].period.start == donor.period[1]
    assert len(donor.invoices) == 1
    donor.change(cancel_at_period_end=True)
    with pytest.raises(stripe.InvalidRequestError, match="No upcoming invoices"):
        invoices.create_preview({"customer": donor.customer})


def test_items_of_a_subscription_by_themselves(sandbox: Any) -> None:
    donor = subscribed(sandbox, 1000)
    items = sandbox.client.v1.subscription_items
    (item,) = items.list({"subscription": donor.id}).data
    assert items.update(item.id, {"quantity": 2, "proration_behavior": "none"}).quantity == 2
    assert items.retrieve(item.id).quantity == 2
    more = items.create({"subscription": donor.id, "price": item.price.id, "proration_behavior": "none"})
    assert len(donor.now["items"].data) == 2
    assert items.delete(more.id, {"proration_behavior": "none"}).deleted
    with pytest.raises(stripe.InvalidRequestError, match="No such subscription_item"):
        items.retrieve(more.id)


def test_a_test_clock(sandbox: Any) -> None:
    v1 = sandbox.client.v1
    clocks = v1.test_helpers.test_clocks
    clock = clocks.create({"frozen_time": at("2030-05-31"), "name": "May"})
    assert (clock.status, clock.name) == ("ready", "May")
    donor = subscribed(sandbox, customer={"test_clock": clock.id})
    assert donor.now.created == clock.frozen_time
    sandbox.lever("advance", seconds=40 * DAY)
    assert len(donor.invoices) == 1
    to = at("2030-08-01")
    assert clocks.advance(clock.id, {"frozen_time": to}).status == "advancing"
    assert (clocks.retrieve(clock.id).status, clocks.retrieve(clock.id).frozen_time) == ("ready", to)
    assert [invoice.status for invoice in donor.invoices] == ["paid"] * 3
    with pytest.raises(stripe.InvalidRequestError, match="must be after"):
        clocks.advance(clock.id, {"frozen_time": to})
    with pytest.raises(stripe.InvalidRequestError, match="No such"):
        v1.customers.create({"test_clock": "clock_none"})
    assert clock.id in [row.id for row in clocks.list().data]
    clocks.delete(clock.id)
    assert v1.customers.retrieve(donor.customer).deleted
    assert donor.now.status == "canceled"
    kinds = [kind for kind in sandbox.event_types() if kind.startswith("test_helpers")]
    assert kinds[-4:] == [
        f"test_helpers.test_clock.{word}" for word in ("created", "advancing", "ready", "deleted")
    ]
