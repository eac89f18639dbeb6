"""How the API behaves whatever is asked: keys, versions, idempotency, expanding, lists."""

import threading
from typing import Any

import pytest
import requests
import stripe

KEY = {"Authorization": "Bearer sk_test_1"}


def told_by(refused: Any) -> Any:
    """The body of Stripe's refusal."""
    return refused.value.error


def test_a_key_is_needed(sandbox: Any) -> None:
    nobody = requests.get(f"{sandbox.url}/v1/charges", timeout=5)
    assert nobody.status_code == 401
    assert nobody.json()["error"]["message"].startswith("You did not provide an API key.")
    assert nobody.headers["Request-Id"].startswith("req_")
    live = requests.get(f"{sandbox.url}/v1/charges", timeout=5, auth=("sk_live_12345678", ""))
    assert live.json()["error"]["message"] == "Invalid API Key provided: sk_live_************5678"
    assert requests.get(f"{sandbox.url}/v1/charges", timeout=5, auth=("sk_test_1", "")).ok


def test_unknown_addresses_and_objects(sandbox: Any) -> None:
    answer = requests.get(f"{sandbox.url}/v1/nothing", headers=KEY, timeout=5)
    assert (answer.status_code, answer.json()["error"]["type"]) == (404, "invalid_request_error")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        sandbox.client.v1.customers.retrieve("cus_x")
    assert refused.value.http_status == 404
    body: Any = refused.value.json_body
    assert body["error"] == {
        "code": "resource_missing",
        "doc_url": "https://stripe.com/docs/error-codes/resource-missing",
        "message": "No such customer: 'cus_x'",
        "param": "id",
        "request_log_url": told_by(refused).request_log_url,
        "type": "invalid_request_error",
    }


def test_versions(sandbox: Any) -> None:
    def asked(version: str | None) -> requests.Response:
        headers = KEY | ({"Stripe-Version": version} if version else {})
        return requests.get(f"{sandbox.url}/v1/balance", headers=headers, timeout=5)

    assert asked(None).headers["Stripe-Version"] == "2026-10-28.endive"
    assert asked("2026-08-26.dahlia").headers["Stripe-Version"] == "2026-08-26.dahlia"
    assert "Invalid Stripe API version" in asked("yesterday").text


def test_a_declined_card_is_a_402_whose_effects_stay(sandbox: Any) -> None:
    wish = {"amount": 700, "currency": "usd", "confirm": True, "payment_method": "pm_card_chargeDeclined"}
    with pytest.raises(stripe.CardError) as refused:
        sandbox.client.v1.payment_intents.create(wish)
    error = told_by(refused)
    assert (error.code, error.decline_code, error.message) == (
        "card_declined",
        "generic_decline",
        "Your card was declined.",
    )
    intent = sandbox.client.v1.payment_intents.retrieve(error.payment_intent.id)
    assert intent.last_payment_error.charge == error.charge
    assert sandbox.client.v1.charges.retrieve(error.charge).failure_code == "card_declined"


def test_a_card_that_is_no_test_card(sandbox: Any) -> None:
    with pytest.raises(stripe.CardError, match="non test"):
        sandbox.client.v1.payment_intents.create(
            {
                "amount": 700,
                "currency": "usd",
                "confirm": True,
                "payment_method_data": {"type": "card", "card": {"number": "4539578763621486"}},
            }
        )


def test_the_same_key_gives_the_same_answer(sandbox: Any) -> None:
    customers = sandbox.client.v1.customers
    first = customers.create({"name": "A"}, {"idempotency_key": "same"})
    again = customers.create({"name": "A"}, {"idempotency_key": "same"})
    assert first.id == again.id
    headers = again.last_response.headers
    assert headers["Idempotent-Replayed"] == "true"
    assert headers["Original-Request"] == first.last_response.request_id
    assert "Stripe-Should-Retry" not in headers


def test_a_refusal_is_replayed_too(sandbox: Any) -> None:
    wish = {"amount": 700, "currency": "usd", "confirm": True, "payment_method": "pm_card_chargeDeclined"}
    charges = set()
    for _ in range(2):
        with pytest.raises(stripe.CardError) as refused:
            sandbox.client.v1.payment_intents.create(wish, {"idempotency_key": "declined"})
        charges.add(told_by(refused).charge)
    assert len(charges) == 1


def test_a_refused_parameter_leaves_the_key_free(sandbox: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        sandbox.client.v1.customers.create({"nome": "A"}, {"idempotency_key": "typo"})
    assert sandbox.client.v1.customers.create({"name": "A"}, {"idempotency_key": "typo"}).id


def test_the_same_key_with_other_parameters_is_refused(sandbox: Any) -> None:
    sandbox.client.v1.customers.create({"name": "A"}, {"idempotency_key": "other"})
    with pytest.raises(stripe.IdempotencyError, match="same parameters they were first used with"):
        sandbox.client.v1.customers.create({"name": "B"}, {"idempotency_key": "other"})
    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        sandbox.client.v1.products.create({"name": "B"}, {"idempotency_key": "other"})


def test_the_same_key_at_the_same_moment_is_sent_away(sandbox: Any) -> None:
    sandbox.lever("faults", endpoint="POST /v1/products", kind="slow", seconds=0.4, count=1)
    names: list[str] = []

    def create() -> None:
        answer = requests.post(
            f"{sandbox.url}/v1/products",
            {"name": "once"},
            headers=KEY | {"Idempotency-Key": "at once"},
            timeout=5,
        )
        names.append(f"{answer.status_code} {answer.json().get('id') or answer.json()['error']['code']}")

    threads = [threading.Thread(target=create) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = [name for name in names if name.startswith("200")]
    assert len(set(made)) == 1
    assert "409 idempotency_key_in_use" in names


def test_expanding(sandbox: Any) -> None:
    session = sandbox.open()
    intent = sandbox.pay(session)["payment_intent"]
    sandbox.charge_of(intent)
    sessions = sandbox.client.v1.checkout.sessions
    deep = sessions.retrieve(
        session.id, {"expand": ["payment_intent.latest_charge.balance_transaction.source", "line_items"]}
    )
    assert deep.payment_intent.latest_charge.balance_transaction.source.object == "charge"
    assert deep.line_items.data[0].price.unit_amount == 2500
    listed = sandbox.client.v1.charges.list(
        {"payment_intent": intent, "expand": ["data.balance_transaction", "data.customer"]}
    )
    assert (listed.data[0].balance_transaction.net, listed.data[0].customer) == (2397, None)
    with pytest.raises(stripe.InvalidRequestError, match="more than 4 levels"):
        sessions.retrieve(session.id, {"expand": ["a.b.c.d.e"]})
    with pytest.raises(stripe.InvalidRequestError, match=r"cannot be expanded \(amount\)"):
        sandbox.client.v1.charges.retrieve(listed.data[0].id, {"expand": ["amount"]})


def test_paging(sandbox: Any) -> None:
    made = [sandbox.client.v1.customers.create({"email": "page@example.org"}).id for _ in range(7)]
    newest = made[::-1]
    customers = sandbox.client.v1.customers
    first = customers.list({"email": "page@example.org", "limit": 3})
    assert ([row.id for row in first.data], first.has_more) == (newest[:3], True)
    second = customers.list({"email": "page@example.org", "limit": 3, "starting_after": newest[2]})
    assert [row.id for row in second.data] == newest[3:6]
    back = customers.list({"email": "page@example.org", "limit": 2, "ending_before": newest[3]})
    assert ([row.id for row in back.data], back.has_more) == (newest[1:3], True)
    assert [row.id for row in first.auto_paging_iter()] == newest
    with pytest.raises(stripe.InvalidRequestError, match="less than or equal to 100"):
        customers.list({"limit": 101})
    with pytest.raises(stripe.InvalidRequestError, match="No such customer: 'cus_none'"):
        customers.list({"starting_after": "cus_none"})


def test_filters(sandbox: Any) -> None:
    told = sandbox.pay(sandbox.open(currency="gbp"))
    charge = sandbox.charge_of(told["payment_intent"])
    rows = sandbox.client.v1.balance_transactions
    assert [row.source for row in rows.list({"source": charge.id})] == [charge.id]
    assert {row.currency for row in rows.list({"currency": "gbp", "type": "charge"})} == {"gbp"}
    assert rows.list({"payout": "po_none"}).data == []
    now = charge.created
    assert rows.list({"created": {"gt": now + 3600}}).data == []
    assert charge.id in [row.source for row in rows.list({"created": {"gte": now, "lte": now + 5}})]
    sessions = sandbox.client.v1.checkout.sessions
    found = sessions.list({"payment_intent": told["payment_intent"]})
    assert [row.id for row in found] == [told["session"]]


def test_customers_are_changed_and_deleted(sandbox: Any) -> None:
    customers = sandbox.client.v1.customers
    made = customers.create({"email": "x@example.org", "metadata": {"a": "1", "b": "2"}})
    customers.update(made.id, {"metadata": {"a": "", "c": "3"}, "name": "X"})
    told = sandbox.client.v1.events.list({"type": "customer.updated", "limit": 1}).data[0]
    assert told.data.object["metadata"].to_dict() == {"b": "2", "c": "3"}
    assert told.data.previous_attributes.to_dict() == {"metadata": {"a": "1", "b": "2"}, "name": None}
    assert told.request.idempotency_key
    customers.delete(made.id)
    assert customers.retrieve(made.id).deleted is True
    assert made.id not in [row.id for row in customers.list()]


def test_a_subscription_is_changed_and_ended(sandbox: Any) -> None:
    told = sandbox.pay(sandbox.open(every="month"))
    subscriptions = sandbox.client.v1.subscriptions
    later = subscriptions.update(told["subscription"], {"cancel_at_period_end": True})
    assert later.cancel_at == later["items"].data[0].current_period_end
    assert subscriptions.update(told["subscription"], {"cancel_at_period_end": False}).cancel_at is None
    ended = subscriptions.cancel(told["subscription"])
    assert (ended.status, ended.cancellation_details.reason) == ("canceled", "cancellation_requested")
    assert told["subscription"] not in [row.id for row in subscriptions.list()]
    assert told["subscription"] in [row.id for row in subscriptions.list({"status": "all"})]


def test_an_incomplete_subscription_begins_when_its_payment_succeeds(sandbox: Any) -> None:
    customer = sandbox.client.v1.customers.create({"email": "y@example.org"})
    price = {"currency": "usd", "unit_amount": 900, "recurring": {"interval": "month"}}
    made = sandbox.client.v1.prices.create({**price, "product_data": {"name": "Club"}})
    subscription = sandbox.client.v1.subscriptions.create(
        {"customer": customer.id, "items": [{"price": made.id}], "expand": ["latest_invoice.payments"]}
    )
    assert (subscription.status, subscription.latest_invoice.status) == ("incomplete", "open")
    intent = subscription.latest_invoice.payments.data[0].payment.payment_intent
    with pytest.raises(stripe.CardError):
        sandbox.client.v1.payment_intents.confirm(intent, {"payment_method": "pm_card_chargeCustomerFail"})
    assert "invoice.payment_failed" in sandbox.event_types()
    sandbox.client.v1.payment_intents.confirm(intent, {"payment_method": "pm_card_visa"})
    assert sandbox.client.v1.subscriptions.retrieve(subscription.id).status == "active"


def test_the_account(sandbox: Any) -> None:
    account = sandbox.client.raw_request("get", "/v1/account").data
    assert account["id"].startswith("acct_")
    assert (account["charges_enabled"], account["country"]) == (True, "US")
