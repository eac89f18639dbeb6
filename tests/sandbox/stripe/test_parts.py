"""The small parts by themselves: forms, money, months."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from sandbox.stripe import cards, debits, declines, money
from sandbox.stripe.clock import months_later
from sandbox.stripe.encoding import decode
from sandbox.stripe.errors import Refusal


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("a=1&b=", {"a": "1", "b": ""}),
        ("a[b][c]=1&a[b][d]=2", {"a": {"b": {"c": "1", "d": "2"}}}),
        ("a[0]=x&a[1]=y", {"a": ["x", "y"]}),
        ("a[]=x&a[]=y", {"a": ["x", "y"]}),
        ("a[10]=k&a[9]=j&a[0]=a", {"a": ["a", "j", "k"]}),
        ("a[0][b]=1&a[0][c]=2&a[1][b]=3", {"a": [{"b": "1", "c": "2"}, {"b": "3"}]}),
        ("a[][b]=1&a[][c]=2&a[][b]=3", {"a": [{"b": "1", "c": "2"}, {"b": "3"}]}),
        ("a%5Bb%5D=x%20y%2Bz", {"a": {"b": "x y+z"}}),
    ],
)
def test_forms(form: str, value: Any) -> None:
    assert decode(form) == value


@pytest.mark.parametrize("form", ["[a]=1", "a[b=1", "a=1&a[b]=2"])
def test_forms_that_are_none(form: str) -> None:
    with pytest.raises(Refusal):
        decode(form)


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        (2500, "usd", "$25.00"),
        (123_456_789, "eur", "€1,234,567.89"),
        (5, "gbp", "£0.05"),
        (500, "jpy", "¥500"),
        (5120, "kwd", "5.120 KWD"),
        (150_000, "isk", "1,500.00 ISK"),
        (-2397, "usd", "-$23.97"),
    ],
)
def test_amounts_in_words(amount: int, currency: str, words: str) -> None:
    assert money.written(amount, currency) == words


@given(some.integers(1, money.LARGEST_CHARGE), some.sampled_from(sorted(money.CURRENCIES)))
def test_fees_are_whole_and_near_their_rate(amount: int, currency: str) -> None:
    fee = money.fee(amount, currency)
    fixed = money.fee(0, currency)
    assert isinstance(fee, int)
    assert abs((fee - fixed) * 1000 - amount * money.FEE_PER_MILLE) <= 500


@given(some.integers(1, money.LARGEST_CHARGE), some.sampled_from(sorted(money.PER_DOLLAR)))
def test_what_is_settled_follows_the_rate(amount: int, currency: str) -> None:
    settled = money.settle(amount, currency, ("eur",))
    if currency == "eur":
        assert settled == money.Settled(amount, "eur", None)
        return
    assert settled.rate is not None
    exact = amount * settled.rate * 10 ** money.decimals("eur") / 10 ** money.decimals(currency)
    assert abs(settled.amount - exact) <= 1


@pytest.mark.parametrize(
    ("start", "months", "anchor", "end"),
    [
        ("2026-01-31", 1, 31, "2026-02-28"),
        ("2026-02-28", 1, 31, "2026-03-31"),
        ("2028-02-29", 12, 29, "2029-02-28"),
        ("2026-11-15", 2, 15, "2027-01-15"),
        ("2026-12-01", 1, 1, "2027-01-01"),
    ],
)
def test_months(start: str, months: int, anchor: int, end: str) -> None:
    def seconds(day: str) -> int:
        return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())

    anchored = seconds(f"2026-01-{anchor:02d}")
    assert months_later(seconds(start), months, anchored) == seconds(end)


def test_cards() -> None:
    assert all(cards.luhn(number) for number in cards.CARDS)
    assert all(number in cards.CARDS for number in cards.NAMES.values())
    assert all(number in cards.CARDS for number, _ in cards.OFFERED)
    found = cards.named("tok_visa_chargeDeclinedInsufficientFunds")
    assert found
    assert found.refuses is declines.INSUFFICIENT
    assert cards.named("pm_card_none") is None


def test_bank_accounts() -> None:
    assert all(debits.is_iban(name) for name, one in debits.ACCOUNTS.items() if one.kind == "sepa_debit")
    assert {number for number, _ in debits.OFFERED} <= debits.ACCOUNTS.keys()
    for kind, by_outcome in debits.USUAL.items():
        assert all(debits.ACCOUNTS[number].kind == kind for number in by_outcome.values())
    found = debits.account("sepa_debit", "nl91 abna 0417 1643 00")
    assert found
    assert (found.country, found.outcome) == ("NL", "succeeded")
    for kind, number in (
        ("sepa_debit", "NL92ABNA0417164300"),
        ("sepa_debit", "000123456789"),
        ("us_bank_account", "DE89370400440532013000"),
        ("us_bank_account", "12"),
    ):
        assert debits.account(kind, number) is None


@pytest.mark.parametrize(("currency", "multiple"), [("usd", 1), ("huf", 100), ("isk", 100), ("kwd", 10)])
def test_what_a_bank_takes(currency: str, multiple: int) -> None:
    assert money.payout_multiple(currency) == multiple


def test_debits_cost_little() -> None:
    assert [money.debit_fee(amount, "sepa_debit") for amount in (100, 100_000)] == [35, 35]
    assert [money.debit_fee(amount, "us_bank_account") for amount in (1000, 62_499, 100_000)] == [8, 500, 500]
