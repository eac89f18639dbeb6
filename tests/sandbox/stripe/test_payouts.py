"""Payouts: by order and by schedule, arrived and come back, and the rows that they are made of."""

from typing import Any

import pytest
import stripe

DAY = 86_400
pytestmark = pytest.mark.usefixtures("balanced")


@pytest.fixture
def sandbox(start: Any) -> Any:
    """A sandbox of its own for each test: payouts take everything that is there."""
    return start("--settle-delay-ms", "20", "--orderly")


def give(sandbox: Any, *gifts: tuple[int, str]) -> None:
    """Gifts, paid and available."""
    for amount, currency in gifts:
        sandbox.charge_of(sandbox.pay(sandbox.open(amount, currency))["payment_intent"])
    sandbox.lever("advance", seconds=3 * DAY)


def rows_of(sandbox: Any, payout: str) -> list[Any]:
    found = sandbox.client.v1.balance_transactions.list({"payout": payout, "limit": 100})
    return list(found.auto_paging_iter())


def available(sandbox: Any) -> dict[str, int]:
    return {part.currency: part.amount for part in sandbox.client.v1.balance.retrieve().available}


def told(sandbox: Any, kind: str = "payout") -> list[str]:
    return [name for name in sandbox.event_types() if name.startswith(kind)]


def test_an_automatic_payout_and_its_rows(sandbox: Any) -> None:
    give(sandbox, (5000, "usd"), (3000, "usd"), (2000, "eur"))
    (euros,) = sandbox.client.v1.charges.list({"limit": 1}).data
    refund = sandbox.client.v1.refunds.create({"charge": euros.id, "amount": 500})
    made = {payout["currency"]: payout for payout in sandbox.lever("payout")["payouts"]}
    assert {currency: payout["amount"] for currency, payout in made.items()} == {
        "usd": 4825 + 2883,
        "eur": 1917 - 500,
    }
    payout = sandbox.client.v1.payouts.retrieve(made["eur"]["id"])
    assert (payout.status, payout.automatic, payout.reconciliation_status) == (
        "pending",
        True,
        "in_progress",
    )
    assert available(sandbox) == {"eur": 0, "usd": 0}
    # What it is made of can be asked for when Stripe says so, not before.
    assert [row.id for row in rows_of(sandbox, payout.id)] == [payout.balance_transaction]
    sandbox.lever("advance", seconds=3 * DAY)
    payout = sandbox.client.v1.payouts.retrieve(payout.id)
    assert (payout.status, payout.reconciliation_status) == ("paid", "completed")
    assert payout.trace_id.status == "supported"
    rows = rows_of(sandbox, payout.id)
    assert sorted(row.type for row in rows) == ["charge", "payout", "refund"]
    assert sum(row.net for row in rows) == 0
    assert refund.balance_transaction in [row.id for row in rows]
    assert told(sandbox) == [
        "payout.created",
        "payout.created",
        "payout.updated",
        "payout.updated",
        "payout.reconciliation_completed",
        "payout.reconciliation_completed",
        "payout.paid",
        "payout.paid",
    ]


def test_nothing_is_paid_out_where_nothing_is(sandbox: Any) -> None:
    assert sandbox.lever("payout")["payouts"] == []
    charge = sandbox.charge_of(sandbox.pay(sandbox.open(5000))["payment_intent"])
    assert sandbox.lever("payout")["payouts"] == []
    sandbox.client.v1.refunds.create({"charge": charge.id})
    sandbox.lever("advance", seconds=3 * DAY)
    assert available(sandbox) == {"usd": -175}
    assert sandbox.lever("payout")["payouts"] == []


@pytest.mark.parametrize(
    ("outcome", "events"),
    [
        ("failed", ["payout.created", "payout.updated", "payout.reconciliation_completed", "payout.failed"]),
        (
            "paid_then_failed",
            [
                "payout.created",
                "payout.updated",
                "payout.reconciliation_completed",
                "payout.paid",
                "payout.failed",
            ],
        ),
    ],
)
def test_a_payout_that_fails_goes_with_the_next(sandbox: Any, outcome: str, events: list[str]) -> None:
    give(sandbox, (5000, "usd"))
    (made,) = sandbox.lever("payout", outcome=outcome)["payouts"]
    sandbox.lever("advance", seconds=5 * DAY)
    failed = sandbox.client.v1.payouts.retrieve(made["id"])
    assert (failed.status, failed.failure_code) == ("failed", "account_closed")
    row = sandbox.client.v1.balance_transactions.retrieve(failed.failure_balance_transaction)
    assert (row.amount, row.type, row.source) == (4825, "payout_failure", failed.id)
    assert told(sandbox) == events
    assert available(sandbox) == {"usd": 4825}
    (again,) = sandbox.lever("payout")["payouts"]
    assert again["amount"] == 4825
    sandbox.lever("payout", payout=again["id"], outcome="reconciled")
    assert {found.id for found in rows_of(sandbox, again["id"])} == {row.id, again["balance_transaction"]}


def test_a_payout_by_order(sandbox: Any) -> None:
    give(sandbox, (5000, "usd"))
    payouts = sandbox.client.v1.payouts
    with pytest.raises(stripe.InvalidRequestError) as refused:
        payouts.create({"amount": 999_999, "currency": "usd"})
    assert refused.value.code == "balance_insufficient"
    made = payouts.create({"amount": 1000, "currency": "usd", "description": "rent", "metadata": {"a": "1"}})
    assert (made.automatic, made.reconciliation_status, made.status) == (False, "not_applicable", "pending")
    with pytest.raises(stripe.InvalidRequestError, match="only be filtered on automatic transfers"):
        rows_of(sandbox, made.id)
    assert payouts.update(made.id, {"metadata": {"a": "2"}}).metadata["a"] == "2"
    canceled = payouts.cancel(made.id)
    assert canceled.status == "canceled"
    row = sandbox.client.v1.balance_transactions.retrieve(canceled.failure_balance_transaction)
    assert (row.amount, row.type, row.reporting_category) == (1000, "payout_cancel", "payout_reversal")
    for act in (payouts.cancel, payouts.reverse):
        with pytest.raises(stripe.InvalidRequestError):
            act(made.id)
    kept = payouts.create({"amount": 2000, "currency": "usd"})
    sandbox.lever("advance", seconds=3 * DAY)
    assert [found.id for found in payouts.list({"status": "paid"})] == [kept.id]
    back = payouts.reverse(kept.id)
    assert (back.amount, back.original_payout, back.status) == (-2000, kept.id, "pending")
    assert payouts.retrieve(kept.id).reversed_by == back.id
    sandbox.lever("advance", seconds=3 * DAY)
    assert available(sandbox) == {"usd": 4825}
    instant = payouts.create({"amount": 3000, "currency": "usd", "method": "instant"})
    row = sandbox.client.v1.balance_transactions.retrieve(instant.balance_transaction)
    assert (row.amount, row.fee, row.net) == (-3000, 50, -3050)
    sandbox.lever("advance", seconds=3600)
    assert payouts.retrieve(instant.id).status == "paid"


def test_currencies_that_are_paid_out_in_whole_units(sandbox: Any) -> None:
    give(sandbox, (123_456, "huf"), (51_230, "twd"))
    made = sandbox.lever("payout")["payouts"]
    assert all(payout["amount"] % 100 == 0 for payout in made)
    sandbox.lever("advance", seconds=3 * DAY)
    for payout in made:
        rows = rows_of(sandbox, payout["id"])
        assert sum(row.net for row in rows) == 0
        (hold,) = [row for row in rows if row.type == "payout_minimum_balance_hold"]
        assert 0 < -hold.amount < 100
        assert available(sandbox)[payout["currency"]] == -hold.amount
    with pytest.raises(stripe.InvalidRequestError, match="evenly divisible by 100"):
        sandbox.client.v1.payouts.create({"amount": 55, "currency": "huf"})


def test_a_schedule_with_a_minimum(sandbox: Any) -> None:
    schedule = sandbox.lever("payout_schedule", interval="daily", minimum_balance={"usd": 1000})
    assert schedule == {"interval": "daily", "minimum_balance": {"usd": 1000}}
    assert sandbox.client.v1.accounts.retrieve_current().settings.payouts.schedule.interval == "daily"
    give(sandbox, (5000, "usd"))
    sandbox.lever("advance", seconds=DAY)
    give(sandbox, (5000, "usd"))
    sandbox.lever("advance", seconds=2 * DAY)
    payouts = list(reversed(sandbox.client.v1.payouts.list().data))
    assert [payout.amount for payout in payouts] == [3825, 4825]
    assert available(sandbox) == {"usd": 1000}
    for payout in payouts:
        assert {row.type: row.amount for row in rows_of(sandbox, payout.id)}[
            "payout_minimum_balance_hold"
        ] == -1000
    sandbox.lever("payout_schedule", interval="manual")
    give(sandbox, (5000, "usd"))
    sandbox.lever("advance", seconds=3 * DAY)
    assert len(sandbox.client.v1.payouts.list().data) == 2


@pytest.mark.parametrize(("interval", "most"), [("weekly", 7), ("monthly", 31)])
def test_less_often(sandbox: Any, interval: str, most: int) -> None:
    sandbox.lever("payout_schedule", interval=interval)
    give(sandbox, (5000, "usd"))
    sandbox.lever("advance", seconds=(most + 1) * DAY)
    (payout,) = sandbox.client.v1.payouts.list().data
    assert payout.amount == 4825


def test_daily_from_the_start_and_after_a_reset(start: Any) -> None:
    sandbox = start("--settle-delay-ms", "20", "--orderly", "--payouts", "daily")
    for _ in range(2):
        give(sandbox, (5000, "usd"))
        sandbox.lever("advance", seconds=DAY)
        assert len(sandbox.client.v1.payouts.list().data) == 1
        sandbox.lever("reset")


def test_a_lever_for_each_state(sandbox: Any) -> None:
    give(sandbox, (5000, "usd"), (5000, "eur"))
    (dollars,) = sandbox.lever("payout", currency="usd")["payouts"]
    assert sandbox.lever("payout", payout=dollars["id"], outcome="paid")["payouts"][0]["status"] == "paid"
    assert sandbox.lever("payout", payout=dollars["id"], outcome="failed")["payouts"][0]["status"] == "failed"
    assert "is failed" in sandbox.lever("payout", payout=dollars["id"], outcome="paid")["error"]
    by_order = sandbox.lever("payout", automatic=False, currency="eur", amount=1000)["payouts"]
    assert [(payout["amount"], payout["automatic"]) for payout in by_order] == [(1000, False)]
    canceled = sandbox.lever("payout", payout=by_order[0]["id"], outcome="canceled")["payouts"][0]
    assert canceled["status"] == "canceled"
    for order, message in (
        ({"payout": "po_none", "outcome": "paid"}, "no such payout"),
        ({"outcome": "lovely"}, "outcome is one of"),
        ({"automatic": False, "amount": 10**9, "currency": "eur"}, "insufficient funds"),
    ):
        assert message in sandbox.lever("payout", **order)["error"]
    assert "interval is one of" in sandbox.lever("payout_schedule", interval="hourly")["error"]
    assert "by currency" in sandbox.lever("payout_schedule", minimum_balance={"doubloons": 1})["error"]
