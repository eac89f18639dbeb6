"""Money in another currency: settled and refunded at the rate of the day, seen as the donor sees it."""

from decimal import Decimal
from typing import Any

import pytest

from tests.programs import until

DAY = 86_400
pytestmark = pytest.mark.usefixtures("balanced")


@pytest.fixture(scope="module")
def sandbox(start: Any) -> Any:
    return start("--settle-delay-ms", "20", "--orderly", "--settles", "usd,eur", "--seed", "rates")


def gift(sandbox: Any, amount: int, currency: str) -> Any:
    charge = sandbox.charge_of(sandbox.pay(sandbox.open(amount, currency))["payment_intent"])
    return charge, sandbox.client.v1.balance_transactions.retrieve(charge.balance_transaction)


def near(row: Any, amount: int, shift: int = 0) -> bool:
    """The row is the amount at its rate, to the nearest unit."""
    exact = Decimal(amount) * Decimal(str(row.exchange_rate)) * Decimal(10) ** shift
    return bool(abs(abs(row.amount) - exact) <= Decimal("0.5"))


def test_rates_move_from_day_to_day(sandbox: Any) -> None:
    rates = []
    for days in (0, 1, 1, 40):
        sandbox.lever("advance", seconds=days * DAY)
        charge, row = gift(sandbox, 10_000, "gbp")
        assert (charge.currency, charge.amount, row.currency) == ("gbp", 10_000, "usd")
        assert near(row, 10_000)
        rates.append(row.exchange_rate)
    assert len(set(rates)) == 4
    assert all(abs(rate / rates[0] - 1) < 0.1 for rate in rates)
    _, kept = gift(sandbox, 1000, "eur")
    assert (kept.currency, kept.exchange_rate) == ("eur", None)
    _, yen = gift(sandbox, 5000, "jpy")
    assert near(yen, 5000, shift=2)


def test_the_same_seed_gives_the_same_rates(start: Any) -> None:
    def rows() -> list[tuple[int, float]]:
        again = start("--settle-delay-ms", "20", "--orderly", "--settles", "usd", "--seed", "again")
        found = []
        for days in (0, 9):
            again.lever("advance", seconds=days * DAY)
            _, row = gift(again, 7700, "gbp")
            found.append((row.amount, row.exchange_rate))
        return found

    assert rows() == rows()


def test_a_refund_converts_at_its_own_day(sandbox: Any) -> None:
    charge, taken = gift(sandbox, 10_000, "gbp")
    sandbox.lever("advance", seconds=35 * DAY)
    refund = sandbox.client.v1.refunds.create({"charge": charge.id})
    given = sandbox.client.v1.balance_transactions.retrieve(refund.balance_transaction)
    assert (refund.amount, refund.currency, given.currency) == (10_000, "gbp", "usd")
    assert near(given, 10_000)
    assert given.exchange_rate != taken.exchange_rate
    assert given.amount != -taken.amount
    failed = sandbox.lever("refund", refund=refund.id, outcome="failed")
    mirror = sandbox.client.v1.balance_transactions.retrieve(failed["failure_balance_transaction"])
    assert (mirror.amount, mirror.exchange_rate) == (-given.amount, given.exchange_rate)


def test_a_dispute_converts_too(sandbox: Any) -> None:
    charge, taken = gift(sandbox, 10_000, "gbp")
    sandbox.lever("advance", seconds=10 * DAY)
    dispute = sandbox.lever("dispute", charge=charge.id)
    (row,) = dispute["balance_transactions"]
    assert (dispute["currency"], row["currency"], row["fee"]) == ("gbp", "usd", 1500)
    assert row["amount"] != -taken.amount


def test_the_donor_sees_another_currency(sandbox: Any) -> None:
    session = sandbox.open(2500, "usd", adaptive_pricing={"enabled": True})
    told = sandbox.pay(session, country="DE")
    paid = sandbox.client.v1.checkout.sessions.retrieve(session.id)
    seen = paid.presentment_details
    assert (paid.amount_total, paid.currency, seen.presentment_currency) == (2500, "usd", "eur")
    assert 2000 < seen.presentment_amount < 2700
    charge = sandbox.charge_of(told["payment_intent"])
    assert (charge.amount, charge.currency) == (2500, "usd")
    assert charge.presentment_details.to_dict() == seen.to_dict()
    intent = sandbox.client.v1.payment_intents.retrieve(told["payment_intent"])
    assert intent.presentment_details.to_dict() == seen.to_dict()
    half = sandbox.client.v1.refunds.create({"charge": charge.id, "amount": 1250})
    assert abs(2 * half.presentment_details.presentment_amount - seen.presentment_amount) <= 1


def test_whether_the_donor_sees_another_currency(sandbox: Any) -> None:
    def shown(how: dict[str, Any], **more: Any) -> str | None:
        session = sandbox.open(2500, "usd", **more)
        sandbox.pay(session, **how)
        paid = sandbox.client.v1.checkout.sessions.retrieve(session.id)
        seen = paid.to_dict().get("presentment_details") or {}
        currency: str | None = seen.get("presentment_currency")
        return currency

    assert shown({"country": "DE"}) is None
    assert shown({"country": "US"}, adaptive_pricing={"enabled": True}) is None
    assert shown({"country": "JP"}, adaptive_pricing={"enabled": True}) == "jpy"
    assert shown({"presentment_currency": "kwd"}) == "kwd"
    refused = sandbox.pay(sandbox.open(), presentment_currency="xyz")
    assert "presentment_currency is one of" in refused["error"]


def test_a_monthly_gift_in_another_currency(sandbox: Any) -> None:
    session = sandbox.open(2500, "usd", "month", adaptive_pricing={"enabled": True})
    told = sandbox.pay(session, country="GB")
    (payment,) = sandbox.client.v1.invoice_payments.list({"invoice": told["invoice"]}).data
    charge = sandbox.charge_of(payment.payment.payment_intent)
    assert charge.presentment_details.presentment_currency == "gbp"
    until(lambda: charge.balance_transaction, "the money", 1)
