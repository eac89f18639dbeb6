"""Bank debits: asked for today, answered days later, taken back long after."""

from typing import Any

import pytest
import requests
import stripe

from tests.programs import until

DAY = 86_400
pytestmark = pytest.mark.usefixtures("balanced")
KINDS = {"sepa_debit": "eur", "us_bank_account": "usd"}


def debit(sandbox: Any, kind: str, outcome: str = "succeeded", **more: Any) -> Any:
    session = sandbox.open(5000, KINDS[kind])
    return sandbox.pay(session, method=kind, outcome=outcome, **more)


def charge_of(sandbox: Any, told: Any) -> Any:
    (charge,) = sandbox.client.v1.charges.list({"payment_intent": told["payment_intent"]}).data
    return charge


def row_of(sandbox: Any, name: str) -> Any:
    return sandbox.client.v1.balance_transactions.retrieve(name)


def news(sandbox: Any, before: str) -> list[str]:
    return [kind for kind in sandbox.event_types(ending_before=before) if kind != "balance.available"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_session_is_complete_and_unpaid(sandbox: Any, kind: str) -> None:
    session = sandbox.open(5000, KINDS[kind], payment_intent_data={"metadata": {"checkout": "c1"}})
    assert session.payment_method_types == ["card", kind]
    before = sandbox.last_event()
    told = sandbox.pay(session, method=kind)
    assert (told["status"], told["session_status"]) == ("unpaid", "complete")
    assert told["redirect"].startswith("http://newsroom.example/thanks")
    assert news(sandbox, before) == [
        "payment_intent.created",
        "charge.pending",
        "payment_intent.processing",
        "checkout.session.completed",
    ]
    intent = sandbox.client.v1.payment_intents.retrieve(told["payment_intent"])
    assert (intent.status, intent.amount_received, intent.metadata["checkout"]) == ("processing", 0, "c1")
    charge = charge_of(sandbox, told)
    assert (charge.status, charge.paid, charge.payment_method_details.type) == ("pending", False, kind)
    assert charge.id.startswith("py_")
    row = row_of(sandbox, charge.balance_transaction)
    assert (row.amount, row.type, row.reporting_category, row.status) == (
        5000,
        "payment",
        "charge",
        "pending",
    )
    mandate = sandbox.client.v1.mandates.retrieve(charge.payment_method_details[kind].mandate)
    assert mandate.status == "active"


@pytest.mark.parametrize("kind", KINDS)
def test_the_money_comes_days_later(sandbox: Any, kind: str) -> None:
    told = debit(sandbox, kind)
    before = sandbox.last_event()
    sandbox.lever("advance", seconds=3 * DAY)
    assert charge_of(sandbox, told).status == "pending"
    sandbox.lever("advance", seconds=3 * DAY)
    assert news(sandbox, before)[:3] == [
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.async_payment_succeeded",
    ]
    assert sandbox.client.v1.checkout.sessions.retrieve(told["session"]).payment_status == "paid"
    charge = charge_of(sandbox, told)
    assert (charge.status, charge.paid) == ("succeeded", True)
    sandbox.lever("advance", seconds=3 * DAY)
    assert row_of(sandbox, charge.balance_transaction).status == "available"


@pytest.mark.parametrize(
    ("kind", "outcome", "code"),
    [
        ("sepa_debit", "failed", "generic_decline"),
        ("sepa_debit", "insufficient_funds", "insufficient_funds"),
        ("us_bank_account", "failed", "account_closed"),
        ("us_bank_account", "insufficient_funds", "insufficient_funds"),
    ],
)
def test_the_money_does_not_come(sandbox: Any, kind: str, outcome: str, code: str) -> None:
    told = debit(sandbox, kind, outcome)
    before = sandbox.last_event()
    sandbox.lever("advance", seconds=6 * DAY)
    assert news(sandbox, before)[:3] == [
        "charge.failed",
        "payment_intent.payment_failed",
        "checkout.session.async_payment_failed",
    ]
    charge = charge_of(sandbox, told)
    assert (charge.status, charge.failure_code) == ("failed", code)
    expected, gone = (
        row_of(sandbox, name) for name in (charge.balance_transaction, charge.failure_balance_transaction)
    )
    assert (gone.type, gone.reporting_category, gone.source) == (
        "payment_failure_refund",
        "charge_failure",
        charge.id,
    )
    assert (expected.net + gone.net, expected.available_on) == (0, gone.available_on)
    intent = sandbox.client.v1.payment_intents.retrieve(told["payment_intent"])
    assert (intent.status, intent.last_payment_error.code) == ("requires_payment_method", code)
    assert sandbox.client.v1.checkout.sessions.retrieve(told["session"]).payment_status == "unpaid"


@pytest.mark.parametrize(("outcome", "days"), [("disputed", 1), ("returned", 14)])
def test_the_money_is_taken_back(sandbox: Any, outcome: str, days: int) -> None:
    told = debit(sandbox, "sepa_debit", outcome)
    sandbox.lever("advance", seconds=5 * DAY + 60)
    charge = charge_of(sandbox, told)
    assert (charge.status, charge.disputed) == ("succeeded", False)
    before = sandbox.last_event()
    sandbox.lever("advance", seconds=days * DAY)
    (dispute,) = sandbox.client.v1.disputes.list({"charge": charge.id}).data
    assert (dispute.status, dispute.reason) == ("lost", "debit_not_authorized")
    assert [row.net for row in dispute.balance_transactions] == [-6500]
    assert [kind for kind in news(sandbox, before) if "dispute" in kind or "mandate" in kind] == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.closed",
        "mandate.updated",
    ]


def test_the_lever_decides_early(sandbox: Any) -> None:
    came = debit(sandbox, "us_bank_account", "processing")
    assert sandbox.lever("settle", payment_intent=came["payment_intent"])["status"] == "succeeded"
    taken = sandbox.lever("settle", payment_intent=came["payment_intent"], outcome="returned")
    assert taken["disputed"]
    failed = debit(sandbox, "sepa_debit")
    charge = charge_of(sandbox, failed)
    assert sandbox.lever("settle", charge=charge.id, outcome="failed")["status"] == "failed"
    assert "charge is failed" in sandbox.lever("settle", charge=charge.id)["error"]
    sandbox.lever("advance", seconds=9 * DAY)
    assert charge_of(sandbox, failed).status == "failed"


def test_a_bank_that_never_answers(sandbox: Any) -> None:
    told = debit(sandbox, "us_bank_account", "processing")
    sandbox.lever("advance", seconds=40 * DAY)
    charge = charge_of(sandbox, told)
    assert (charge.status, row_of(sandbox, charge.balance_transaction).status) == ("pending", "pending")
    sandbox.lever("settle", charge=charge.id)
    assert row_of(sandbox, charge.balance_transaction).status == "available"


@pytest.mark.parametrize(("outcome", "status"), [("succeeded", "succeeded"), ("failed", "canceled")])
def test_a_refund_before_the_bank_has_answered(sandbox: Any, outcome: str, status: str) -> None:
    told = debit(sandbox, "sepa_debit", outcome)
    refund = sandbox.client.v1.refunds.create({"payment_intent": told["payment_intent"], "amount": 500})
    assert (refund.id[:4], refund.status, refund.pending_reason) == ("pyr_", "pending", "charge_pending")
    assert refund.balance_transaction is None
    sandbox.lever("advance", seconds=12 * DAY)
    done = sandbox.client.v1.refunds.retrieve(refund.id)
    assert done.status == status
    if status == "succeeded":
        row = row_of(sandbox, done.balance_transaction)
        assert (row.type, row.amount) == ("payment_refund", -500)


def test_a_refund_to_a_bank_takes_days(sandbox: Any) -> None:
    told = debit(sandbox, "sepa_debit")
    sandbox.lever("settle", payment_intent=told["payment_intent"])
    refund = sandbox.client.v1.refunds.create({"payment_intent": told["payment_intent"]})
    assert (refund.status, refund.pending_reason) == ("pending", "processing")
    sandbox.lever("advance", seconds=6 * DAY)
    assert sandbox.client.v1.refunds.retrieve(refund.id).status == "succeeded"


@pytest.mark.parametrize(("outcome", "invoice"), [("succeeded", "paid"), ("failed", "open")])
def test_a_recurring_gift_by_debit(sandbox: Any, outcome: str, invoice: str) -> None:
    session = sandbox.open(1000, "eur", "month")
    told = sandbox.pay(session, method="sepa_debit", outcome=outcome)
    client = sandbox.client.v1
    assert told["status"] == "unpaid"
    assert client.subscriptions.retrieve(told["subscription"]).status == "active"
    assert client.invoices.retrieve(told["invoice"]).status == "open"
    sandbox.lever("advance", seconds=6 * DAY)
    assert client.invoices.retrieve(told["invoice"]).status == invoice
    end = "succeeded" if outcome == "succeeded" else "failed"
    last = client.events.list({"type": f"checkout.session.async_payment_{end}"}).data[0]
    assert last.data.object["id"] == session.id


def test_by_the_api(sandbox: Any) -> None:
    client = sandbox.client.v1
    holder = {"name": "Bob", "email": "bob@example.com"}
    method = client.payment_methods.create(
        {"type": "sepa_debit", "sepa_debit": {"iban": "AT321904300235473204"}, "billing_details": holder}
    )
    assert (method.sepa_debit.last4, method.sepa_debit.country) == ("3204", "AT")
    order = {"amount": 1000, "currency": "eur", "confirm": True}
    intent = client.payment_intents.create({**order, "payment_method": method.id})
    assert intent.status == "processing"
    sandbox.lever("advance", seconds=9 * DAY)
    assert client.payment_intents.retrieve(intent.id).status == "succeeded"
    data = {"type": "sepa_debit", "sepa_debit": {"iban": "IT60X0542811101000000123456"}}
    intent = client.payment_intents.create({**order, "payment_method_data": data})
    sandbox.lever("advance", seconds=6 * DAY)
    assert client.payment_intents.retrieve(intent.id).status == "requires_payment_method"
    account = {"routing_number": "110000000", "account_number": "000123456789"}
    american = client.payment_methods.create({"type": "us_bank_account", "us_bank_account": account})
    customer = client.customers.create({})
    assert client.payment_methods.attach(american.id, {"customer": customer.id}).customer == customer.id
    with pytest.raises(stripe.InvalidRequestError, match="us_bank_account") as refused:
        client.payment_intents.create({**order, "payment_method": american.id})
    assert refused.value.code == "payment_intent_invalid_parameter"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.payment_methods.create({"type": "sepa_debit", "sepa_debit": {"iban": "AT12345"}})
    assert refused.value.code == "invalid_bank_account_iban"


@pytest.mark.parametrize(
    ("currency", "more", "offered"),
    [
        ("usd", {}, ["card", "us_bank_account"]),
        ("gbp", {}, ["card"]),
        ("eur", {"excluded_payment_method_types": ["sepa_debit"]}, ["card"]),
        ("eur", {"allowed_payment_method_types": ["card"]}, ["card"]),
    ],
)
def test_what_is_offered(sandbox: Any, currency: str, more: dict[str, Any], offered: list[str]) -> None:
    session = sandbox.open(5000, currency, **more)
    assert session.payment_method_types == offered
    assert "not offered" in sandbox.pay(session, method="sepa_debit")["error"]


def test_bad_orders(sandbox: Any) -> None:
    session = sandbox.open(5000, "eur")
    for order, message in (
        ({"method": "sepa_debit", "account": "AT1"}, "no such account"),
        ({"method": "sepa_debit", "outcome": "lovely"}, "outcome is one of"),
    ):
        assert message in sandbox.pay(session, **order)["error"]
    until(lambda: "no such" in sandbox.lever("settle", payment_intent="pi_none")["error"], "a refusal", 1)


def test_on_the_page(sandbox: Any) -> None:
    session = sandbox.open(5000, "eur", customer_email="ada@example.org")
    page = requests.get(session.url, timeout=5).text
    assert "SEPA Direct Debit" in page
    assert "US bank account" not in page
    switched = requests.post(session.url, {"switch": "sepa_debit", "name": "Ada"}, timeout=5)
    assert (switched.status_code, 'id="account"' in switched.text, 'id="number"' in switched.text) == (
        200,
        True,
        False,
    )
    assert 'value="Ada"' in switched.text
    form = {"method": "sepa_debit", "name": "Ada", "country": "AT"}
    filled = requests.post(session.url, {**form, "fill": "AT611904300234573201"}, timeout=5)
    assert 'id="account" name="account" required value="AT611904300234573201"' in filled.text
    wrong = requests.post(session.url, {**form, "account": "AT12", "name": ""}, timeout=5)
    assert wrong.status_code == 422
    assert "Your IBAN is invalid." in wrong.text
    assert "Enter the name on the account." in wrong.text
    paid = requests.post(
        session.url, {**form, "account": "AT61 1904 3002 3457 3201"}, allow_redirects=False, timeout=5
    )
    assert paid.status_code == 303
    shown = sandbox.client.v1.checkout.sessions.retrieve(session.id)
    assert (shown.status, shown.payment_status) == ("complete", "unpaid")
