"""Rows of the balance that come without a payment: fees, taxes, top-ups, reserves, kinds nobody knows."""

from typing import Any

import pytest
import stripe

DAY = 86_400
pytestmark = pytest.mark.usefixtures("balanced")


def dollars(sandbox: Any) -> int:
    parts = sandbox.client.v1.balance.retrieve().available
    return sum(part.amount for part in parts if part.currency == "usd")


def newest(sandbox: Any, count: int = 1) -> list[Any]:
    return list(sandbox.client.v1.balance_transactions.list({"limit": count}).data)


@pytest.mark.parametrize(
    ("order", "row"),
    [
        ({"type": "stripe_fee", "amount": 200}, ("stripe_fee", "fee", -200, 0, -200)),
        ({"type": "stripe_fee", "amount": 104, "tax": 8}, ("stripe_fee", "fee", -104, 8, -112)),
        ({"type": "stripe_fee", "amount": -30}, ("stripe_fee", "fee", 30, 0, 30)),
        ({"type": "tax_fee", "amount": 19}, ("tax_fee", "tax", -19, 0, -19)),
        ({"type": "network_cost", "amount": 45}, ("stripe_fee", "network_cost", -45, 0, -45)),
        ({"type": "stripe_fx_fee", "amount": 7}, ("stripe_fx_fee", "fee", -7, 0, -7)),
        ({"type": "contribution", "amount": 50}, ("contribution", "contribution", -50, 0, -50)),
    ],
)
def test_what_stripe_takes(sandbox: Any, order: dict[str, Any], row: tuple[Any, ...]) -> None:
    before = sandbox.last_event() if sandbox.client.v1.events.list({"limit": 1}).data else None
    sandbox.lever("fee", currency="eur", **order)
    (found,) = newest(sandbox)
    assert (found.type, found.reporting_category, found.amount, found.fee, found.net) == row
    assert (found.currency, found.source, found.status) == ("eur", None, "available")
    # Only the list of rows shows it: no event tells of it.
    assert sandbox.event_types(**({"ending_before": before} if before else {})) == []


def test_fees_of_every_month(start: Any) -> None:
    sandbox = start("--orderly")
    sandbox.lever("fee", type="stripe_fee", amount=900, every="month")
    sandbox.lever("fee", type="tax_fee", amount=171, every="month")
    sandbox.lever("advance", seconds=63 * DAY)
    rows = sandbox.look("books")["balance_transactions"]
    assert [row["amount"] for row in rows] == [-900, -171] * 2
    assert len({row["created"] for row in rows}) == 2
    assert "amount is a whole number" in sandbox.lever("fee", type="tax_fee")["error"]
    assert "type is one of" in sandbox.lever("fee", type="bribe", amount=1)["error"]
    assert "no such currency" in sandbox.lever("fee", amount=1, currency="doubloon")["error"]
    assert "every is one of" in sandbox.lever("fee", amount=1, every="day")["error"]


def test_a_row_of_a_kind_that_nobody_knows(sandbox: Any) -> None:
    sandbox.lever(
        "balance_transaction",
        type="moon_tax",
        reporting_category="moons",
        amount=-500,
        fee=-20,
        currency="usd",
        description="for the moon",
        source="moon_1",
    )
    (row,) = newest(sandbox)
    assert (row.type, row.reporting_category, row.amount, row.fee, row.net) == (
        "moon_tax",
        "moons",
        -500,
        -20,
        -480,
    )
    assert (row.description, row.source) == ("for the moon", "moon_1")
    sandbox.lever("balance_transaction", type="adjustment", reporting_category="refund_failure", amount=70)
    sandbox.lever("balance_transaction", type="transfer", amount=-10, balance_type="issuing")
    assert [found.balance_type for found in newest(sandbox, 2)] == ["issuing", "payments"]
    assert "type says" in sandbox.lever("balance_transaction", amount=1)["error"]
    assert "amount is a whole number" in sandbox.lever("balance_transaction", type="x", amount="1.5")["error"]


def test_top_ups(sandbox: Any) -> None:
    topups = sandbox.client.v1.topups
    made = topups.create({"amount": 2000, "currency": "usd", "description": "for refunds"})
    assert (made.status, made.balance_transaction) == ("pending", None)
    assert topups.update(made.id, {"metadata": {"a": "1"}}).metadata["a"] == "1"
    canceled = topups.create({"amount": 1, "currency": "usd"})
    assert topups.cancel(canceled.id).status == "canceled"
    sandbox.lever("advance", seconds=4 * DAY)
    arrived = topups.retrieve(made.id)
    row = sandbox.client.v1.balance_transactions.retrieve(arrived.balance_transaction)
    assert (arrived.status, row.type, row.amount, row.source) == ("succeeded", "topup", 2000, made.id)
    assert sandbox.lever("topup", topup=made.id, outcome="reversed")["status"] == "reversed"
    assert [(found.type, found.amount) for found in newest(sandbox)] == [("topup_reversal", -2000)]
    failing = topups.create({"amount": 500, "currency": "usd"})
    assert sandbox.lever("topup", topup=failing.id, outcome="failed")["failure_code"] == "insufficient_funds"
    assert "is failed" in sandbox.lever("topup", topup=failing.id)["error"]
    now = topups.create({"amount": 700, "currency": "usd"})
    assert sandbox.lever("topup", topup=now.id)["status"] == "succeeded"
    with pytest.raises(stripe.InvalidRequestError):
        topups.cancel(now.id)
    assert [found.id for found in topups.list({"status": "canceled"})] == [canceled.id]
    assert {kind for kind in sandbox.event_types() if kind.startswith("topup")} == {
        "topup.created",
        "topup.canceled",
        "topup.succeeded",
        "topup.reversed",
        "topup.failed",
    }


def test_reserves(sandbox: Any) -> None:
    sandbox.lever("balance_transaction", type="charge", amount=10_000, currency="usd")
    before = dollars(sandbox)
    hold = sandbox.lever("reserve", amount=3000, after=10 * DAY)
    assert hold["object"] == "reserve.hold"
    assert dollars(sandbox) == before - 3000
    assert [(row.type, row.amount, row.balance_type) for row in newest(sandbox, 2)] == [
        ("reserve_hold", 3000, "risk_reserved"),
        ("reserve_hold", -3000, "payments"),
    ]
    assert sandbox.look("books")["other_balances"]["risk_reserved"]["usd"]["net"] == 3000
    sandbox.lever("advance", seconds=11 * DAY)
    assert dollars(sandbox) == before
    early = sandbox.lever("reserve", amount=500)
    assert not sandbox.lever("reserve", hold=early["id"])["is_releasable"]
    assert "has been released" in sandbox.lever("reserve", hold=early["id"])["error"]
    released = sandbox.client.v1.events.list({"type": "reserve.release.created"}).data
    assert [event.data.object["reason"] for event in released] == ["hold_released_early", "hold_expired"]
    old = sandbox.lever("reserve", amount=-200, kind="transaction")
    assert (old["type"], old["net"]) == ("reserve_transaction", -200)
    sandbox.lever("reserve", amount=200, kind="transaction")
    assert "above 0" in sandbox.lever("reserve", amount=-1)["error"]
    assert {kind for kind in sandbox.event_types() if kind.startswith("reserve")} == {
        "reserve.hold.created",
        "reserve.hold.updated",
        "reserve.release.created",
    }
