"""Checkout as a donor and a newsroom see it: paid, declined, expired; once, monthly, yearly."""

from typing import Any

import pytest
import stripe

from tests.programs import until


def test_a_session_is_open_for_a_day_and_has_no_payment_yet(sandbox: Any) -> None:
    session = sandbox.open(metadata={"checkout": "c1"}, client_reference_id="c1", submit_type="donate")
    assert (session.status, session.payment_status, session.payment_intent) == ("open", "unpaid", None)
    assert session.expires_at == session.created + 86_400
    assert session.url == f"{sandbox.url}/c/pay/{session.id}"
    assert (session.amount_total, session.currency, session.ui_mode) == (2500, "usd", "hosted_page")
    assert session.metadata["checkout"] == "c1"
    (item,) = sandbox.client.v1.checkout.sessions.line_items.list(session.id).data
    assert (item.description, item.amount_total, item.quantity) == ("Donation", 2500, 1)


def test_a_gift_is_paid(sandbox: Any) -> None:
    session = sandbox.open(payment_intent_data={"metadata": {"checkout": "c2"}, "description": "A gift"})
    told = sandbox.pay(session, email="ada@example.org", name="Ada Reader", country="GB")
    assert told["status"] == "paid"
    assert told["redirect"] == f"http://newsroom.example/thanks?session={session.id}"

    paid = sandbox.client.v1.checkout.sessions.retrieve(session.id)
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert paid.payment_intent == told["payment_intent"]
    assert (paid.customer, paid.customer_details.email) == (None, "ada@example.org")
    intent = sandbox.client.v1.payment_intents.retrieve(paid.payment_intent)
    assert (intent.status, intent.amount_received, intent.metadata["checkout"]) == ("succeeded", 2500, "c2")

    charge = sandbox.charge_of(intent.id)
    assert intent.latest_charge == charge.id
    assert (charge.billing_details.email, charge.billing_details.name) == ("ada@example.org", "Ada Reader")
    card = charge.payment_method_details.card
    assert (card.brand, card.last4, card.country, card.funding) == ("visa", "4242", "US", "credit")


def test_the_money_arrives_after_the_charge_and_is_told(sandbox: Any) -> None:
    intent = sandbox.pay(sandbox.open(amount=5000))["payment_intent"]
    charge = sandbox.charge_of(intent)
    row = sandbox.client.v1.balance_transactions.retrieve(charge.balance_transaction)
    assert (row.amount, row.fee, row.net, row.status) == (5000, 175, 4825, "pending")
    assert [(part.amount, part.type) for part in row.fee_details] == [(175, "stripe_fee")]
    assert (row.source, row.type, row.reporting_category) == (charge.id, "charge", "charge")

    told = [
        event.data
        for event in sandbox.client.v1.events.list({"types": ["charge.succeeded", "charge.updated"]}).data
        if event.data.object["id"] == charge.id
    ][::-1]
    assert [data.object["balance_transaction"] for data in told] == [None, row.id]
    assert told[1].previous_attributes.to_dict() == {"balance_transaction": None}


def test_what_a_gift_tells(sandbox: Any) -> None:
    session = sandbox.open()
    before = sandbox.last_event()
    intent = sandbox.pay(session)["payment_intent"]
    sandbox.charge_of(intent)
    assert sandbox.event_types(ending_before=before) == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
        "charge.updated",
    ]


@pytest.mark.parametrize(
    ("outcome", "decline_code", "sentence"),
    [
        ("declined", "generic_decline", "Your card was declined."),
        ("insufficient_funds", "insufficient_funds", "Your card has insufficient funds."),
        ("attaches_then_fails", "generic_decline", "Your card was declined."),
    ],
)
def test_a_declined_card_leaves_the_session_open(
    sandbox: Any, outcome: str, decline_code: str, sentence: str
) -> None:
    session = sandbox.open()
    before = sandbox.last_event()
    told = sandbox.pay(session, outcome=outcome)
    assert (told["status"], told["message"], told["session_status"]) == (decline_code, sentence, "open")
    assert sandbox.event_types(ending_before=before) == [
        "payment_intent.created",
        "charge.failed",
        "payment_intent.payment_failed",
    ]
    intent = sandbox.client.v1.payment_intents.retrieve(told["payment_intent"])
    assert intent.status == "requires_payment_method"
    assert intent.last_payment_error.decline_code == decline_code
    assert sandbox.client.v1.checkout.sessions.retrieve(session.id).payment_intent is None

    again = sandbox.pay(session)
    assert (again["status"], again["payment_intent"]) == ("paid", intent.id)
    assert [charge.status for charge in sandbox.client.v1.charges.list({"payment_intent": intent.id})] == [
        "succeeded",
        "failed",
    ]


@pytest.mark.parametrize(("every", "later"), [("month", 27 * 86_400), ("year", 364 * 86_400)])
def test_a_recurring_gift_is_begun(sandbox: Any, every: str, later: int) -> None:
    session = sandbox.open(1000, "eur", every, subscription_data={"metadata": {"checkout": "c3"}})
    assert sandbox.pay(session, outcome="declined")["subscription"] is None
    told = sandbox.pay(session, email="eva@example.org", name="Eva Reader")

    paid = sandbox.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["subscription", "customer"]})
    assert (paid.payment_intent, paid.subscription.id) == (None, told["subscription"])
    assert (paid.customer.email, paid.customer.name) == ("eva@example.org", "Eva Reader")
    subscription = paid.subscription
    assert (subscription.status, subscription.billing_mode.type) == ("active", "flexible")
    assert subscription.metadata["checkout"] == "c3"
    (item,) = subscription["items"].data
    assert item.current_period_end - item.current_period_start > later
    assert (item.price.unit_amount, item.price.recurring.interval) == (1000, every)

    invoice = sandbox.client.v1.invoices.retrieve(paid.invoice, {"expand": ["payments"]})
    assert (invoice.status, invoice.amount_paid, invoice.billing_reason) == (
        "paid",
        1000,
        "subscription_create",
    )
    assert invoice.id == subscription.latest_invoice
    details = invoice.parent.subscription_details
    assert (details.subscription, details.metadata["checkout"]) == (subscription.id, "c3")
    (payment,) = invoice.payments.data
    assert (payment.status, payment.amount_paid, payment.is_default) == ("paid", 1000, True)
    intent = payment.payment.payment_intent
    asked = {"payment": {"type": "payment_intent", "payment_intent": intent}}
    assert [found.id for found in sandbox.client.v1.invoice_payments.list(asked)] == [payment.id]
    charge = sandbox.charge_of(intent)
    assert (charge.customer, charge.metadata.to_dict()) == (paid.customer.id, {})


def test_what_a_recurring_gift_tells(sandbox: Any) -> None:
    session = sandbox.open(every="month")
    before = sandbox.last_event()
    sandbox.pay(session)
    until(lambda: "charge.updated" in sandbox.event_types(ending_before=before), "charge.updated", 10)
    assert sandbox.event_types(ending_before=before) == [
        "customer.created",
        "payment_method.attached",
        "customer.subscription.created",
        "invoice.created",
        "invoice.finalized",
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice_payment.paid",
        "invoice.paid",
        "invoice.payment_succeeded",
        "customer.subscription.updated",
        "checkout.session.completed",
        "charge.updated",
    ]


def test_a_trial_is_free_and_has_no_payment(sandbox: Any) -> None:
    session = sandbox.open(every="month", subscription_data={"trial_period_days": 14})
    told = sandbox.pay(session)
    assert told["status"] == "no_payment_required"
    subscription = sandbox.client.v1.subscriptions.retrieve(
        told["subscription"], {"expand": ["latest_invoice"]}
    )
    assert subscription.status == "trialing"
    assert (subscription.latest_invoice.total, subscription.latest_invoice.status) == (0, "paid")


def test_customer_creation_remembers_the_donor(sandbox: Any) -> None:
    told = sandbox.pay(sandbox.open(customer_creation="always", customer_email="rita@example.org"))
    assert sandbox.client.v1.customers.retrieve(told["customer"]).email == "rita@example.org"


def test_an_expired_session_takes_no_money(sandbox: Any) -> None:
    session = sandbox.open()
    tried = sandbox.pay(session, outcome="declined")["payment_intent"]
    before = sandbox.last_event()
    expired = sandbox.client.v1.checkout.sessions.expire(session.id)
    assert (expired.status, expired.url) == ("expired", None)
    assert sandbox.client.v1.payment_intents.retrieve(tried).status == "canceled"
    assert "checkout.session.expired" in sandbox.event_types(ending_before=before)
    assert sandbox.pay(session) == {"error": "the session is expired"}
    with pytest.raises(stripe.InvalidRequestError, match="Only Checkout Sessions with a status"):
        sandbox.client.v1.checkout.sessions.expire(session.id)


def test_the_page_is_paid_as_stripes_own_cli_does_it(sandbox: Any) -> None:
    session = sandbox.open()
    page = sandbox.client.raw_request("get", f"/v1/payment_pages/{session.id}")
    assert page.data["id"]
    method = sandbox.client.v1.payment_methods.create(
        {"type": "card", "card": {"token": "tok_visa"}, "billing_details": {"email": "cli@example.org"}}
    )
    confirm = f"/v1/payment_pages/{page.data['id']}/confirm"
    with pytest.raises(stripe.InvalidRequestError, match="not the amount due"):
        sandbox.client.raw_request("post", confirm, payment_method=method.id, expected_amount=1)
    sandbox.client.raw_request("post", confirm, payment_method=method.id, expected_amount=2500)
    assert sandbox.client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"amount": 49}, "amount_too_small"),
        ({"amount": 49, "currency": "jpy"}, "amount_too_small"),
        ({"amount": 100_000_000}, "amount_too_large"),
        ({"amount": 50_050, "currency": "isk"}, "invalid_charge_amount_no_decimal_compatible"),
        ({"amount": 5_125, "currency": "kwd"}, "invalid_charge_amount"),
        ({"amount": 500, "currency": "zzz"}, None),
        ({"foo": "bar"}, "parameter_unknown"),
        ({"payment_method_types": ["card"]}, "payment_method_types_no_longer_supported"),
        ({"subscription_data": {"description": "no"}}, None),
        ({"every": "month", "payment_intent_data": {"description": "no"}}, None),
        ({"every": "month", "customer_creation": "always"}, None),
        ({"line_items": []}, "parameter_missing"),
        ({"success_url": "newsroom"}, "url_invalid"),
        ({"customer": "cus_none"}, "resource_missing"),
        ({"ui_mode": "hosted"}, None),
        ({"customer_email": "nobody"}, "email_invalid"),
        ({"metadata": {"a" * 41: "1"}}, None),
        ({"expires_at": 1}, None),
        ({"expires_at": 4_000_000_000}, None),
        ({"payment_intent_data": {"statement_descriptor_suffix": "<gift>"}}, None),
        ({"payment_intent_data": {"amount": "1"}}, "parameter_unknown"),
    ],
)
def test_what_stripe_refuses(sandbox: Any, wish: dict[str, Any], code: str | None) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        sandbox.open(**wish)
    assert (refused.value.http_status, refused.value.code) == (400, code)


def test_the_smallest_gift_is_named(sandbox: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=r"must add up to at least \$0\.50 usd"):
        sandbox.open(10)


def test_an_older_version_may_still_name_method_types(sandbox: Any) -> None:
    sessions = sandbox.client.v1.checkout.sessions
    line = {
        "price_data": {"currency": "usd", "unit_amount": 900, "product_data": {"name": "x"}},
        "quantity": 1,
    }
    wish = {"mode": "payment", "success_url": "http://a.example/", "line_items": [line]}
    session = sessions.create(
        {**wish, "payment_method_types": ["card"]}, {"stripe_version": "2026-08-26.dahlia"}
    )
    assert session.payment_method_types == ["card"]


def test_nested_refusals_name_their_place(sandbox: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        sandbox.client.v1.checkout.sessions.create(
            {
                "mode": "payment",
                "success_url": "http://a.example/",
                "line_items": [{"price_data": {"currency": "usd", "unit_amount": 900}, "quantity": 1}],
            }
        )
    assert refused.value.param == "line_items[0][price_data][product]"
