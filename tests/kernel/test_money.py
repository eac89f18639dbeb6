"""Money is written exactly, in every kind of currency that Stripe knows."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.money import Currency, Money, UnknownCurrency


@pytest.mark.parametrize(
    ("money", "text", "decimal"),
    [
        (Money("usd", 1999), "19.99 USD", "19.99"),
        (Money("usd", -5), "-0.05 USD", "-0.05"),
        (Money("jpy", 1000), "1000 JPY", "1000"),
        (Money("kwd", 2510), "2.510 KWD", "2.510"),
        (Money("isk", 50000), "500.00 ISK", "500.00"),
        (Money("huf", 80000), "800.00 HUF", "800.00"),
    ],
)
def test_exact_text(money: Money, text: str, decimal: str) -> None:
    assert str(money) == text
    assert money.decimal == Decimal(decimal)


@pytest.mark.parametrize(
    ("money", "locale", "short", "expected"),
    [
        (Money("usd", 2500), "en", True, "$25"),
        (Money("usd", 2550), "en", True, "$25.50"),
        (Money("usd", 2500), "en", False, "$25.00"),
        (Money("eur", 123456), "de", False, "1.234,56\xa0€"),
        (Money("jpy", 1000), "en", False, "¥1,000"),
        (Money("kwd", 2510), "en", True, "KWD\xa02.510"),
        (Money("isk", 50000), "en", False, "ISK\xa0500"),
        (Money("usd", 2500), "pt_BR", True, "US$\xa025"),
    ],
)
def test_as_a_reader_writes_it(money: Money, locale: str, short: bool, expected: str) -> None:
    assert money.written(locale, short=short) == expected


@given(st.integers(min_value=-(10**12), max_value=10**12), st.sampled_from(["usd", "jpy", "kwd", "isk"]))
def test_no_amount_loses_a_unit_on_its_way_through_text(amount: int, currency: str) -> None:
    text = str(Money(currency, amount)).split()[0]
    back = Decimal(text).scaleb(Currency.of(currency).stripe_exponent)
    assert int(back) == back == amount


@pytest.mark.parametrize("amount", [1.5, 1.0, Decimal(1), True, "1"])
def test_money_is_a_whole_number(amount: object) -> None:
    with pytest.raises(TypeError, match="whole number"):
        Money("usd", amount)  # type: ignore[arg-type]


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(UnknownCurrency, match="'xts'"):
        Money("xts", 1)
