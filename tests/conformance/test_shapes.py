"""Every object and every event of the sandbox has the shape that Stripe's own description gives it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.conformance.asking import KEY, everything, fetch, opened, post
from tests.conformance.stripe_spec import ENDIVE, Spec, place
from tests.programs import ask, pay, stripe_sandbox, until

LISTS = (
    "balance_transactions", "charges", "checkout/sessions", "customers", "events", "invoice_payments",
    "invoices", "payment_intents", "payment_methods", "prices", "products", "setup_intents",
    "subscriptions?status=all", "webhook_endpoints",
)  # fmt: skip
KINDS = {
    "balance", "balance_transaction", "charge", "checkout.session", "customer", "event", "invoice",
    "invoice_payment", "item", "line_item", "payment_intent", "payment_method", "price", "product",
    "setup_intent", "subscription", "webhook_endpoint",
}  # fmt: skip


@pytest.fixture(scope="module")
def spec() -> Spec:
    if not place().is_file():
        pytest.skip(f"not present: {place()}")
    return Spec(place())


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A sandbox in which everything that donors do has happened."""
    with stripe_sandbox(
        tmp_path_factory.mktemp("shapes"), "--settle-delay-ms", "0", "--settles", "usd,eur"
    ) as url:
        live(url)
        yield url


def live(url: str) -> None:
    post(url, "webhook_endpoints", {"url": "http://127.0.0.1:9/hook", "enabled_events[]": "nothing.at_all"})
    for currency, interval, amount in (
        ("usd", None, 2500), ("jpy", None, 500), ("isk", None, 50_000), ("eur", "month", 1000),
        ("usd", "year", 12_000), ("kwd", "month", 5120),
    ):  # fmt: skip
        session = opened(url, currency, interval, amount)
        pay(url, session, outcome="declined")
        pay(url, session, outcome="insufficient_funds")
        pay(url, session)
    opened(url, "usd", "month", 1000, **{"subscription_data[trial_period_days]": 14})
    pay(url, opened(url, "usd", "month", 1000, **{"subscription_data[trial_period_days]": 14}))
    pay(url, opened(url, "usd", None, 1000, customer_creation="always", customer_email="a@b.example"))
    setup = {
        "mode": "setup",
        "currency": "usd",
        "success_url": "https://example.org/",
        "customer_creation": "always",
    }
    session = post(url, "checkout/sessions", setup)["id"]
    pay(url, session, outcome="declined")
    pay(url, session)
    post(url, f"checkout/sessions/{opened(url, 'usd', None, 500)}/expire", {})
    pay(url, opened(url, "usd", None, 900), outcome="declined")
    by_the_api(url)
    ask(f"{url}/_sandbox/advance", {"seconds": 4 * 86_400})
    until(
        lambda: all(row["status"] == "available" for row in everything(url, "balance_transactions")),
        "the funds",
    )


def by_the_api(url: str) -> None:
    customer = post(url, "customers", {"email": "c@d.example", "name": "C", "metadata[a]": "1"})["id"]
    post(url, f"customers/{customer}", {"name": "D", "metadata[a]": "", "metadata[b]": "2"})
    method = post(url, "payment_methods", {"type": "card", "card[token]": "tok_visa"})["id"]
    post(url, f"payment_methods/{method}/attach", {"customer": customer})
    intent = {"amount": 700, "currency": "usd", "confirm": "true"}
    post(url, "payment_intents", intent | {"payment_method": method, "customer": customer})
    post(url, "payment_intents", intent | {"payment_method": "pm_card_chargeDeclined"})
    canceled = post(url, "payment_intents", {"amount": 700, "currency": "usd"})["id"]
    post(url, f"payment_intents/{canceled}/cancel", {"cancellation_reason": "abandoned"})
    price = {
        "currency": "usd",
        "unit_amount": 900,
        "recurring[interval]": "month",
        "product_data[name]": "Club",
    }
    item = {"items[0][price]": post(url, "prices", price)["id"], "customer": customer}
    subscription = post(url, "subscriptions", item | {"default_payment_method": method})["id"]
    post(url, f"subscriptions/{subscription}", {"cancel_at_period_end": "true"})
    requests.delete(f"{url}/v1/subscriptions/{subscription}", headers=KEY, timeout=10)
    post(url, "subscriptions", item)
    post(url, f"payment_methods/{method}/detach", {})
    seti = post(url, "setup_intents", {})["id"]
    post(url, f"setup_intents/{seti}/cancel", {})
    requests.delete(f"{url}/v1/customers/{customer}", headers=KEY, timeout=10)


def test_every_object_has_its_shape(api: str, spec: Spec) -> None:
    seen = [row for path in LISTS for row in everything(api, path)]
    seen += [fetch(api, "balance"), fetch(api, "account")]
    for session in everything(api, "checkout/sessions"):
        seen += everything(api, f"checkout/sessions/{session['id']}/line_items")
    for invoice in everything(api, "invoices"):
        seen += invoice["lines"]["data"]
        seen.append(fetch(api, f"invoices/{invoice['id']}?expand[]=payments&expand[]=confirmation_secret"))
    assert {row["object"] for row in seen} >= KINDS
    assert [fault for row in seen for fault in spec.faults(row)] == []


def test_every_kind_of_event_was_seen(api: str, spec: Spec) -> None:
    told = everything(api, "events")
    assert {event["type"] for event in told} >= {
        "balance.available", "charge.failed", "charge.succeeded", "charge.updated",
        "checkout.session.completed", "checkout.session.expired", "customer.created",
        "customer.deleted", "customer.subscription.created", "customer.subscription.deleted",
        "customer.subscription.updated", "customer.updated", "invoice.created", "invoice.finalized",
        "invoice.paid", "invoice.payment_succeeded", "invoice_payment.paid", "payment_intent.canceled",
        "payment_intent.created", "payment_intent.payment_failed", "payment_intent.succeeded",
        "payment_method.attached", "payment_method.detached", "price.created", "product.created",
        "setup_intent.canceled", "setup_intent.created", "setup_intent.setup_failed",
        "setup_intent.succeeded",
    }  # fmt: skip
    assert [fault for event in told for fault in spec.faults(event)] == []


def test_what_was_added_since_the_description_is_there(api: str) -> None:
    """The endive overlay excuses only what the sandbox does show."""
    for kind, path in {
        "checkout.session": "checkout/sessions",
        "payment_intent": "payment_intents",
        "invoice": "invoices",
        "subscription": "subscriptions",
        "product": "products",
    }.items():
        assert ENDIVE[kind] <= set(everything(api, path)[0]), kind


def test_errors_have_their_shape(api: str, spec: Spec) -> None:
    refusals = [
        requests.get(f"{api}/v1/charges/ch_none", headers=KEY, timeout=10).json(),
        requests.get(f"{api}/v1/charges", timeout=10).json(),
        post(api, "checkout/sessions", {"foo": "bar"}),
        post(api, "payment_intents", {
            "amount": 700, "currency": "usd", "confirm": "true", "payment_method": "pm_card_chargeDeclined",
        }),
    ]  # fmt: skip
    assert all(refusal["error"]["message"] for refusal in refusals)
    assert [fault for body in refusals for fault in spec._held(body, {"$ref": "/error"}, "error")] == []


def test_the_checker_sees_what_is_wrong(spec: Spec) -> None:
    wrong = {
        "object": "balance",
        "available": [{"amount": "1", "currency": "usd"}],
        "livemode": False,
        "extra": 1,
    }
    assert spec.faults(wrong) == [
        "balance.pending is missing",
        "balance.available[0].amount: '1' is no integer",
        "balance.extra is unknown to Stripe",
    ]


def test_the_place_of_the_description_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SUSTAINER_STRIPE_SPEC", str(tmp_path / "spec.json"))
    assert place() == tmp_path / "spec.json"
