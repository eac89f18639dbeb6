"""Refunds, disputes, debits, payouts and all rows of the balance have the shapes that Stripe gives them."""

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
import stripe.reserve

from tests.conformance.asking import everything, fetch, opened, post
from tests.conformance.stripe_spec import ENDIVE, Spec, place
from tests.programs import ask, pay, stripe_sandbox

DAY = 86_400
LISTS = (
    "balance_transactions", "charges", "checkout/sessions", "disputes", "payment_intents",
    "payment_methods?type=sepa_debit", "payouts", "radar/early_fraud_warnings", "refunds", "topups",
)  # fmt: skip
EVENTS = {
    "balance.available", "charge.dispute.closed", "charge.dispute.created",
    "charge.dispute.funds_reinstated", "charge.dispute.funds_withdrawn", "charge.dispute.updated",
    "charge.failed", "charge.pending", "charge.refund.updated", "charge.refunded", "charge.succeeded",
    "charge.updated", "checkout.session.async_payment_failed",
    "checkout.session.async_payment_succeeded", "checkout.session.completed", "mandate.updated",
    "payment_intent.payment_failed", "payment_intent.processing", "payment_intent.requires_action",
    "payment_intent.succeeded", "payout.canceled", "payout.created", "payout.failed", "payout.paid",
    "payout.reconciliation_completed", "payout.updated", "radar.early_fraud_warning.created",
    "radar.early_fraud_warning.updated", "refund.created", "refund.failed", "refund.updated",
    "reserve.hold.created", "reserve.hold.updated", "reserve.release.created",
    "setup_intent.requires_action", "topup.canceled", "topup.created", "topup.reversed", "topup.succeeded",
}  # fmt: skip
# In API 2026-10-28.endive, but not in the description: the library's classes say what they have.
NEWER = {"reserve.hold": stripe.reserve.Hold, "reserve.release": stripe.reserve.Release}


@pytest.fixture(scope="module")
def spec() -> Spec:
    if not place().is_file():
        pytest.skip(f"not present: {place()}")
    return Spec(place())


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A sandbox in which everything has happened that can happen to money."""
    options = ("--settle-delay-ms", "0", "--settles", "usd,eur,huf", "--payouts", "daily")
    with stripe_sandbox(tmp_path_factory.mktemp("money"), *options) as url:
        given_back(url)
        disputed(url)
        by_debit(url)
        authenticated(url)
        paid_out(url)
        yield url


def lever(url: str, name: str, **given: Any) -> Any:
    told = ask(f"{url}/_sandbox/{name}", given)
    assert "error" not in told, told
    return told


def charge(url: str, amount: int = 5000, currency: str = "usd", **how: Any) -> str:
    session = opened(url, currency, None, amount, **{"adaptive_pricing[enabled]": "true"})
    intent = pay(url, session, **how)["payment_intent"]
    (found,) = fetch(url, f"charges?payment_intent={intent}")["data"]
    name: str = found["id"]
    return name


def given_back(url: str) -> None:
    first = charge(url, country="DE")
    post(url, "refunds", {"charge": first, "amount": 700, "reason": "duplicate"})
    refund = post(url, "refunds", {"charge": first})["id"]
    post(url, f"refunds/{refund}", {"metadata[a]": "1"})
    for outcome in ("failed", "pending", "insufficient_funds", "requires_action", "canceled"):
        lever(url, "refund", charge=charge(url, currency="gbp"), outcome=outcome, returned_fee=5)
    lever(url, "advance", seconds=10 * DAY)


def disputed(url: str) -> None:
    names = {}
    for kind, more in (
        ("won", {}), ("lost", {}), ("under_review", {}), ("inquiry", {"kind": "inquiry"}),
        ("escalated", {"kind": "inquiry"}),
    ):  # fmt: skip
        names[kind] = lever(url, "dispute", charge=charge(url), **more)["id"]
    for outcome in ("won", "lost", "under_review", "escalated"):
        lever(url, "dispute", dispute=names[outcome], outcome=outcome)
    answer = {"evidence[customer_name]": "Ada", "metadata[a]": "1"}
    post(url, f"disputes/{names['inquiry']}", answer)
    post(url, f"disputes/{names['escalated']}/close", {})
    warned = charge(url, currency="gbp")
    lever(url, "fraud_warning", charge=warned)
    post(url, "refunds", {"charge": warned})


def by_debit(url: str) -> None:
    for method, currency in (("sepa_debit", "eur"), ("us_bank_account", "usd")):
        for outcome in ("succeeded", "failed", "disputed", "returned", "processing"):
            name = charge(url, currency=currency, method=method, outcome=outcome)
            if outcome == "succeeded":
                post(url, "refunds", {"charge": name, "amount": 100})
        pay(url, opened(url, currency, "month", 900), method=method)
    lever(url, "advance", seconds=30 * DAY)
    holder = {"billing_details[name]": "Bob", "billing_details[email]": "bob@example.org"}
    iban = {"type": "sepa_debit", "sepa_debit[iban]": "AT321904300235473204"}
    post(url, "payment_methods", iban | holder)


def authenticated(url: str) -> None:
    card = {"payment_method": "pm_card_authenticationRequired", "confirm": "true"}
    post(url, "setup_intents", card)
    for outcome in ("succeeded", "failed", None):
        intent = post(url, "payment_intents", card | {"amount": 500, "currency": "usd"})["id"]
        if outcome:
            lever(url, "authenticate", payment_intent=intent, outcome=outcome)


def paid_out(url: str) -> None:
    charge(url, 123_456, "huf")
    lever(url, "payout_schedule", minimum_balance={"usd": 300})
    for kind in ("stripe_fee", "tax_fee", "network_cost", "stripe_fx_fee", "contribution"):
        lever(url, "fee", type=kind, amount=40, tax=3, every="month")
        lever(url, "fee", type=kind, amount=-70)
    lever(url, "reserve", amount=400, after=5 * DAY)
    lever(url, "reserve", amount=-20, kind="transaction")
    lever(url, "advance", seconds=40 * DAY)
    lever(url, "payout_schedule", interval="manual")
    kept = post(url, "topups", {"amount": 90_000, "currency": "usd"})["id"]
    post(url, f"topups/{post(url, 'topups', {'amount': 1, 'currency': 'usd'})['id']}/cancel", {})
    lever(url, "topup", topup=kept)
    order = {"amount": 500, "currency": "usd"}
    post(url, f"payouts/{post(url, 'payouts', order)['id']}/cancel", {})
    arrived = post(url, "payouts", order | {"method": "instant"})["id"]
    lever(url, "payout", outcome="paid_then_failed")
    lever(url, "advance", seconds=6 * DAY)
    post(url, f"payouts/{arrived}/reverse", {})
    lever(url, "topup", topup=kept, outcome="reversed")


def test_every_object_has_its_shape(api: str, spec: Spec) -> None:
    seen = [row for path in LISTS for row in everything(api, path)]
    kinds = {row["object"] for row in seen}
    assert kinds >= {"dispute", "payout", "radar.early_fraud_warning", "refund", "topup"}
    seen += [fetch(api, "balance"), fetch(api, "account")]
    for row in everything(api, "charges"):
        seen.append(fetch(api, f"charges/{row['id']}?expand[]=refunds&expand[]=balance_transaction"))
        debit = row["payment_method_details"].get("sepa_debit")
        if debit:
            seen.append(fetch(api, f"mandates/{debit['mandate']}"))
    assert [fault for row in seen for fault in spec.faults(row)] == []


def test_every_kind_of_row_was_seen(api: str) -> None:
    rows = everything(api, "balance_transactions")
    assert {row["type"] for row in rows} >= {
        "adjustment", "charge", "contribution", "payment", "payment_failure_refund", "payment_refund",
        "payout", "payout_cancel", "payout_failure", "payout_minimum_balance_hold",
        "payout_minimum_balance_release", "refund", "refund_failure", "reserve_hold", "reserve_release",
        "reserve_transaction", "stripe_fee", "stripe_fx_fee", "tax_fee", "topup", "topup_reversal",
    }  # fmt: skip
    for row in rows:
        if row["source"] and not row["source"].startswith("res"):
            expanded = fetch(api, f"balance_transactions/{row['id']}?expand[]=source")
            assert expanded["source"]["id"] == row["source"]


def test_every_kind_of_event_was_seen(api: str, spec: Spec) -> None:
    told = everything(api, "events")
    assert {event["type"] for event in told} >= EVENTS
    known = [event for event in told if event["data"]["object"]["object"] not in NEWER]
    assert [fault for event in known for fault in spec.faults(event)] == []
    newer = [event["data"]["object"] for event in told if event not in known]
    assert {row["object"] for row in newer} == set(NEWER)
    for row in newer:
        described = NEWER[row["object"]]
        wanted = {name for name in inspect.get_annotations(described) if not name.startswith("_")}
        assert set(row) == wanted - {"OBJECT_NAME"}, row["object"]


def test_what_was_added_since_the_description_is_there(api: str) -> None:
    (dispute, *_) = everything(api, "disputes")
    for kind, shown in (
        ("dispute", dispute),
        ("dispute_evidence", dispute["evidence"]),
        ("dispute_evidence_details", dispute["evidence_details"]),
    ):
        assert ENDIVE[kind] <= set(shown)


def test_the_account_adds_up(api: str) -> None:
    books = ask(f"{api}/_sandbox/books")
    balance = fetch(api, "balance")
    summed = {currency: total["net"] for currency, total in books["totals"].items()}
    shown: dict[str, int] = {}
    for part in balance["available"] + balance["pending"]:
        shown[part["currency"]] = shown.get(part["currency"], 0) + part["amount"]
    assert {currency: net for currency, net in shown.items() if net} == {
        currency: net for currency, net in summed.items() if net
    }
    for payout in books["payouts"]:
        if payout["reconciliation_status"] == "completed":
            rows = everything(api, f"balance_transactions?payout={payout['id']}")
            assert sum(row["net"] for row in rows) == 0
